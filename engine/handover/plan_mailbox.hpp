#pragma once
#include <memory>
#include <utility>

#include "engine/core/units.hpp"
#include "engine/handover/spsc_ring.hpp"

namespace busbar {

/// Carries plans to the audio thread, in order, and used ones back. None is passed over, since each says what fades.
/// Plans are owned by control before `post` and after `take_used`, by the mailbox in between.
template <typename Plan>
class PlanMailbox {
 public:
  PlanMailbox() = default;
  PlanMailbox(const PlanMailbox&) = delete;
  PlanMailbox& operator=(const PlanMailbox&) = delete;
  /// Only once audio has stopped.
  ~PlanMailbox() {
    for (; waiting_.waiting() > 0; waiting_.drop(1)) delete waiting_.peek();
    delete running_;
    delete before_;
    while (take_used() != nullptr) {
    }
  }

  /// Control. Plans that may be posted now.
  std::size_t room() const noexcept { return waiting_.room(); }
  /// Control. Takes the plan; false, and it is left, if there is no room.
  bool post(std::unique_ptr<Plan>& plan) {
    if (!waiting_.push(plan.get())) return false;
    plan.release();
    return true;
  }

  /// Control. A plan that audio no longer uses, or null; to be called until it is null.
  std::unique_ptr<Plan> take_used() {
    if (used_.waiting() == 0) return nullptr;
    std::unique_ptr<Plan> plan(used_.peek());
    used_.drop(1);
    return plan;
  }

  /// Audio. The plan that runs; null before the first.
  Plan* current() const noexcept { return running_; }
  /// Audio. The plan that comes next, or null. While control does not take used ones back, none comes.
  const Plan* next() const noexcept { return waiting_.waiting() == 0 || used_.room() == 0 ? nullptr : waiting_.peek(); }
  /// Audio. The next plan becomes the current one. Wait-free, and nothing is freed here. The one before it is kept
  /// until `give_back`: the new one may still learn from it.
  Plan* take_over() noexcept {
    before_ = running_;
    running_ = waiting_.peek();
    waiting_.drop(1);
    return running_;
  }
  /// Audio. Done with the plan that ran before the current one.
  void give_back() noexcept {
    if (before_ != nullptr) used_.push(before_);
    before_ = nullptr;
  }

 private:
  SpscRing<Plan*> waiting_{16};
  SpscRing<Plan*> used_{32};
  Plan* running_ = nullptr;
  Plan* before_ = nullptr;
};

}  // namespace busbar
