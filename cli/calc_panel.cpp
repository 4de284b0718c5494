#include "cli/calc_panel.hpp"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "cli/print.hpp"
#include "engine/control/model/param_value.hpp"
#include "sessions/presets.hpp"

namespace busbar::cli {

namespace {

/// The number that a text is, else the text: a name such as "inf".
ParamValue value_of(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool is_number = !text.empty() && *end == '\0' && std::isfinite(number);
  return is_number ? ParamValue(number) : ParamValue(text);
}

std::optional<Error> set(CalcPanel& panel, const std::string& option, const ParamSpec* spec, const ParamValue& value) {
  if (spec == nullptr)
    return Error{option, "'" + std::string(panel.type->key) + "' has no such control",
                 "see 'busbar inserts " + std::string(panel.type->key) + "'"};
  if (const auto wrong = check_param(*spec, value)) return Error{option, wrong->what, wrong->mend};
  panel.values[std::string(spec->key)] = value;
  return std::nullopt;
}

}  // namespace

ParamValue start_of(const ParamSpec& spec) {
  if (spec.kind == ParamKind::flag) return spec.start != 0.0f;
  const bool is_name = !spec.choices.empty() && spec.start < static_cast<float>(spec.choices.size()) &&
                       (spec.kind == ParamKind::choice || spec.start < spec.min);
  if (is_name) return std::string(spec.choices[static_cast<std::size_t>(spec.start)]);
  return std::stod(number_text(spec.start));  // the table's 0.7f is meant as 0.7
}

Result<CalcPanel> panel_of(const CalcOptions& options) {
  CalcPanel panel{find_insert_type(options.type)};
  for (const ParamSpec& spec : panel.type->params)
    if (!spec.is_tempo) panel.values[std::string(spec.key)] = start_of(spec);
  if (!options.preset.empty()) {
    const Result<Preset> preset = find_preset(options.type, options.preset);
    if (!preset) return Error{"--preset", preset.error().what, preset.error().mend};
    for (const auto& [key, value] : preset->inserts.front().params) panel.values[key] = value;
    panel.mix = preset->inserts.front().mix;
  }
  panel.mix = options.mix.value_or(panel.mix);
  for (std::size_t k = 0; k < kKnobs.size(); ++k)
    if (!options.knobs[k].empty())
      if (auto error = set(panel, kKnobs[k].option, panel.param(kKnobs[k]), value_of(options.knobs[k])))
        return std::move(*error);
  if (options.auto_makeup)
    if (auto error = set(panel, "--auto-makeup", find_param(*panel.type, kAutoMakeup), true)) return std::move(*error);
  return panel;
}

}  // namespace busbar::cli
