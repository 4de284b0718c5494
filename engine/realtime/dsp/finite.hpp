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

/// Each NaN or infinity becomes 0; true if there was one.
inline bool silence_non_finite(float* samples, int count) noexcept {
  if (all_finite(samples, count)) return false;
  for (int i = 0; i < count; ++i)
    if (!std::isfinite(samples[i])) samples[i] = 0.0f;
  return true;
}

}  // namespace busbar
