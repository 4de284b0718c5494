#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace busbar {

/// True if all samples are finite numbers. Integer maxima, so that the compiler may look at many at a time.
inline bool all_finite(const float* samples, int count) noexcept {
  std::uint32_t largest = 0;
  for (int i = 0; i < count; ++i) largest = std::max(largest, std::bit_cast<std::uint32_t>(samples[i]) & 0x7fffffffu);
  return largest < 0x7f800000u;  // the exponent of infinities and NaNs
}

/// Each NaN or infinity becomes 0; returns the first, or -1.
inline int silence_non_finite(float* samples, int count) noexcept {
  if (all_finite(samples, count)) return -1;
  int first = -1;
  for (int i = 0; i < count; ++i) {
    if (std::isfinite(samples[i])) continue;
    samples[i] = 0.0f;
    if (first < 0) first = i;
  }
  return first;
}

/// The earlier of two frames, of which each may be none (-1).
inline int first_of(int a, int b) noexcept { return a < 0 ? b : b < 0 ? a : std::min(a, b); }

}  // namespace busbar
