#pragma once
#include <cmath>
#include <numbers>

#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

/// Coefficients of a second-order state-variable filter with zero-delay feedback (trapezoidal integrators): the
/// bilinear transform of s² + s/Q + 1, its frequency axis bent so that the analogue corner lands exactly on `hz`.
/// With g = tan(π·hz/rate), k = 1/q, n = 1/(1 + g(g + k)), one frame of input x is, by its source,
///   high = n(x - (k + g)s1 - s2)   band = s1 + g·high   low = s2 + g·band   s1 += 2g·high   s2 += 2g·band
/// Here the sums are arranged around e = x - s2 so that a frame waits for three additions and one product only, and
/// so that direct current (e = 0, s1 = 0) stands still to the last bit.
/// Source: V. Zavalishin, The Art of VA Filter Design, chapter 4. Errors: none but 64-bit rounding.
struct SvfTuning {
  double g, high_e, high_s1, s1_e, s1_s1, s2_e, s2_s1;

  /// 0 < hz < rate/2, q > 0.
  static SvfTuning at(double hz, double q, double sample_rate) noexcept {
    const double g = std::tan(std::numbers::pi * hz / sample_rate);
    const double k = 1.0 / q;
    const double n = 1.0 / (1.0 + g * (g + k));
    const double back = (k + g) * n;
    return {.g = g,
            .high_e = n,
            .high_s1 = back,
            .s1_e = 2.0 * g * n,
            .s1_s1 = 1.0 - 2.0 * g * back,
            .s2_e = 2.0 * g * g * n,
            .s2_s1 = 2.0 * g * (1.0 - g * back)};
  }

  /// Distance of the poles from the origin of the z plane, of the farther one if both are real (q < 1/2).
  static double pole_radius(double hz, double q, double sample_rate) noexcept {
    const double g = std::tan(std::numbers::pi * hz / sample_rate);
    const double zeta = 0.5 / q;
    if (zeta <= 1.0) return std::sqrt((1.0 - 2.0 * zeta * g + g * g) / (1.0 + 2.0 * zeta * g + g * g));
    const double slow = g * (zeta - std::sqrt(zeta * zeta - 1.0));
    return (1.0 - slow) / (1.0 + slow);
  }
};

struct SvfOutputs {
  double low, band, high;
};

/// The two integrators of one channel; 64 bit, since at 30 Hz a 32-bit recurrence hisses.
struct SvfState {
  double s1 = 0.0, s2 = 0.0;

  SvfOutputs next(const SvfTuning& t, double x) noexcept {
    const double e = x - s2;
    const double high = t.high_e * e - t.high_s1 * s1;
    const double band = s1 + t.g * high;
    const double low = s2 + t.g * band;
    s2 = (s2 + t.s2_s1 * s1) + t.s2_e * e;
    s1 = t.s1_s1 * s1 + t.s1_e * e;
    return {low, band, high};
  }

  /// Ends a tail (see SettleClock). A state that is not a number stays so.
  void settle() noexcept {
    if (std::fabs(s1) < kSettled && std::fabs(s2) < kSettled) *this = {};
  }
};

}  // namespace busbar
