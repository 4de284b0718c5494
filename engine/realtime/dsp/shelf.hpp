#pragma once
#include <cmath>
#include <numbers>

#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

/// First-order shelf, 1 at its centre, and its exact inverse: emphasis before something that bends the signal, and
/// de-emphasis behind, which together are a wire as long as nothing bends.
/// With K = tan(π·hz/rate) and q = √(gain above/gain below), by the bilinear transform
///   H(s) = (1 + q·s)/(1 + s/q)/q, |H(j)| = 1    H(z) = gain·(1 + zero·z⁻¹)/(1 + pole·z⁻¹)
/// Source  U. Zölzer, Digital Audio Signal Processing, chapter 5. |zero| and |pole| are below 1, and stay so on any
///         straight line between two tunings: both ways round are stable, coefficients moving or not.
struct ShelfTuning {
  double gain = 1.0, inverse_gain = 1.0, zero = 0.0, pole = 0.0;

  /// 0 < hz < rate/2; `ratio_db` the gain far above the centre over that far below.
  static ShelfTuning at(double hz, double ratio_db, double rate) noexcept {
    const double k = std::tan(std::numbers::pi * hz / rate);
    const double q = std::pow(10.0, ratio_db / 40.0);
    const double gain = (1.0 + q / k) / (1.0 + 1.0 / (q * k)) / q;
    return {.gain = gain,
            .inverse_gain = 1.0 / gain,
            .zero = (1.0 - q / k) / (1.0 + q / k),
            .pole = (1.0 - 1.0 / (q * k)) / (1.0 + 1.0 / (q * k))};
  }
};

/// One channel of it, either way round but for the gain; 64 bit.
struct ShelfState {
  double s = 0.0;

  double emphasise(double zero, double pole, double x) noexcept {
    const double y = x + s;
    s = zero * x - pole * y;
    return y;
  }
  double restore(double zero, double pole, double x) noexcept { return emphasise(pole, zero, x); }
  void settle() noexcept {
    if (std::fabs(s) < kSettled) s = 0.0;
  }
};

}  // namespace busbar
