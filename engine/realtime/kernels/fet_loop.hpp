#pragma once
#include <array>
#include <cstddef>

#include "engine/realtime/dsp/gain_curve.hpp"

namespace busbar {

/// The feedback loop of the FET compressor at 1, 2, 4 or 8 times the rate: a capacitor whose voltage is the reduction
/// in dB. A diode charges it towards what the curve wants, a resistor discharges it towards nothing; of the two, what
/// leaves more in it counts. The discharge is to be the slower one.
struct FetLoop {
  static constexpr std::size_t kMostFactor = 8;
  static constexpr int kMostFrames = 64;  ///< per call

  double reduction = 0.0;
  double keep = 0.0, charge = 1.0;                  ///< what a step of the loop leaves, and its share of what is wanted
  std::array<double, kMostFactor + 1> discharge{};  ///< what so many steps leave if nothing charges
  double onset = 0.0;  ///< a frame in which no more than this share of `reduction` is wanted charges nowhere

  void set(double charge_share, double discharge_share, int factor) noexcept {
    charge = charge_share;
    keep = 1.0 - charge_share;
    discharge[0] = 1.0;
    for (std::size_t k = 0; k < kMostFactor; ++k) discharge[k + 1] = discharge[k] * (1.0 - discharge_share);
    onset = discharge[static_cast<std::size_t>(factor - 1)] * (charge_share - discharge_share) / charge_share;
  }
};

/// out[i], i < frames·factor: the reduction, of the louder of both keys, oversampled by `factor`. `curve` has one entry
/// if it `stands`, else one a frame. `left`, `right` and `out` have room for kMostFrames·factor: what lies behind is
/// read.
void run_fet_loop(FetLoop& loop, const GainCurve<float>* curve, bool stands, const float* left, const float* right,
                  int frames, int factor, float* out) noexcept;

/// gains[i] of as many dB as gain_db[i] - reduction[i]. Returns the largest reduction. All have room
/// for whole registers: a multiple of 16.
float fet_gains(const float* gain_db, const float* reduction, int count, float* gains) noexcept;

}  // namespace busbar
