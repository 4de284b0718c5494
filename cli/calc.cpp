#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "engine/analysis/bus_calculator.hpp"
#include "engine/control/model/param_value.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/presets.hpp"

namespace busbar::cli {
namespace {

/// What stands in for a knob of the panel on the command line.
struct Knob {
  const char *option, *key, *help;
};
constexpr auto kKnobs = std::to_array<Knob>({
    {"--threshold", "threshold_db", "In dB; what is left out stands at the processor's default"},
    {"--ratio", "ratio", "Such as 4, or inf; of the FET compressor r4 … r20 or all"},
    {"--knee", "knee_db", "Width in dB"},
    {"--makeup", "makeup_db", "In dB"},
    {"--input-gain", "input_db", "Of the FET compressor, in dB"},
    {"--output-gain", "output_db", "Of the FET compressor, in dB"},
});
constexpr std::string_view kAutoMakeup = "auto_makeup";

/// Values as texts, so that the processor's own table judges them.
struct Options {
  std::string type, preset, note;
  std::array<std::string, kKnobs.size()> knobs;
  double input = 0.0, tempo = 120.0;
  bool auto_makeup = false, has_tempo = false, json = false;
};

/// A processor with a value for each of its parameters.
struct Panel {
  const InsertType* type = nullptr;
  std::map<std::string, ParamValue, std::less<>> values = {};

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
};

/// What the processor stands at when nobody has set it.
ParamValue start_of(const ParamSpec& spec) {
  if (spec.kind == ParamKind::flag) return spec.start != 0.0f;
  const bool is_name = !spec.choices.empty() && spec.start < static_cast<float>(spec.choices.size()) &&
                       (spec.kind == ParamKind::choice || spec.start < spec.min);
  if (is_name) return std::string(spec.choices[static_cast<std::size_t>(spec.start)]);
  return std::stod(number_text(spec.start));  // the table's 0.7f is meant as 0.7
}

/// The number that a text is, else the text: a name such as "inf".
ParamValue value_of(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool is_number = !text.empty() && *end == '\0' && std::isfinite(number);
  return is_number ? ParamValue(number) : ParamValue(text);
}

std::optional<Error> set(Panel& panel, const std::string& option, std::string_view key, const ParamValue& value) {
  const ParamSpec* spec = find_param(*panel.type, key);
  if (spec == nullptr)
    return Error{option, "'" + std::string(panel.type->key) + "' has no such control",
                 "see 'busbar inserts " + std::string(panel.type->key) + "'"};
  if (const auto wrong = check_param(*spec, value)) return Error{option, wrong->what, wrong->mend};
  panel.values[std::string(key)] = value;
  return std::nullopt;
}

SteadyLevel level_of_compressor(const Panel& panel, double input_db) {
  return steady_level(CompressorPanel{.threshold_db = panel.number("threshold_db"),
                                      .ratio = panel.number("ratio"),
                                      .knee_db = panel.number("knee_db"),
                                      .makeup_db = panel.number("makeup_db"),
                                      .auto_makeup = panel.is_on(kAutoMakeup)},
                      input_db);
}

SteadyLevel level_of_bus_compressor(const Panel& panel, double input_db) {
  return steady_level(BusCompressorPanel{.threshold_db = panel.number("threshold_db"),
                                         .ratio = panel.number("ratio"),
                                         .makeup_db = panel.number("makeup_db")},
                      input_db);
}

SteadyLevel level_of_fet_compressor(const Panel& panel, double input_db) {
  const auto buttons = find_param(*panel.type, "ratio")->choices;
  const auto button = std::ranges::find(buttons, panel.word("ratio")) - buttons.begin();
  return steady_level(FetCompressorPanel{.input_db = panel.number("input_db"),
                                         .output_db = panel.number("output_db"),
                                         .button = static_cast<std::size_t>(button)},
                      input_db);
}

/// A processor that can be worked out.
struct Calculator {
  std::string_view type, release_key;
  double release_unit_ms;
  SteadyLevel (*level)(const Panel& panel, double input_db);
};
constexpr auto kCalculators = std::to_array<Calculator>({
    {"compressor", "release_ms", 1.0, level_of_compressor},
    {"bus_compressor", "release_s", 1000.0, level_of_bus_compressor},
    {"fet_compressor", "release_ms", 1.0, level_of_fet_compressor},
});

Result<const Calculator*> calculator_of(const std::string& type) {
  std::string all;
  for (const Calculator& calculator : kCalculators) {
    if (calculator.type == type) return &calculator;
    all += (all.empty() ? "" : ", ") + std::string(calculator.type);
  }
  return Error{"TYPE", "there is no calculator for '" + type + "'", "give one of " + all};
}

Result<Panel> panel_of(const Options& options) {
  Panel panel{find_insert_type(options.type)};
  for (const ParamSpec& spec : panel.type->params)
    if (!spec.is_tempo) panel.values[std::string(spec.key)] = start_of(spec);
  if (!options.preset.empty()) {
    const Result<Preset> preset = find_preset(options.type, options.preset);
    if (!preset) return Error{"--preset", preset.error().what, preset.error().mend};
    for (const auto& [key, value] : preset->inserts.front().params) panel.values[key] = value;
  }
  for (std::size_t k = 0; k < kKnobs.size(); ++k)
    if (!options.knobs[k].empty())
      if (auto error = set(panel, kKnobs[k].option, kKnobs[k].key, value_of(options.knobs[k])))
        return std::move(*error);
  if (options.auto_makeup)
    if (auto error = set(panel, "--auto-makeup", kAutoMakeup, true)) return std::move(*error);
  return panel;
}

/// The release in words and, where it is a time, in milliseconds.
struct Release {
  std::optional<double> ms;
  std::string text;
};

Result<std::size_t> note_of(const std::string& name) {
  const auto names = note_names();
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string all;
  for (const std::string_view other : names) all += (all.empty() ? "" : ", ") + std::string(other);
  return Error{"--note", "there is no note '" + name + "'", "the notes are " + all};
}

/// The setting of the panel that comes closest to a time, if it is not that very time.
std::string nearest_text(const ParamSpec& spec, double value) {
  const auto distance = [value](float step) { return std::fabs(std::log(double{step} / value)); };
  const double nearest = spec.steps.empty()
                             ? std::clamp(value, static_cast<double>(spec.min), static_cast<double>(spec.max))
                             : static_cast<double>(*std::ranges::min_element(spec.steps, {}, distance));
  if (std::fabs(nearest - value) < 1e-6) return "";
  return "; nearest on the panel: " + number_text(nearest) + " " + std::string(symbol(spec.unit));
}

/// By tempo if a note or a tempo was given or the panel says so, else the panel's own.
Result<Release> release_of(const Calculator& calculator, const Panel& panel, const Options& options) {
  const std::string word = panel.word(calculator.release_key);
  if (options.note.empty() && !options.has_tempo && word != "tempo") {
    if (!word.empty()) return Release{{}, word};
    const double ms = panel.number(calculator.release_key) * calculator.release_unit_ms;
    return Release{ms, number_text(ms) + " ms"};
  }
  const std::string own = panel.word("release_note");
  const std::string note = !options.note.empty() ? options.note : own.empty() ? "eighth" : own;
  const Result<std::size_t> place = note_of(note);
  if (!place) return place.error();
  const double ms = note_ms(*place, options.tempo);
  const ParamSpec& spec = *find_param(*panel.type, calculator.release_key);
  char text[96];
  std::snprintf(text, sizeof text, "%.1f ms (%s at %s BPM)", ms, note.c_str(), number_text(options.tempo).c_str());
  return Release{ms, text + nearest_text(spec, ms / calculator.release_unit_ms)};
}

Json settings_json(const Panel& panel) {
  Json::Object settings;
  for (const ParamSpec& spec : panel.type->params) {
    const auto found = panel.values.find(spec.key);
    if (found == panel.values.end()) continue;
    if (const bool* on = std::get_if<bool>(&found->second))
      settings.emplace_back(spec.key, *on);
    else if (const double* number = std::get_if<double>(&found->second))
      settings.emplace_back(spec.key, *number);
    else
      settings.emplace_back(spec.key, std::get<std::string>(found->second));
  }
  return settings;
}

void print_as_json(const Panel& panel, const SteadyLevel& level, const Release& release) {
  print_json(Json::Object{{"type", panel.type->key},
                          {"settings", settings_json(panel)},
                          {"input_db", level.input_db},
                          {"over_threshold_db", level.over_db},
                          {"gain_reduction_db", level.reduction_db},
                          {"makeup_db", level.makeup_db},
                          {"output_db", level.output_db},
                          {"level_makeup_db", level.level_makeup_db()},
                          {"release", release.text},
                          {"release_ms", release.ms ? Json(*release.ms) : Json(nullptr)}});
}

/// `Compressor: Threshold -18 dB, Ratio 4:1, Knee 6 dB, Make-up 0 dB`
std::string heading(const Panel& panel) {
  std::string text = std::string(panel.type->label);
  for (const Knob& knob : kKnobs) {
    const ParamSpec* spec = find_param(*panel.type, knob.key);
    if (spec == nullptr) continue;
    const std::string name = panel.word(knob.key), unit(symbol(spec->unit));
    text += text.size() == panel.type->label.size() ? ": " : ", ";
    text += std::string(spec->label) + " " + (name.empty() ? number_text(panel.number(knob.key)) : name);
    text += spec->unit == Unit::ratio ? unit : unit.empty() ? "" : " " + unit;
  }
  return text;
}

void print_line(const char* what, double db, const char* note = "") {
  const double shown = std::round(db * 10.0) / 10.0;
  std::printf("  %-16s %7.1f dB%s\n", what, shown == 0.0 ? 0.0 : shown, note);
}

void print_as_text(const Panel& panel, const SteadyLevel& level, const Release& release) {
  std::printf("%s\n\n", heading(panel).c_str());
  print_line("input", level.input_db);
  print_line(level.over_db < 0.0 ? "below threshold" : "over threshold", std::fabs(level.over_db));
  print_line("gain reduction", level.reduction_db);
  print_line("make-up", level.makeup_db, panel.is_on(kAutoMakeup) ? " (automatic one included)" : "");
  print_line("output", level.output_db);
  std::printf("  %-16s %s\n", "release", release.text.c_str());
  std::printf("\n  A make-up of %.1f dB would leave a steady signal as loud as it was.\n", level.level_makeup_db());
}

ExitCode wrong_usage(const Error& error) {
  print_error(error);
  return ExitCode::wrong_usage;
}

ExitCode run(const Options& options) {
  if (!std::isfinite(options.input) || !std::isfinite(options.tempo))
    return wrong_usage({"command line", "--input and --tempo must be numbers", "see 'busbar calc --help'"});
  const Result<const Calculator*> calculator = calculator_of(options.type);
  if (!calculator) return wrong_usage(calculator.error());
  const Result<Panel> panel = panel_of(options);
  if (!panel) return wrong_usage(panel.error());
  const Result<Release> release = release_of(**calculator, *panel, options);
  if (!release) return wrong_usage(release.error());
  const SteadyLevel level = (*calculator)->level(*panel, options.input);
  options.json ? print_as_json(*panel, level, *release) : print_as_text(*panel, level, *release);
  return ExitCode::done;
}

}  // namespace

void add_calc(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("calc", "Work out what a compressor does to a steady level");
  command->add_option("TYPE", options->type, "compressor, bus_compressor or fet_compressor")->required();
  command->add_option("--input", options->input, "Level that comes in, in dB, as the detector reads it")
      ->required()
      ->check(CLI::Range(-120.0, 24.0));
  for (std::size_t k = 0; k < kKnobs.size(); ++k)
    command->add_option(kKnobs[k].option, options->knobs[k], kKnobs[k].help);
  command->add_flag("--auto-makeup", options->auto_makeup, "Automatic make-up");
  CLI::Option* tempo = command->add_option("--tempo", options->tempo, "Beats per minute, for a release by note")
                           ->check(CLI::Range(20.0, 999.0));
  command->add_option("--note", options->note, "Length of the release, such as eighth or quarter_dotted");
  command->add_option("--preset", options->preset, "Start from a preset; what else is given overrides it");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options, tempo, &exit] {
    options->has_tempo = tempo->count() > 0;
    exit = run(*options);
  });
}

}  // namespace busbar::cli
