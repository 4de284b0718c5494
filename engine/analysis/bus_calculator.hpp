#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace busbar {

/// What a compressor of a panel comes to for a level that does not ripple: what its static curve says. Of a tone, whose
/// crests come and go, the processor itself knows more (engine/settled_tone.hpp).
/// Units   dB; levels as the detector reads them: of a peak, or of a mean square
struct SteadyLevel {
  double over_db = 0.0;       ///< above the threshold; negative below it
  double reduction_db = 0.0;  ///< 0 or more
  double makeup_db = 0.0;     ///< all gains of the panel, and the automatic one
  double output_db = 0.0;
};

/// The panel of the compressor, as far as a steady level goes.
struct CompressorPanel {
  double threshold_db = 0.0;
  double ratio = 1.0;  ///< may be infinite
  double knee_db = 0.0;
  double makeup_db = 0.0;
  bool auto_makeup = false;
};

/// The panel of the console's bus compressor: its threshold of 0 is not 0 dBFS, and its knee depends on the ratio.
struct BusCompressorPanel {
  double threshold_db = 0.0;
  double ratio = 4.0;
  double makeup_db = 0.0;
};

/// The panel of the FET compressor: a threshold that stands still, gains before and behind.
struct FetCompressorPanel {
  double input_db = 0.0;
  double output_db = 0.0;
  std::size_t button = 0;  ///< place among the names of its ratios
};

/// By the curves of the processors themselves (realtime/dsp/gain_curve.hpp, panel_curves.hpp), so that a render gives
/// the same.
SteadyLevel steady_level(const CompressorPanel& panel, double input_db) noexcept;
SteadyLevel steady_level(const BusCompressorPanel& panel, double input_db) noexcept;
SteadyLevel steady_level(const FetCompressorPanel& panel, double input_db) noexcept;

/// The lengths of notes there are, by their names in sessions, long ones first.
std::span<const std::string_view> note_names() noexcept;

/// How long a note is: 60000 / tempo times its beats, a quarter being one. `note` is its place among the names.
double note_ms(std::size_t note, double tempo_bpm) noexcept;

}  // namespace busbar
