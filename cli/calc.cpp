#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "cli/calc_panel.hpp"
#include "cli/commands.hpp"
#include "cli/param_json.hpp"
#include "cli/print.hpp"
#include "engine/analysis/bus_calculator.hpp"
#include "engine/settled_tone.hpp"

namespace busbar::cli {
namespace {

constexpr double kSineUnderPeak = 3.0103;  // its root mean square, in dB

SteadyLevel level_of_compressor(const CalcPanel& panel, double input_db) {
  return steady_level(CompressorPanel{.threshold_db = panel.number("threshold_db"),
                                      .ratio = panel.number("ratio"),
                                      .knee_db = panel.number("knee_db"),
                                      .makeup_db = panel.number("makeup_db"),
                                      .auto_makeup = panel.is_on(kAutoMakeup)},
                      input_db);
}

SteadyLevel level_of_bus_compressor(const CalcPanel& panel, double input_db) {
  return steady_level(BusCompressorPanel{.threshold_db = panel.number("threshold_db"),
                                         .ratio = panel.number("ratio"),
                                         .makeup_db = panel.number("makeup_db")},
                      input_db);
}

SteadyLevel level_of_fet_compressor(const CalcPanel& panel, double input_db) {
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
  SteadyLevel (*level)(const CalcPanel& panel, double input_db);
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

/// The setting of the panel that comes closest to a time.
double nearest_on_panel(const ParamSpec& spec, double value) {
  const auto distance = [value](float step) { return std::fabs(std::log(double{step} / value)); };
  return spec.steps.empty() ? std::clamp(value, static_cast<double>(spec.min), static_cast<double>(spec.max))
                            : static_cast<double>(*std::ranges::min_element(spec.steps, {}, distance));
}

bool is_by_tempo(const Calculator& calculator, const CalcPanel& panel, const CalcOptions& options) {
  return !options.note.empty() || options.has_tempo || panel.word(calculator.release_key) == "tempo";
}

/// By tempo if a note or a tempo was given or the panel says so, else the panel's own. The panel is put at it.
Result<Release> set_release(const Calculator& calculator, CalcPanel& panel, const CalcOptions& options) {
  const std::string word = panel.word(calculator.release_key);
  if (!is_by_tempo(calculator, panel, options)) {
    if (!word.empty()) return Release{{}, word};
    const double ms = panel.number(calculator.release_key) * calculator.release_unit_ms;
    return Release{ms, number_text(ms) + " ms"};
  }
  if (!options.knobs[kReleaseKnob].empty() && word != "tempo")
    return Error{"--release", "there is a release by tempo beside it", "leave out --tempo and --note, or --release"};
  const std::string own = panel.word("release_note");
  const std::string note = !options.note.empty() ? options.note : own.empty() ? "eighth" : own;
  const Result<std::size_t> place = note_of(note);
  if (!place) return place.error();
  const double ms = note_ms(*place, options.tempo);
  char text[96];
  std::snprintf(text, sizeof text, "%.1f ms (%s at %s BPM)", ms, note.c_str(), number_text(options.tempo).c_str());
  if (word == "tempo") {
    panel.values["release_note"] = note;
    return Release{ms, text};
  }
  const ParamSpec& spec = *find_param(*panel.type, calculator.release_key);
  const double wanted = ms / calculator.release_unit_ms, nearest = nearest_on_panel(spec, wanted);
  panel.values[std::string(calculator.release_key)] = nearest;
  if (std::fabs(nearest - wanted) < 1e-6) return Release{ms, text};
  return Release{ms, text + ("; nearest on the panel: " + number_text(nearest)) + " " + std::string(symbol(spec.unit))};
}

/// All that is said of a panel and a level.
struct Answer {
  double input_db;
  SteadyLevel steady;  // a level that does not ripple, by the curve
  SettledTone tone;    // a sine with peaks of that level
  double tone_over_db;
  Release release;

  double tone_reduction_db() const { return std::max(0.0, input_db + steady.makeup_db - tone.wet_db); }
  /// All make-up together that leaves the tone as loud as it was.
  double tone_makeup_db() const { return steady.makeup_db - tone.loudness_gain; }
};

/// Dry and wet add up as amplitudes.
double mixed_db(double mix, double dry_db, double wet_db) {
  if (mix == 1.0) return wet_db;
  return 20.0 * std::log10((1.0 - mix) * std::pow(10.0, dry_db / 20.0) + mix * std::pow(10.0, wet_db / 20.0));
}

Result<Answer> answer_of(const Calculator& calculator, CalcPanel& panel, const CalcOptions& options) {
  const Result<Release> release = set_release(calculator, panel, options);
  if (!release) return release.error();
  const double heard = panel.word("detector") == "rms" ? options.input - kSineUnderPeak : options.input;
  Answer answer{options.input, calculator.level(panel, options.input),
                settled_tone(panel.slot(), options.tempo, options.input), calculator.level(panel, heard).over_db,
                *release};
  answer.steady.output_db = mixed_db(panel.mix, options.input, answer.steady.output_db);
  return answer;
}

/// Where the control for make-up would have to stand to leave the tone as loud as it was.
double level_setting(const ParamSpec& makeup, const CalcPanel& panel, const Answer& answer) {
  return panel.number(makeup.key) - answer.tone.loudness_gain;
}

const ParamSpec& makeup_param(const CalcPanel& panel) {
  const ParamSpec* makeup = find_param(*panel.type, "makeup_db");
  return makeup != nullptr ? *makeup : *find_param(*panel.type, "output_db");
}

Json settings_json(const CalcPanel& panel) {
  Json::Object settings;
  for (const ParamSpec& spec : panel.type->params) {
    const auto found = panel.values.find(spec.key);
    if (found != panel.values.end()) settings.emplace_back(spec.key, to_json(found->second));
  }
  return settings;
}

void print_as_json(const CalcPanel& panel, const Answer& answer) {
  const bool all_wet = panel.mix == 1.0;  // else it takes more than make-up to say what is as loud
  const auto if_wet = [&](double db) { return all_wet ? Json(db) : Json(nullptr); };
  print_json(Json::Object{{"type", panel.type->key},
                          {"settings", settings_json(panel)},
                          {"mix", panel.mix},
                          {"input_db", answer.input_db},
                          {"over_threshold_db", answer.steady.over_db},
                          {"gain_reduction_db", answer.steady.reduction_db},
                          {"makeup_db", answer.steady.makeup_db},
                          {"output_db", answer.steady.output_db},
                          {"level_makeup_db", if_wet(answer.steady.reduction_db)},
                          {"sine_1khz", Json::Object{{"over_threshold_db", answer.tone_over_db},
                                                     {"gain_reduction_db", answer.tone_reduction_db()},
                                                     {"output_db", answer.tone.output_db},
                                                     {"loudness_gain_lu", answer.tone.loudness_gain},
                                                     {"level_makeup_db", if_wet(answer.tone_makeup_db())},
                                                     {"level_makeup_setting_db",
                                                      if_wet(level_setting(makeup_param(panel), panel, answer))}}},
                          {"release", answer.release.text},
                          {"release_ms", answer.release.ms ? Json(*answer.release.ms) : Json(nullptr)}});
}

/// `Compressor: Threshold -18 dB, Ratio 4:1, Knee 6 dB, Make-up 0 dB`
std::string heading(const CalcPanel& panel) {
  std::string text = std::string(panel.type->label);
  for (const CalcKnob& knob : kKnobs) {
    const ParamSpec* spec = panel.param(knob);
    if (spec == nullptr || (knob.is_rare && panel.values.find(spec->key)->second == start_of(*spec))) continue;
    const std::string name = panel.word(spec->key), unit(symbol(spec->unit));
    text += text.size() == panel.type->label.size() ? ": " : ", ";
    text += std::string(spec->label) + " " + (name.empty() ? number_text(panel.number(spec->key)) : name);
    if (name.empty() || spec->unit == Unit::ratio)
      text += spec->unit == Unit::ratio || unit.empty() ? unit : " " + unit;
  }
  return panel.mix == 1.0 ? text : text + ", Mix " + number_text(panel.mix);
}

double rounded(double db) {
  const double shown = std::round(db * 10.0) / 10.0;
  return shown == 0.0 ? 0.0 : shown;
}

void print_line(const char* what, double steady_db, double tone_db, const char* note = "") {
  std::printf("  %-16s %9.1f dB %9.1f dB%s\n", what, rounded(steady_db), rounded(tone_db), note);
}

void print_loudness(const CalcPanel& panel, const Answer& answer) {
  const double gain = rounded(answer.tone.loudness_gain);
  std::printf(
      "\n  The sine comes out %s.",
      gain == 0.0
          ? "as loud as it went in"
          : (number_text(std::fabs(gain)) + (gain < 0.0 ? " LU quieter" : " LU louder") + " than it went in").c_str());
  if (panel.mix == 1.0 && gain != 0.0) {
    const ParamSpec& makeup = makeup_param(panel);
    const double setting = level_setting(makeup, panel, answer);
    const bool fits = setting >= static_cast<double>(makeup.min) && setting <= static_cast<double>(makeup.max);
    std::printf(" To leave it as loud as it was, put %s at %.1f dB%s%s.", std::string(makeup.label).c_str(),
                rounded(setting), panel.is_on(kAutoMakeup) ? ", beside the automatic one" : "",
                fits ? "" : ", which is beyond its range");
  }
  std::printf("\n");
}

void print_as_text(const CalcPanel& panel, const Answer& answer) {
  const bool is_below = answer.steady.over_db < 0.0;
  const double sign = is_below ? -1.0 : 1.0;
  std::printf("%s\n\n", heading(panel).c_str());
  std::printf("  %-16s %12s %12s\n", "", "steady level", "1 kHz sine");
  print_line("input", answer.input_db, answer.input_db, " (the sine's peaks)");
  print_line(is_below ? "below threshold" : "over threshold", sign * answer.steady.over_db, sign * answer.tone_over_db);
  print_line("gain reduction", answer.steady.reduction_db, answer.tone_reduction_db());
  print_line("make-up", answer.steady.makeup_db, answer.steady.makeup_db,
             panel.is_on(kAutoMakeup) ? " (automatic one included)" : "");
  print_line("output", answer.steady.output_db, answer.tone.output_db);
  std::printf("  %-16s %s\n", "release", answer.release.text.c_str());
  if (rounded(answer.steady.reduction_db) != rounded(answer.tone_reduction_db()))
    std::printf("\n  The gain recovers a little between the crests of a tone, so it is not as a steady level.\n");
  print_loudness(panel, answer);
}

ExitCode wrong_usage(const Error& error) {
  print_error(error);
  return ExitCode::wrong_usage;
}

ExitCode run(const CalcOptions& options) {
  if (!std::isfinite(options.input) || !std::isfinite(options.tempo))
    return wrong_usage({"command line", "--input and --tempo must be numbers", "see 'busbar calc --help'"});
  const Result<const Calculator*> calculator = calculator_of(options.type);
  if (!calculator) return wrong_usage(calculator.error());
  Result<CalcPanel> panel = panel_of(options);
  if (!panel) return wrong_usage(panel.error());
  const Result<Answer> answer = answer_of(**calculator, *panel, options);
  if (!answer) return wrong_usage(answer.error());
  options.json ? print_as_json(*panel, *answer) : print_as_text(*panel, *answer);
  return ExitCode::done;
}

}  // namespace

void add_calc(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<CalcOptions>();
  CLI::App* command = app.add_subcommand("calc", "Work out what a compressor does to a steady level");
  command->add_option("TYPE", options->type, "compressor, bus_compressor or fet_compressor")->required();
  command->add_option("--input", options->input, "Level that comes in, in dB: steady, and as the peaks of a 1 kHz sine")
      ->required()
      ->check(CLI::Range(-120.0, 24.0));
  for (std::size_t k = 0; k < kKnobs.size(); ++k)
    command->add_option(kKnobs[k].option, options->knobs[k], kKnobs[k].help);
  command->add_flag("--auto-makeup", options->auto_makeup, "Automatic make-up");
  command->add_option("--mix", options->mix, "Of dry (0) and wet (1)")->check(CLI::Range(0.0, 1.0));
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
