#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/check_files.hpp"
#include "cli/commands.hpp"
#include "cli/option_checks.hpp"
#include "cli/play/play_loop.hpp"
#include "cli/play/play_report.hpp"
#include "cli/play/terminal.hpp"
#include "cli/print.hpp"
#include "engine/live_play.hpp"
#include "sessions/edit_parts.hpp"
#include "sessions/edit_script.hpp"
#include "sessions/journal.hpp"
#include "sessions/presets.hpp"
#include "sessions/recover_session.hpp"
#include "sessions/session_file.hpp"

namespace busbar::cli {

namespace {

struct Options {
  std::string session, device, script, record, record_inputs;
  int block = 0;
  double from = 0.0;
  std::optional<double> length;  // --for
  bool loop = false, allow_outside = false, json = false;
};

ExitCode fail(const std::vector<Error>& errors, const Options& options) {
  for (const Error& error : errors) print_error(error);
  if (options.json) print_json(Json::Object{{"errors", to_json(errors)}});
  return ExitCode::input_fault;
}

PlayJob job_of(const Options& options, Mixer mixer) {
  PlayJob job;
  job.mixer = std::move(mixer);
  job.session = options.session;
  job.device = options.device;
  job.block = options.block;
  job.from_s = options.from;
  job.for_s = options.length;
  job.loop = options.loop;
  job.edit_parts = options.allow_outside ? edit_parts_anywhere : edit_parts;
  job.allow_outside = options.allow_outside;
  job.record = !options.record.empty();
  job.record_inputs = options.record_inputs;
  return job;
}

/// What is kept of a run while it lasts.
struct Keeping {
  std::unique_ptr<Journal> journal;  ///< none: another run has it
  std::unique_ptr<std::ofstream> record;
};

/// The file that edits are recorded to; it may be none that the run reads.
Result<std::unique_ptr<std::ofstream>> open_record(const Options& options) {
  if (options.record.empty()) return std::unique_ptr<std::ofstream>();
  std::error_code ignored;
  for (const std::string& input : {options.session, options.script})
    if (std::filesystem::equivalent(options.record, input, ignored))
      return Error{options.record, "this file is an input of the run", "give the record another name"};
  auto file = std::make_unique<std::ofstream>(options.record, std::ios::trunc);
  if (!*file) return Error{options.record, "the file cannot be written", "give --record-edits another name"};
  return file;
}

/// Edits go to the journal from the first on. Without one the show goes on all the same.
void keep_journal(PlayJob& job, Keeping& keeping, std::vector<Error>& warnings) {
  if (auto left = warn_of_journal(job.session)) warnings.push_back(std::move(*left));
  auto journal = Journal::open(job.session);
  if (!journal) {
    warnings.push_back(journal.error());
    return;
  }
  keeping.journal = std::move(*journal);
  job.on_edit = [kept = keeping.journal.get()](const Edit& edit, const Mixer& after) { kept->append(edit, after); };
  job.edit_news = [kept = keeping.journal.get()] { return kept->take_problems(); };
}

PlayScene scene_of(const LivePlay& play, const Options& options) {
  const Mixer& session = play.session();
  PlayScene scene;
  scene.session = session.name.empty() ? options.session : session.name;
  scene.device = play.device();
  scene.end_s = check_files(session, std::filesystem::path(options.session).parent_path()).end_s;
  if (session.transport) scene.markers = session.transport->markers;
  std::ranges::stable_sort(scene.markers, {}, &Marker::at_s);
  for (const Strip* strip : session.strips()) {
    if (const auto* to = std::get_if<ToHardware>(&strip->output))
      scene.plugs.push_back(
          {strip->id, strip->shown_name(), false, to->channels, shown_outputs(session, to->channels)});
    if (const auto* input = strip->source ? std::get_if<InputSource>(&*strip->source) : nullptr)
      scene.plugs.push_back(
          {strip->id, strip->shown_name(), true, input->channels, shown_inputs(session, input->channels)});
  }
  return scene;
}

void print_run(const PlayRun& run, const PlayFacts& facts, const Options& options) {
  if (options.json) return print_json(play_json(run, facts));
  std::fputs(summary_text(run, facts).c_str(), stdout);
}

/// Ends the process without destructors. The libraries of a device that is lost may keep whoever closes them for
/// minutes, or abort; nothing of ours is left to be done but to hand out what was printed.
[[noreturn]] void leave_now(ExitCode code) {
  const int status = with_output_flushed(static_cast<int>(code));
  std::fflush(stderr);
  std::_Exit(status);
}

/// Closes what played, in bounded time. A run that ends as it should leaves no journal.
void close_in_time(std::unique_ptr<LivePlay> play, Keeping& keeping, const PlayRun& run, ExitCode code) {
  constexpr double kSecondsToPrint = 1.0, kSecondsToClose = 0.5;
  if (run.ended_in_time)
    for (const Error& problem : play->finish_inputs()) print_warning(problem);
  if (run.stop == PlayStop::device_lost || !run.ended_in_time) {
    end_within(kSecondsToPrint, static_cast<int>(code));  // stdout may be a terminal that takes nothing
    leave_now(code);
  }
  std::fflush(stdout);  // main() looks at whether it went well
  end_within(kSecondsToClose,
             std::ferror(stdout) != 0 ? static_cast<int>(ExitCode::input_fault) : static_cast<int>(code));
  play.reset();
  if (keeping.journal != nullptr) keeping.journal->close();
}

/// Plays what was opened; `warnings` are those of session and files.
ExitCode play_to_the_end(std::unique_ptr<LivePlay> play, Keeping& keeping, const Options& options, double session_rate,
                         const std::vector<Error>& script_errors, std::vector<Error> warnings) {
  PlayFacts facts{scene_of(*play, options), session_rate, play->memory_locked()};
  const auto terminal = Terminal::open(!options.json);
  {
    const WithoutSignals for_the_audio_thread;
    if (const auto started = play->start(); !started) {
      terminal->close();
      for (const Error& warning : warnings) print_warning(warning);
      const ExitCode code = fail({started.error()}, options);
      end_within(1.0, static_cast<int>(code));
      leave_now(code);
    }
  }
  PlayLoop loop(*play, *terminal, facts.scene, options.script, options.json, keeping.record.get());
  PlayRun run = loop.run(std::move(warnings));
  run.report.refused.insert(run.report.refused.begin(), script_errors.begin(), script_errors.end());
  const bool at_fault = run.stop == PlayStop::device_lost || !run.report.refused.empty();
  const ExitCode code = at_fault ? ExitCode::input_fault : ExitCode::done;
  if (run.stop == PlayStop::device_lost) end_within(1.0, static_cast<int>(code));
  print_run(run, facts, options);
  close_in_time(std::move(play), keeping, run, code);
  return code;
}

ExitCode play(const Options& options) {
  LoadedSession loaded = read_session_file(options.session, {.allow_outside = options.allow_outside});
  if (!loaded.findings.errors.empty()) return fail(loaded.findings.errors, options);
  PlayJob job = job_of(options, std::move(loaded.mixer));
  const double session_rate = job.mixer.sample_rate;
  std::vector<Error> script_errors;
  if (!options.script.empty()) {
    EditScript script = read_edit_script_file(options.script, session_rate);
    job.script = std::move(script.edits);
    job.script_file = options.script;
    script_errors = std::move(script.errors);
    // A script that cannot be read at all: nothing is played without its moves.
    if (!script_errors.empty() && script_errors.front().where == options.script) return fail(script_errors, options);
  }
  Keeping keeping;
  auto record = open_record(options);
  if (!record) return fail({record.error()}, options);
  keeping.record = std::move(*record);
  keep_journal(job, keeping, loaded.findings.warnings);
  // Here the user's presets are read: an edit that names one later must not wait for their disk.
  std::ranges::move(preset_warnings(), std::back_inserter(loaded.findings.warnings));
  Findings findings;
  std::unique_ptr<LivePlay> opened;
  {
    ProgressBar bar("converting files to the device's rate");
    job.progress = [&bar](double share) { bar.show(share); };
    opened = LivePlay::open(std::move(job), findings);
  }
  std::vector<Error>& warnings = loaded.findings.warnings;
  warnings.insert(warnings.end(), findings.warnings.begin(), findings.warnings.end());
  for (const Error& error : script_errors) print_error(error);
  if (!opened) {
    if (keeping.journal != nullptr) keeping.journal->close();
    for (const Error& warning : warnings) print_warning(warning);
    return fail(findings.errors, options);
  }
  return play_to_the_end(std::move(opened), keeping, options, session_rate, script_errors, std::move(warnings));
}

void check_options(const Options& options) {
  if (options.length && *options.length <= 0.0)
    throw CLI::ValidationError("--for", "nothing would be played; give more than 0 seconds");
}

}  // namespace

void add_play(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("play", "Play a session through the audio interface");
  command->add_option("SESSION", options->session, "the session file")->required()->check(not_empty());
  command->add_option("--device", options->device, "HOST:NAME, a host, or a part of a name; see 'busbar devices'")
      ->check(not_empty());
  command->add_option("--block", options->block, "frames a callback (default: the device's own)")
      ->check(CLI::Range(1, 8192));
  command->add_option("--from", options->from, "session time to start at, in seconds")->check(seconds_to(1e7));
  command->add_option("--for", options->length, "seconds to play (default: to the end)")->check(seconds_to(1e7));
  command->add_flag("--loop", options->loop, "play the session's loop, or all of it, over and over");
  command->add_option("--script", options->script, "edits to make on the way, one JSON object a line")
      ->check(not_empty());
  command
      ->add_option("--record-edits", options->record,
                   "write what is done to a script: a render with it makes the same sound again")
      ->check(not_empty());
  command
      ->add_option("--record-inputs", options->record_inputs,
                   "a folder for what comes in through the hardware inputs: render --inputs takes it")
      ->check(not_empty());
  command->add_flag("--allow-outside", options->allow_outside, "let clips lie outside the session's folder");
  command->add_flag("--json", options->json, "print a report as JSON at the end");
  command->callback([options, &exit] {
    check_options(*options);
    exit = play(*options);
  });
}

}  // namespace busbar::cli
