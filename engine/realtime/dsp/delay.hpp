#pragma once
#include <algorithm>
#include <cstddef>
#include <span>

#include "engine/core/units.hpp"

namespace busbar {

/// Delays a stream of T by a whole number of frames; what came before its first frame is zero.
/// `memory` is a power of two and larger than the delay; it is lent, not owned.
template <typename T>
class Delay {
 public:
  void lend(std::span<T> memory, Frames frames) noexcept {
    memory_ = memory;
    frames_ = static_cast<std::size_t>(frames);
    at_ = 0;
  }
  Frames frames() const noexcept { return static_cast<Frames>(frames_); }
  void clear() noexcept { std::ranges::fill(memory_, T{}); }
  /// Holds what the other one holds; both have memory of the same size.
  void take_over(const Delay& other) noexcept {
    std::ranges::copy(other.memory_, memory_.begin());
    at_ = other.at_;
  }

  /// In place.
  void process(T* samples, int count) noexcept {
    const std::size_t mask = memory_.size() - 1;
    for (int i = 0; i < count; ++i, ++at_) {
      memory_[at_ & mask] = samples[i];
      samples[i] = memory_[(at_ - frames_) & mask];
    }
  }

 private:
  std::span<T> memory_;
  std::size_t frames_ = 0;
  std::size_t at_ = 0;
};

}  // namespace busbar
