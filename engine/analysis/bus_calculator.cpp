#include "engine/analysis/bus_calculator.hpp"

#include "engine/realtime/dsp/gain_curve.hpp"
#include "engine/realtime/dsp/note.hpp"
#include "engine/realtime/dsp/panel_curves.hpp"

namespace busbar {

namespace {

/// `driven` is the level that the curve sees.
template <typename T>
SteadyLevel level_of(const GainCurve<T>& curve, double input_db, double driven, double makeup_db) noexcept {
  SteadyLevel level{.over_db = driven - static_cast<double>(curve.threshold)};
  level.reduction_db = static_cast<double>(curve.reduction_db(static_cast<T>(driven)));
  level.makeup_db = makeup_db;
  level.output_db = input_db - level.reduction_db + makeup_db;
  return level;
}

}  // namespace

SteadyLevel steady_level(const CompressorPanel& panel, double input_db) noexcept {
  const auto curve = GainCurve<double>::of(panel.threshold_db, slope_of_ratio(panel.ratio), panel.knee_db);
  return level_of(curve, input_db, input_db, panel.makeup_db + (panel.auto_makeup ? auto_makeup_db(curve) : 0.0));
}

SteadyLevel steady_level(const BusCompressorPanel& panel, double input_db) noexcept {
  const auto curve = bus_compressor_curve(static_cast<float>(panel.threshold_db), static_cast<float>(panel.ratio));
  return level_of(curve, input_db, input_db, panel.makeup_db);
}

SteadyLevel steady_level(const FetCompressorPanel& panel, double input_db) noexcept {
  const FetButton& button = kFetButtons.at(panel.button);
  const auto curve = GainCurve<double>::of(button.threshold_db, button.slope, button.knee_db);
  return level_of(curve, input_db, input_db + panel.input_db, panel.input_db + panel.output_db);
}

std::span<const std::string_view> note_names() noexcept { return kNoteNames; }

double note_ms(std::size_t note, double tempo_bpm) noexcept { return 60000.0 / tempo_bpm * kNoteBeats.at(note); }

}  // namespace busbar
