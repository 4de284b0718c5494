#pragma once
#include <bit>
#include <cstdint>

namespace busbar {

/// Logarithm and power in 32 bit, free of branches (even those that a compiler would see in a minimum) and tables, so
/// that the compiler does several at a time and every processor and compiler gives the same bits. Error below 2·10⁻⁷ of
/// log₂ and 4·10⁻⁷ of the power, relative.

/// log₂ x of a normal x > 0. Infinity counts as 2¹²⁸.
/// Source  x = 2ᵉ·m with √½ <= m < √2, ln m = 2·artanh((m - 1)/(m + 1)) by its series up to the ninth power
inline float fast_log2(float x) noexcept {
  constexpr std::int32_t kRootHalf = 0x3f3504f3;  // the bits of √½
  const std::int32_t bits = std::bit_cast<std::int32_t>(x) - kRootHalf;
  const auto exponent = static_cast<float>(bits >> 23);
  const float m = std::bit_cast<float>((bits & 0x007fffff) + kRootHalf);
  const float t = (m - 1.0f) / (m + 1.0f), t2 = t * t;
  constexpr float kScale = 2.885390082f;  // 2/ln 2
  const float series = 1.0f + t2 * (1.0f / 3.0f + t2 * (1.0f / 5.0f + t2 * (1.0f / 7.0f + t2 * (1.0f / 9.0f))));
  return exponent + kScale * t * series;
}

/// 2ˣ for |x| < 2²⁰; below -126 about 2⁻¹²⁶, above 126 about 2¹²⁶. 2⁰ is exactly 1.
/// Source  x = n + f with |f| <= ½, 2ᶠ by its Taylor series up to the seventh power
inline float fast_exp2(float x) noexcept {
  constexpr float kToInteger = 12582912.0f;  // 1.5·2²³: adding it rounds to a whole number, held in the lowest bits
  const float shifted = x + kToInteger;
  const float f = x - (shifted - kToInteger);
  std::int32_t n = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(kToInteger);
  const std::int32_t under = -126 - n, over = n - 126;
  n += (under & ~(under >> 31)) - (over & ~(over >> 31));  // whichever is positive
  const float high = 9.618129107e-3f + f * (1.333355815e-3f + f * (1.540353039e-4f + f * 1.525273380e-5f));
  const float p = 1.0f + f * (0.6931471806f + f * (0.2402265070f + f * (5.550410866e-2f + f * high)));
  return std::bit_cast<float>(std::bit_cast<std::int32_t>(p) + (n << 23));
}

/// Level of a magnitude >= 0 in dB; of silence -200 dB. What is added for that raises -60 dB by 10⁻⁶ dB.
inline float fast_level_db(float magnitude) noexcept {
  constexpr float kDbPerOctave = 6.020599913f, kFloor = 1e-10f;
  return kDbPerOctave * fast_log2(magnitude + kFloor);
}

/// The factor of a gain in dB; of 0 exactly 1.
inline float fast_gain(float db) noexcept {
  constexpr float kOctavesPerDb = 0.1660964047f;
  return fast_exp2(kOctavesPerDb * db);
}

}  // namespace busbar
