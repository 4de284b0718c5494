#pragma once
#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/control/model/insert_slot.hpp"
#include "engine/core/result.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar::cli {

/// What stands in for a knob of the panel on the command line. Panels call some of them by another name; what is rarely
/// touched is shown only where it is.
struct CalcKnob {
  const char *option, *key, *other_key, *help;
  bool is_rare = false;
};
inline constexpr auto kKnobs = std::to_array<CalcKnob>({
    {"--threshold", "threshold_db", "", "In dB; what is left out stands at the processor's default"},
    {"--ratio", "ratio", "", "Such as 4, or inf; of the FET compressor r4 … r20 or all"},
    {"--knee", "knee_db", "", "Width in dB"},
    {"--attack", "attack_ms", "attack_us", "In ms, of the FET compressor in µs"},
    {"--release", "release_ms", "release_s", "In ms, of the bus compressor in s; or auto, or tempo"},
    {"--detector", "detector", "", "peak or rms"},
    {"--sidechain-hpf", "sidechain_hpf_hz", "", "Low cut of what the detector hears, in Hz", true},
    {"--sidechain-lpf", "sidechain_lpf_hz", "", "High cut of what the detector hears, in Hz", true},
    {"--lookahead", "lookahead_ms", "", "In ms", true},
    {"--quality", "quality", "", "normal or high", true},
    {"--makeup", "makeup_db", "", "In dB"},
    {"--input-gain", "input_db", "", "Of the FET compressor, in dB"},
    {"--output-gain", "output_db", "", "Of the FET compressor, in dB"},
});
inline constexpr std::size_t kReleaseKnob = 4;
inline constexpr std::string_view kAutoMakeup = "auto_makeup";

/// Values as texts, so that the processor's own table judges them.
struct CalcOptions {
  std::string type, preset, note;
  std::array<std::string, kKnobs.size()> knobs;
  double input = 0.0, tempo = 120.0;
  std::optional<double> mix;
  bool auto_makeup = false, has_tempo = false, json = false;
};

/// A processor with a value for each of its parameters.
struct CalcPanel {
  const InsertType* type = nullptr;
  std::map<std::string, ParamValue, std::less<>> values = {};
  double mix = 1.0;

  bool has(std::string_view key) const { return values.contains(key); }
  bool is_on(std::string_view key) const { return has(key) && values.find(key)->second == ParamValue(true); }
  std::string word(std::string_view key) const {
    const auto* text = has(key) ? std::get_if<std::string>(&values.find(key)->second) : nullptr;
    return text == nullptr ? "" : *text;
  }
  /// 0 if there is no such parameter, infinity for "inf".
  double number(std::string_view key) const {
    if (!has(key)) return 0.0;
    const auto* plain = std::get_if<double>(&values.find(key)->second);
    return plain != nullptr ? *plain : std::numeric_limits<double>::infinity();
  }
  const ParamSpec* param(const CalcKnob& knob) const {
    const ParamSpec* spec = find_param(*type, knob.key);
    return spec != nullptr ? spec : find_param(*type, knob.other_key);
  }
  InsertSlot slot() const {
    InsertSlot slot;
    slot.type = type->key;
    slot.mix = mix;
    slot.params = {values.begin(), values.end()};
    return slot;
  }
};

/// What the processor stands at when nobody has set it.
ParamValue start_of(const ParamSpec& spec);

/// The panel of a type that there is, as defaults, preset and options put it.
Result<CalcPanel> panel_of(const CalcOptions& options);

}  // namespace busbar::cli
