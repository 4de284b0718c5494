#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "cli/option_checks.hpp"
#include "cli/print.hpp"
#include "engine/offline_render.hpp"
#include "sessions/edit_parts.hpp"
#include "sessions/edit_script.hpp"
#include "sessions/recover_session.hpp"
#include "sessions/session_file.hpp"

namespace busbar::cli {

namespace {

struct Options {
  std::string session, out, format, stems, script, inputs, dither = "tpdf";
  double from = 0.0;
  std::optional<double> to, tail;
  std::vector<std::string> buses;
  int block = 1024;
  int threads = 0;
  bool allow_missing = false, allow_outside = false, json = false;
};

std::optional<FileFormat> format_named(const std::string& name) {
  if (name == "wav16") return FileFormat::wav16;
  if (name == "wav24") return FileFormat::wav24;
  if (name == "wav32f") return FileFormat::wav32f;
  if (name == "flac") return FileFormat::flac;
  return std::nullopt;
}

/// `ID=FILE`.
std::pair<std::string, std::filesystem::path> split_bus(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size())
    throw CLI::ValidationError("--bus", "'" + text + "' is not ID=FILE; write it like --bus cue1=drummer.wav");
  return {text.substr(0, at), text.substr(at + 1)};
}

RenderJob job_of(const Options& options, Mixer mixer) {
  RenderJob job;
  job.mixer = std::move(mixer);
  job.session = options.session;
  job.mix = options.out;
  if (!options.stems.empty()) job.stems = options.stems;
  if (!options.inputs.empty()) job.inputs = options.inputs;
  for (const std::string& bus : options.buses) job.buses.push_back(split_bus(bus));
  job.from_s = options.from;
  job.to_s = options.to;
  job.tail_s = options.tail;
  job.format = format_named(options.format);
  job.dither = options.dither == "tpdf";
  job.block = options.block;
  job.threads = options.threads;
  job.allow_missing = options.allow_missing;
  job.edit_parts = options.allow_outside ? edit_parts_anywhere : edit_parts;
  job.allow_outside = options.allow_outside;
  return job;
}

std::string level_cell(const std::optional<double>& db) { return db ? level_text(*db) : "silence"; }

Json level_json(const std::optional<double>& db) { return db ? Json(*db) : Json(nullptr); }

void print_report(const RenderReport& report) {
  Table table({{"strip"},
               {"file"},
               {"peak dBFS", Align::right},
               {"true peak dBTP", Align::right},
               {"LUFS", Align::right},
               {"clipped", Align::right}});
  for (const RenderedFile& output : report.outputs)
    table.add({output.bus + (output.is_stem ? " (stem)" : ""), output.file.path.string(),
               level_cell(output.levels.peak_dbfs), level_cell(output.levels.true_peak_dbtp),
               level_cell(output.levels.integrated_lufs), std::to_string(output.file.clipped_samples)});
  table.print();
  std::cout << number_text(static_cast<double>(report.frames) / report.sample_rate) << " s at " << report.sample_rate
            << " Hz, rendered in " << level_text(report.wall_s) << " s (" << static_cast<int>(report.realtime_factor)
            << " times as fast as it plays)\n";
}

Json report_json(const RenderReport& report) {
  Json::Array outputs;
  for (const RenderedFile& output : report.outputs)
    outputs.push_back(Json::Object{{"file", output.file.path.string()},
                                   {"bus", output.bus},
                                   {"stem", output.is_stem},
                                   {"peak_dbfs", level_json(output.levels.peak_dbfs)},
                                   {"true_peak_dbtp", level_json(output.levels.true_peak_dbtp)},
                                   {"rms_dbfs", level_json(output.levels.rms_dbfs)},
                                   {"integrated_lufs", level_json(output.levels.integrated_lufs)},
                                   {"clipped_samples", output.file.clipped_samples},
                                   {"sha256", output.file.sha256}});
  return Json::Object{{"frames", report.frames},
                      {"sample_rate", report.sample_rate},
                      {"wall_s", report.wall_s},
                      {"realtime_factor", report.realtime_factor},
                      {"outputs", std::move(outputs)},
                      {"warnings", to_json(report.warnings)},
                      {"refused_edits", to_json(report.refused)}};
}

void check_options(const Options& options) {
  if (options.to && *options.to <= options.from)
    throw CLI::ValidationError("--to", "the render would end before it begins; give a --to behind --from");
}

ExitCode fail(const std::vector<Error>& errors, const Options& options) {
  for (const Error& error : errors) print_error(error);
  if (options.json) print_json(Json::Object{{"errors", to_json(errors)}});
  return ExitCode::input_fault;
}

ExitCode render(const Options& options) {
  LoadedSession loaded = read_session_file(options.session, {.allow_outside = options.allow_outside});
  if (!loaded.findings.errors.empty()) return fail(loaded.findings.errors, options);
  if (auto journal = warn_of_journal(options.session)) loaded.findings.warnings.push_back(std::move(*journal));
  RenderJob job = job_of(options, std::move(loaded.mixer));
  std::vector<Error> script_errors;
  if (!options.script.empty()) {
    EditScript script = read_edit_script_file(options.script, job.mixer.sample_rate);
    job.script = std::move(script.edits);
    job.script_file = options.script;
    script_errors = std::move(script.errors);
    // A script that cannot be read at all: nothing is rendered without its moves.
    if (!script_errors.empty() && script_errors.front().where == options.script) return fail(script_errors, options);
  }
  RenderResult result;
  {
    ProgressBar bar("rendering");
    job.progress = [&bar](double share) { bar.show(share); };
    result = render_offline(job);
  }
  if (!result.report) {
    result.errors.insert(result.errors.begin(), script_errors.begin(), script_errors.end());
    return fail(result.errors, options);
  }
  RenderReport& report = *result.report;
  report.warnings.insert(report.warnings.begin(), loaded.findings.warnings.begin(), loaded.findings.warnings.end());
  report.refused.insert(report.refused.begin(), script_errors.begin(), script_errors.end());
  for (const Error& warning : report.warnings) print_warning(warning);
  for (const Error& refused : report.refused) print_error(refused);
  if (options.json)
    print_json(report_json(report));
  else
    print_report(report);
  return report.refused.empty() ? ExitCode::done : ExitCode::input_fault;
}

}  // namespace

void add_render(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("render", "Render a session to files, through the code that plays live");
  command->add_option("SESSION", options->session, "the session file")->required()->check(not_empty());
  command->add_option("-o,--output", options->out, "the mix: what the master hands to its output")
      ->required()
      ->check(not_empty());
  command->add_option("--from", options->from, "session time to start at, in seconds")->check(seconds_to(1e7));
  command->add_option("--to", options->to, "session time to end at (default: the end of the last clip)")
      ->check(seconds_to(1e7));
  command
      ->add_option("--tail", options->tail,
                   "seconds to ring out behind --to or the last clip (default: until all is below -90 dBFS)")
      ->check(seconds_to(3600.0));
  command->add_option("--format", options->format, "of all files (default: FLAC for .flac, else 24-bit WAV)")
      ->check(CLI::IsMember({"wav16", "wav24", "wav32f", "flac"}));
  command->add_option("--stems", options->stems, "a folder for one file per strip that feeds the master")
      ->check(not_empty());
  command->add_option("--bus", options->buses, "ID=FILE: what that strip hands to its output; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--script", options->script, "edits to make on the way, one JSON object a line")
      ->check(not_empty());
  command
      ->add_option("--inputs", options->inputs,
                   "the folder of a run's play --record-inputs; without it hardware inputs are silent")
      ->check(not_empty());
  command->add_option("--dither", options->dither, "for integer formats")->check(CLI::IsMember({"tpdf", "none"}));
  command->add_option("--block", options->block, "frames at a time; the result does not depend on it")
      ->check(CLI::Range(1, 8192));
  command->add_option("--threads", options->threads, "for encoding and measuring (default: one per core)")
      ->check(CLI::Range(1, 256));
  command->add_flag("--allow-missing", options->allow_missing, "render missing files as silence");
  command->add_flag("--allow-outside", options->allow_outside, "let clips lie outside the session's folder");
  command->add_flag("--json", options->json, "print the report as JSON");
  command->callback([options, &exit] {
    check_options(*options);
    exit = render(*options);
  });
}

}  // namespace busbar::cli
