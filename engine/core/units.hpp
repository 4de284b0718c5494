#pragma once
#include <cmath>
#include <cstdint>
#include <limits>

namespace busbar {

/// A count of frames, or a place on the time line in frames. Signed, so that differences are safe.
using Frames = std::int64_t;
using Hertz = double;

/// A level in dB. Minus infinity is a value like any other: a fader at the bottom.
struct Decibels {
  double value = 0.0;
  friend bool operator==(Decibels, Decibels) = default;
};

/// A linear factor. 0 dB is exactly 1.0.
struct Gain {
  double value = 1.0;
  friend bool operator==(Gain, Gain) = default;
};

inline constexpr Decibels kMinusInfinity{-std::numeric_limits<double>::infinity()};

/// 10^(dB/20); -inf gives exactly 0, 0 dB exactly 1.
inline Gain to_gain(Decibels level) noexcept {
  if (level.value == 0.0) return {1.0};
  if (level == kMinusInfinity) return {0.0};
  return {std::pow(10.0, level.value / 20.0)};
}

/// 20 log10 |gain|; 0 gives -inf.
inline Decibels to_decibels(Gain gain) noexcept {
  return {gain.value == 0.0 ? kMinusInfinity.value : 20.0 * std::log10(std::fabs(gain.value))};
}

/// Seconds to frames, to the nearest (halves away from zero), as everywhere in a session.
inline Frames to_frames(double seconds, double sample_rate) noexcept {
  return static_cast<Frames>(std::llround(seconds * sample_rate));
}

}  // namespace busbar
