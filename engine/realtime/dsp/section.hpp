#pragma once
#include <array>
#include <cmath>
#include <cstddef>

#include "engine/realtime/dsp/settle.hpp"
#include "engine/realtime/dsp/svf.hpp"

namespace busbar {

/// Two 64-bit samples of one frame, left and right or mid and side: they fill one register. Not zero by itself, so that
/// a buffer of them costs nothing.
struct alignas(16) Pair {
  std::array<double, 2> lane;
};

/// A filter section of first or second order with any zeros, in the form of a state-variable filter: the state is that
/// of its two integrators, and the output a mixture of what they hold. With e = x - s2, one frame is
///   y = through·x + e_out·e + s1_out·s1   s2 += s2_s1·s1 + s2_e·e   s1 = s1_s1·s1 + s1_e·e
/// Whatever g and k > 0 the tuning is made of, the new state is never longer than the old one (the trapezoidal rule
/// turns a system that loses energy into a contraction), nor is that of any mean of tunings: so a tuning may glide to
/// another in a straight line, at any speed, and nothing can grow. Direct current has e = 0 and s1 = 0 and stands still
/// to the last bit.
struct SectionTuning {
  double through = 1.0, e_out = 0.0, s1_out = 0.0, s1_e = 0.0, s1_s1 = 0.0, s2_e = 0.0, s2_s1 = 0.0;

  /// H(s) = (high·s² + band·s + low)/(s² + k·s + 1) at s = (1/g)·(z - 1)/(z + 1).
  static SectionTuning second_order(double g, double k, double high, double band, double low) noexcept {
    const double n = 1.0 / (1.0 + g * (g + k));
    const double back = (k + g) * n;
    const double mid = band + low * g;
    return {.through = low,
            .e_out = mid * g * n - low + high * n,
            .s1_out = mid * (1.0 - g * back) - high * back,
            .s1_e = 2.0 * g * n,
            .s1_s1 = 1.0 - 2.0 * g * back,
            .s2_e = 2.0 * g * g * n,
            .s2_s1 = 2.0 * g * (1.0 - g * back)};
  }

  /// H(s) = (high·s + low)/(s + 1).
  static SectionTuning first_order(double g, double high, double low) noexcept {
    const double in = g / (1.0 + g);
    return {.through = low, .e_out = low * (in - 1.0) + high * (1.0 - in), .s2_e = 2.0 * in};
  }

  /// The high output of the state-variable filter in svf.hpp, bit for bit.
  static SectionTuning high_of(const SvfTuning& t) noexcept {
    return {.through = 0.0,
            .e_out = t.high_e,
            .s1_out = -t.high_s1,
            .s1_e = t.s1_e,
            .s1_s1 = t.s1_s1,
            .s2_e = t.s2_e,
            .s2_s1 = t.s2_s1};
  }

  /// The same poles, but what comes in goes out.
  SectionTuning flat() const noexcept {
    SectionTuning t = *this;
    t.through = 1.0, t.e_out = 0.0, t.s1_out = 0.0;
    return t;
  }

  /// this + t·(to - this)
  SectionTuning towards(const SectionTuning& to, double t) const noexcept {
    const auto mean = [t](double a, double b) { return a + t * (b - a); };
    return {mean(through, to.through), mean(e_out, to.e_out), mean(s1_out, to.s1_out), mean(s1_e, to.s1_e),
            mean(s1_s1, to.s1_s1),     mean(s2_e, to.s2_e),   mean(s2_s1, to.s2_s1)};
  }

  friend bool operator==(const SectionTuning&, const SectionTuning&) = default;
};

/// The integrators of one section, both lanes.
struct SectionState {
  Pair s1{}, s2{};

  Pair next(const SectionTuning& t, const Pair& x) noexcept {
    Pair y;
    for (std::size_t c = 0; c < 2; ++c) {
      const double e = x.lane[c] - s2.lane[c];
      const double first = s1.lane[c];
      y.lane[c] = (t.through * x.lane[c] + t.e_out * e) + t.s1_out * first;
      s2.lane[c] = (s2.lane[c] + t.s2_s1 * first) + t.s2_e * e;
      s1.lane[c] = t.s1_s1 * first + t.s1_e * e;
    }
    return y;
  }

  /// Ends a tail (see SettleClock). A state that is not a number stays so.
  void settle() noexcept {
    for (std::size_t c = 0; c < 2; ++c)
      if (std::fabs(s1.lane[c]) < kSettled && std::fabs(s2.lane[c]) < kSettled) s1.lane[c] = s2.lane[c] = 0.0;
  }
};

}  // namespace busbar
