#pragma once
#include <atomic>
#include <memory>

#include "engine/handover/spsc_ring.hpp"

namespace busbar {

/// Carries plans to the audio thread and used ones back. Control calls `post` and `take_used`; audio calls `current`.
/// Plans are owned by control before `post` and after `take_used`, by the mailbox in between.
template <typename Plan>
class PlanMailbox {
 public:
  PlanMailbox() = default;
  PlanMailbox(const PlanMailbox&) = delete;
  PlanMailbox& operator=(const PlanMailbox&) = delete;
  /// Only once audio has stopped.
  ~PlanMailbox() {
    delete waiting_.exchange(nullptr);
    delete running_;
    while (take_used() != nullptr) {
    }
  }

  /// Control. Returns the plan that was waiting and that audio never saw, if any.
  std::unique_ptr<Plan> post(std::unique_ptr<Plan> plan) {
    return std::unique_ptr<Plan>(waiting_.exchange(plan.release(), std::memory_order_acq_rel));
  }

  /// Control. A plan that audio no longer uses, or null; to be called until it is null.
  std::unique_ptr<Plan> take_used() {
    if (used_.waiting() == 0) return nullptr;
    std::unique_ptr<Plan> plan(used_.peek());
    used_.drop(1);
    return plan;
  }

  /// Audio, once per block. Wait-free: one exchange, no loop, nothing freed here. Null before the first post.
  Plan* current() noexcept {
    if (used_.room() == 0) return running_;  // control is busy; keep playing the plan we have
    if (Plan* next = waiting_.exchange(nullptr, std::memory_order_acq_rel)) {
      if (running_ != nullptr) used_.push(running_);
      running_ = next;
    }
    return running_;
  }

 private:
  std::atomic<Plan*> waiting_{nullptr};
  Plan* running_ = nullptr;
  SpscRing<Plan*> used_{16};
};

}  // namespace busbar
