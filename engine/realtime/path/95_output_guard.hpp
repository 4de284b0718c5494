#pragma once
#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// What a loudspeaker must not be given for long: a mean above -30 dBFS that lasts. Recordings with an offset of a
/// percent, bass down to 20 Hz at full scale and lopsided transients all stay far below.
inline constexpr double kDcThreshold = 0.0316;
inline constexpr double kDcGone = kDcThreshold / 8.0;  ///< the guard lets go below it
inline constexpr double kDcSeconds = 0.5;              ///< for how long, before it acts and before it lets go
inline constexpr double kDcCornerHertz = 0.5;          ///< of each of the two low-passes that find the mean

/// Control.
inline DcGuardTuning tune_dc_guard(double sample_rate) {
  return {.follow = 1.0 - std::exp(-2.0 * std::numbers::pi * kDcCornerHertz / sample_rate),
          .patience = to_frames(kDcSeconds, sample_rate)};
}

/// Follows the mean of a slice and takes it out while there is a direct current; else nothing is touched, bit for bit.
/// Returns true if the guard begins to act in this slice.
inline bool guard_against_dc(OutputGuardState& guard, double* signal, Frames now, int frames,
                             const DcGuardTuning& tuning) noexcept {
  constexpr double kMost = 4.0;  // so that one wild sample does not charge the filters for minutes
  const auto [a, patience] = tuning;
  bool begins = false;
  auto [first, mean] = guard.slow;
  for (int i = 0; i < frames; ++i) {
    const double x = std::isnan(signal[i]) ? 0.0 : std::clamp(signal[i], -kMost, kMost);
    first += a * (x - first);
    mean += a * (first - mean);
    const bool acts = guard.share.target()[0] != 0.0;
    guard.beyond = (acts ? std::fabs(mean) < kDcGone : std::fabs(mean) > kDcThreshold) ? guard.beyond + 1 : 0;
    if (guard.beyond > patience) {
      guard.share.go_to({acts ? 0.0 : 1.0}, now + i, patience);
      guard.beyond = 0;
      begins |= !acts;
    }
    if (acts || guard.share.moving()) signal[i] -= guard.share.at(now + i)[0] * mean;
  }
  // Silence must not leave numbers behind that are too small to count with.
  guard.slow = {std::fabs(first) < 1e-30 ? 0.0 : first, std::fabs(mean) < 1e-30 ? 0.0 : mean};
  return begins;
}

/// Writes a slice to the device: no sample is larger than the ceiling or anything but a number, and one below it is
/// what the sum was. True if the ceiling cut one.
inline bool write_below_ceiling(const double* signal, float ceiling, int frames, float* out) noexcept {
  const double most = static_cast<double>(ceiling);
  double loudest = 0.0;
  for (int i = 0; i < frames; ++i) {
    const double x = signal[i];
    loudest = std::fabs(x) > loudest ? std::fabs(x) : loudest;
    const double held = x > most ? most : x < -most ? -most : x;
    out[i] = x == x ? static_cast<float>(held) : 0.0f;
  }
  return loudest > most;
}

}  // namespace busbar
