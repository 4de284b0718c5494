#pragma once
#include <cassert>
#include <cstddef>
#include <span>

namespace busbar {

/// A view of samples laid out [channels][frames], one or two channels. Owns nothing; cheap to copy.
class AudioBlock {
 public:
  AudioBlock() = default;
  AudioBlock(float* left, float* right, int channels, int frames) noexcept
      : data_{left, right}, channels_(channels), frames_(frames) {
    assert(channels >= 0 && channels <= 2 && frames >= 0);
  }

  int channels() const noexcept { return channels_; }
  int frames() const noexcept { return frames_; }
  bool empty() const noexcept { return channels_ == 0; }
  std::span<float> channel(int c) const noexcept {
    assert(c >= 0 && c < channels_);
    return {data_[c], static_cast<std::size_t>(frames_)};
  }
  /// The frames [first, first + count).
  AudioBlock part(int first, int count) const noexcept {
    assert(first >= 0 && count >= 0 && first + count <= frames_);
    return {data_[0] != nullptr ? data_[0] + first : nullptr, data_[1] != nullptr ? data_[1] + first : nullptr,
            channels_, count};
  }

 private:
  float* data_[2] = {nullptr, nullptr};
  int channels_ = 0;
  int frames_ = 0;
};

}  // namespace busbar
