#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/core/units.hpp"

namespace busbar {

/// Turns 64-bit samples into what stands in a file.
/// Shape   in: [channels][frames]; out: interleaved little-endian bytes, and [channels][frames] floats
/// Units   full scale is 1.0 = 2^(bits-1) steps; dither has a triangular density of 2 steps peak to peak, so the
///         error has the variance (1/6 + 1/12) = 1/4 step², whatever the signal
/// State   only a count of frames: the dither of a frame is a hash of its channel and number, so any split into
///         calls and any rerun gives the same bytes
/// Errors  a sample beyond the range is held at its end and counted; one that is no number becomes 0 and counts too
/// Source  Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither: A Theoretical Survey", JAES 40 (1992)
class Quantiser {
 public:
  /// `bits` 16, 24, or 32 for 32-bit float, which is rounded and neither dithered nor limited.
  Quantiser(int bits, int channels, bool dither);

  void convert(std::span<const double* const> channels, int frames);

  /// Of the last call.
  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  /// Of the last call: the very values in the file (a step of 24 bits is exact in a float).
  std::span<const float> values(int channel) const noexcept { return values_[static_cast<std::size_t>(channel)]; }

  Frames frames() const noexcept { return frames_; }
  Frames clipped_samples() const noexcept { return clipped_; }
  std::optional<Frames> first_clip() const noexcept { return first_clip_; }

 private:
  void convert_integer(std::size_t channel, const double* in);
  void convert_float(std::size_t channel, const double* in);
  void count_clip(Frames frame);

  int bits_;
  bool dither_;
  std::vector<std::byte> bytes_;
  std::vector<std::vector<float>> values_;
  Frames frames_ = 0;
  Frames clipped_ = 0;
  std::optional<Frames> first_clip_;
};

}  // namespace busbar
