#pragma once
#include <array>
#include <cstddef>

#include "engine/core/units.hpp"

namespace busbar {

/// Coefficients that are worked out now and then, and go to each new set on straight lines, all at once: between two
/// values of a grid, or from one choice to another. Counts frames; at the end they stand on their targets exactly.
template <std::size_t N>
class Glide {
 public:
  using Values = std::array<double, N>;

  void stand_at(const Values& values) noexcept {
    now_ = target_ = values;
    left_ = 0;
  }

  /// Sets out for `target`, in `frames` from here or, if it is still under way, not sooner than it would have arrived.
  void go_to(const Values& target, Frames frames) noexcept {
    if (target == target_) return;
    target_ = target;
    left_ = frames > left_ ? frames : left_;
    for (std::size_t k = 0; k < N; ++k) step_[k] = (target_[k] - now_[k]) / static_cast<double>(left_);
  }

  bool moving() const noexcept { return left_ > 0; }
  const Values& target() const noexcept { return target_; }
  const Values& now() const noexcept { return now_; }

  /// The values of the next frame.
  void advance() noexcept {
    if (left_ == 0) return;
    if (--left_ == 0)
      now_ = target_;
    else
      for (std::size_t k = 0; k < N; ++k) now_[k] += step_[k];
  }
  void advance(int frames) noexcept {
    for (int i = 0; i < frames && left_ > 0; ++i) advance();
  }

 private:
  Values now_{}, target_{}, step_{};
  Frames left_ = 0;
};

}  // namespace busbar
