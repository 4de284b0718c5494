#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace busbar {

/// The largest of the last `length` values, in the same time for any length.
/// Source  M. van Herk, 1992; J. Gil, M. Werman, 1993: the window is the end of one block and the beginning of the next
template <int kMost>
class SlidingMax {
 public:
  /// 1 <= length <= kMost.
  void use(int length) noexcept {
    assert(length >= 1 && length <= kMost);
    length_ = length;
    reset();
  }
  void reset() noexcept {
    at_ = 0;
    since_ = 0.0f;
    std::fill_n(until_end_.begin(), length_ + 1, 0.0f);
  }

  /// `value` >= 0.
  float next(float value) noexcept {
    block_[static_cast<std::size_t>(at_)] = value;
    since_ = std::max(since_, value);
    const float most = std::max(since_, until_end_[static_cast<std::size_t>(++at_)]);
    if (at_ == length_) begin_block();
    return most;
  }

 private:
  void begin_block() noexcept {
    float most = 0.0f;
    for (int i = length_ - 1; i >= 0; --i)
      until_end_[static_cast<std::size_t>(i)] = most = std::max(most, block_[static_cast<std::size_t>(i)]);
    at_ = 0;
    since_ = 0.0f;
  }

  int length_ = 1;
  int at_ = 0;
  float since_ = 0.0f;  // the largest of this block so far
  std::array<float, static_cast<std::size_t>(kMost)> block_{};
  std::array<float, static_cast<std::size_t>(kMost) + 1> until_end_{};  // [i]: of the last block's values from i on
};

/// The sum of the last `length` values. Whole numbers, so that no error gathers and zeros in become zeros out.
template <int kMost>
class SlidingSum {
 public:
  void use(int length) noexcept {
    assert(length >= 1 && length <= kMost);
    length_ = length;
    reset();
  }
  void reset() noexcept {
    at_ = 0;
    sum_ = 0;
    std::fill_n(last_.begin(), length_, 0);
  }
  int length() const noexcept { return length_; }

  std::int64_t next(std::int64_t value) noexcept {
    std::int64_t& oldest = last_[static_cast<std::size_t>(at_)];
    sum_ += value - oldest;
    oldest = value;
    at_ = at_ + 1 == length_ ? 0 : at_ + 1;
    return sum_;
  }

 private:
  int length_ = 1;
  int at_ = 0;
  std::int64_t sum_ = 0;
  std::array<std::int64_t, static_cast<std::size_t>(kMost)> last_{};
};

}  // namespace busbar
