#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "cli/check_files.hpp"
#include "cli/check_scene.hpp"
#include "cli/commands.hpp"
#include "cli/headroom.hpp"
#include "cli/print.hpp"
#include "engine/control/model/hardware_use.hpp"
#include "engine/core/ids.hpp"
#include "sessions/recover_session.hpp"
#include "sessions/session_file.hpp"

namespace busbar::cli {
namespace {

struct Options {
  std::string session;
  std::optional<std::string> scene;  // id of the scene to preview
  bool allow_outside = false;
  bool json = false;
};

/// All that `check` has to say.
struct Report {
  Mixer mixer;
  Findings findings;
  std::vector<std::string> notes;
  std::vector<ExpectedLevel> levels;
  double end_s = 0.0;
  std::optional<ScenePreview> scene;
};

void append(std::vector<Error>& list, const std::vector<Error>& more) {
  list.insert(list.end(), more.begin(), more.end());
}

void check_levels(Report& report, const std::filesystem::path& folder, const TrackChannels& channels) {
  const auto routing = route(report.mixer, channels);
  if (!routing) {
    report.findings.errors.push_back(routing.error());
    return;
  }
  ProgressBar progress("listening");
  const auto sources = measure_sources(report.mixer, folder, [&](double share) { progress.show(share); });
  report.levels = expect_levels(report.mixer, *routing, sources);
  append(report.findings.warnings, headroom_warnings(report.mixer, report.levels));
}

// What does not stand on its own feet is not looked at further: a wrong session has no files worth checking.
Report make_report(const Options& options) {
  LoadedSession session = read_session_file(options.session, {.allow_outside = options.allow_outside});
  Report report{std::move(session.mixer), std::move(session.findings), {}, {}, 0.0, {}};
  if (!report.findings.errors.empty()) return report;
  if (auto journal = warn_of_journal(options.session)) report.findings.warnings.push_back(std::move(*journal));
  if (options.scene) report.scene = preview_for_check(report.mixer, *options.scene, report.findings);
  const std::filesystem::path folder = std::filesystem::path(options.session).parent_path();
  FileReport files = check_files(report.mixer, folder);
  append(report.findings.errors, files.findings.errors);
  append(report.findings.warnings, files.findings.warnings);
  report.notes = std::move(files.notes);
  append(report.findings.warnings, unheard_gear(report.mixer));
  report.end_s = files.end_s;
  if (report.findings.errors.empty()) check_levels(report, folder, files.channels);
  return report;
}

std::size_t count_kind(const Mixer& mixer, StripKind kind) {
  return static_cast<std::size_t>(std::ranges::count(mixer.buses, kind, [](const auto& bus) { return bus->kind; }));
}

Json report_json(const Options& options, const Report& report) {
  Json::Array notes(report.notes.begin(), report.notes.end());
  Json::Array levels;
  for (const ExpectedLevel& level : report.levels)
    levels.push_back(Json::Object{{"bus", level.id}, {"expected_peak_dbfs", level.peak_dbfs}});
  Json::Object object{{"ok", report.findings.errors.empty()},
                      {"session", options.session},
                      {"tracks", report.mixer.tracks.size()},
                      {"buses", report.mixer.buses.size()},
                      {"seconds", report.end_s},
                      {"errors", to_json(report.findings.errors)},
                      {"warnings", to_json(report.findings.warnings)},
                      {"notes", notes},
                      {"levels", levels}};
  if (report.scene) {
    object.emplace_back("scene", report.scene->scene.id);
    object.emplace_back("scene_changes", changes_json(*report.scene));
  }
  return object;
}

void print_summary(const Options& options, const Report& report) {
  const Mixer& m = report.mixer;
  const std::size_t errors = report.findings.errors.size();
  const std::size_t warnings = report.findings.warnings.size();
  if (errors == 0) {
    std::printf("%s: %s, %s, %s, %s, %s; %s Hz, %s s\n", options.session.c_str(),
                count_text(m.tracks.size(), "track").c_str(),
                count_text(count_kind(m, StripKind::group), "group").c_str(),
                count_text(count_kind(m, StripKind::aux), "effect return").c_str(),
                count_text(count_kind(m, StripKind::cue), "cue").c_str(), count_text(m.vcas.size(), "VCA").c_str(),
                number_text(m.sample_rate).c_str(), number_text(report.end_s).c_str());
    for (const std::string& note : report.notes) std::printf("note: %s\n", note.c_str());
    for (const ExpectedLevel& level : report.levels)
      if (level.id == kMasterId && level.peak_dbfs > -150.0)
        std::printf("The mix should peak at about %s dBFS.\n", level_text(level.peak_dbfs).c_str());
  }
  if (errors > 0)
    std::printf("Not ready: %s, %s.\n", count_text(errors, "error").c_str(), count_text(warnings, "warning").c_str());
  else if (warnings > 0)
    std::printf("Ready to render, with %s.\n", count_text(warnings, "warning").c_str());
  else
    std::printf("Ready to render.\n");
  if (report.scene) print_preview(m, *report.scene);
}

ExitCode run(const Options& options) {
  const Report report = make_report(options);
  const ExitCode code = print_findings(report.findings);
  options.json ? print_json(report_json(options, report)) : print_summary(options, report);
  return code;
}

}  // namespace

void add_check(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("check", "Find errors and warnings in a session and its files");
  command->add_option("SESSION", options->session, "The session file")->required();
  command->add_flag("--allow-outside", options->allow_outside, "Audio files may lie outside the session's folder");
  command->add_option("--scene", options->scene, "Also list what a recall of the scene of that id would change");
  command->add_flag("--json", options->json, "Print one JSON object");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace busbar::cli
