#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace busbar {

/// A low-pass at a quarter of its rate whose every other tap is zero and whose middle one is 1/2: it finds the sample
/// half-way between two, out of `pairs` neighbours on either side.
/// Source  ideal half-band response under a Kaiser window: J. F. Kaiser, "Nonrecursive digital filter design using the
///         I0-sinh window function", 1974; F. Mintzer, "On half-band, third-band and Nth-band FIR filters", 1982.
///         Between pass and stop band lie (attenuation - 8)/(2.285·2π·(4·pairs - 2)) of the doubled rate, half of it
///         on either side of the quarter.
struct HalfBand {
  static constexpr int kMaxPairs = 48;

  int pairs = 1;
  std::array<float, kMaxPairs> taps{};  // of the neighbours at ±1/2, ±3/2, …; their sum is 1/2, for both sides 1

  /// 1 <= pairs <= kMaxPairs; the attenuation of the stop band in dB, above 21. Control thread.
  static HalfBand kaiser(int pairs, double attenuation_db) {
    const double beta = attenuation_db > 50.0
                            ? 0.1102 * (attenuation_db - 8.7)
                            : 0.5842 * std::pow(attenuation_db - 21.0, 0.4) + 0.07886 * (attenuation_db - 21.0);
    std::array<double, kMaxPairs> ideal{};
    double sum = 0.0;
    for (int k = 0; k < pairs; ++k) {
      const double offset = 2.0 * k + 1.0, place = offset / (2.0 * pairs);
      const double window = bessel_i0(beta * std::sqrt(1.0 - place * place));
      sum += ideal[static_cast<std::size_t>(k)] = (k % 2 == 0 ? 1.0 : -1.0) / offset * window;
    }
    HalfBand filter{.pairs = pairs};
    for (std::size_t k = 0; k < kMaxPairs; ++k) filter.taps[k] = static_cast<float>(0.5 * ideal[k] / sum);
    return filter;
  }

  /// out[i] = the sample half-way between x[i + pairs - 1] and x[i + pairs], for i < count. Reads x up to
  /// count + 2·pairs - 2. Four pairs at a time, so that the sums are fetched and put back less often.
  void midpoints(const float* __restrict x, int count, float* __restrict out) const noexcept {
    const float* after = x + pairs;
    const float* before = after - 1;
    std::fill_n(out, count, 0.0f);
    int k = 0;
    for (; k + 4 <= pairs; k += 4) {
      const float* tap = taps.data() + k;
      const float t0 = tap[0], t1 = tap[1], t2 = tap[2], t3 = tap[3];
      for (int i = 0; i < count; ++i) {
        const float* a = after + k + i;
        const float* b = before - k + i;
        out[i] += (t0 * (a[0] + b[0]) + t1 * (a[1] + b[-1])) + (t2 * (a[2] + b[-2]) + t3 * (a[3] + b[-3]));
      }
    }
    for (; k < pairs; ++k)
      for (int i = 0; i < count; ++i) out[i] += taps[static_cast<std::size_t>(k)] * (after[k + i] + before[i - k]);
  }

  /// Modified Bessel function of the first kind, order zero, by its power series.
  static double bessel_i0(double x) noexcept {
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 60; ++k) sum += term *= (0.5 * x / k) * (0.5 * x / k);
    return sum;
  }
};

}  // namespace busbar
