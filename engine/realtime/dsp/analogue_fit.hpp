#pragma once
#include "engine/realtime/dsp/section.hpp"

namespace busbar {

/// The squared magnitude of an analogue section of first or second order, as a function of v² = (f/f₀)²:
///   (zeros[0] + zeros[1]·v² + zeros[2]·v⁴)/(poles[0] + poles[1]·v² + poles[2]·v⁴)
struct AnalogueSection {
  std::array<double, 3> zeros, poles;

  double power(double v2) const noexcept {
    return (zeros[0] + v2 * (zeros[1] + v2 * zeros[2])) / (poles[0] + v2 * (poles[1] + v2 * poles[2]));
  }

  /// Bell: (s² + sA/q + 1)/(s² + s/(Aq) + 1), A² being the gain at its centre.
  static AnalogueSection bell(double gain_db, double q) noexcept;
  /// High shelf: A(As² + s√A/q + 1)/(s² + s√A/q + A), A² being the gain far up.
  static AnalogueSection high_shelf(double gain_db, double q) noexcept;
  /// Low shelf: A(s² + s√A/q + A)/(As² + s√A/q + 1), A² being the gain far down.
  static AnalogueSection low_shelf(double gain_db, double q) noexcept;
  /// Tilt: (Gs + 1)/(s + G): G far up, 1/G far down, 1 at the centre.
  static AnalogueSection tilt(double gain_db) noexcept;
  /// Low pass: 1/(s² + s/q + 1), or 1/(s + 1).
  static AnalogueSection low_pass(double q) noexcept;
  static AnalogueSection low_pass_first_order() noexcept;
};

/// How a fitted section runs, and how far from the origin of the z plane its poles are at most.
struct FittedSection {
  SectionTuning tuning;
  double pole_radius = 0.0;
};

/// Corners beyond these parts of the sample rate are brought back to them: 20 kHz and 18.5 kHz at 44.1 kHz.
inline constexpr double kHighestBell = 0.4535;
inline constexpr double kHighestPass = 0.42;

/// Sections of minimum phase whose magnitude follows the analogue one up to 20 kHz, or up to 0.4 of the rate where that
/// is more, rather than bend its axis of frequencies as the bilinear transform does. The gain at DC is exact.
/// About a microsecond each, so to be called where a parameter has changed only.
/// Bells, shelves and tilts: `boost` has a gain above 0 dB, and a cut is the inverse of the boost of the same size.
FittedSection fit_boost(const AnalogueSection& boost, double hz, double sample_rate) noexcept;
FittedSection fit_cut(const AnalogueSection& boost, double hz, double sample_rate) noexcept;
/// Passes: the gain at the corner is exact too.
FittedSection fit_low_pass(const AnalogueSection& pass, double hz, double sample_rate) noexcept;
FittedSection fit_high_pass(double q, double hz, double sample_rate) noexcept;
FittedSection fit_high_pass_first_order(double hz, double sample_rate) noexcept;

}  // namespace busbar
