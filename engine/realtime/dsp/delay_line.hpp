#pragma once
#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <span>

#include "engine/core/units.hpp"

namespace busbar {

/// Remembers a stream of T, so that it can be heard again a whole number of frames late, at several distances at once.
/// (`Delay` is the shorter one for a single distance that never changes.) What came before the first frame is T{}.
/// The memory is lent, not owned; it is a power of two and at least the longest delay plus the longest call.
template <typename T>
class DelayLine {
 public:
  void lend(std::span<T> memory) noexcept {
    assert(std::has_single_bit(memory.size()));
    memory_ = memory;
    clear();
  }

  /// Forgets all that was written. Costs the same for any size, so the audio thread may do it.
  void clear() noexcept { held_ = 0; }

  /// Remembers what the other one does; both have memory of the same size.
  void take_over(const DelayLine& other) noexcept {
    assert(memory_.size() == other.memory_.size());
    std::ranges::copy(other.memory_, memory_.begin());
    at_ = other.at_;
    held_ = other.held_;
  }

  void write(std::span<const T> samples) noexcept {
    assert(samples.size() <= memory_.size());
    const std::size_t to = at_ & (memory_.size() - 1);
    const std::size_t before_end = std::min(samples.size(), memory_.size() - to);
    std::copy_n(samples.begin(), before_end, memory_.begin() + to);
    std::copy_n(samples.begin() + before_end, samples.size() - before_end, memory_.begin());
    at_ += samples.size();
    held_ = std::min(held_ + samples.size(), memory_.size());
  }

  /// Fills `out` with the last out.size() frames written, each as it was `frames` earlier.
  void read(Frames frames, std::span<T> out) const noexcept {
    const std::size_t back = static_cast<std::size_t>(frames) + out.size();
    assert(frames >= 0 && back <= memory_.size());
    const std::size_t unknown = back > held_ ? std::min(back - held_, out.size()) : 0;
    std::fill_n(out.begin(), unknown, T{});
    const std::span<T> known = out.subspan(unknown);
    const std::size_t from = (at_ - back + unknown) & (memory_.size() - 1);
    const std::size_t before_end = std::min(known.size(), memory_.size() - from);
    std::copy_n(memory_.begin() + from, before_end, known.begin());
    std::copy_n(memory_.begin(), known.size() - before_end, known.begin() + before_end);
  }

 private:
  std::span<T> memory_;
  std::size_t at_ = 0;    // of the next frame; wraps with the memory, whose size divides it
  std::size_t held_ = 0;  // frames written since `clear`, at most the memory's size
};

}  // namespace busbar
