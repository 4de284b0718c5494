#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.hpp"
#include "cli/option_checks.hpp"
#include "cli/print.hpp"
#include "sessions/recover_session.hpp"
#include "sessions/session_file.hpp"

namespace busbar::cli {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string session, out;
  bool discard = false, allow_outside = false, json = false;
};

/// What is printed at the end, in words or as JSON.
struct Outcome {
  const FoundJournal* journal = nullptr;
  std::size_t applied = 0;
  std::vector<Error> warnings{}, skipped{};
  fs::path written{}, put_away{};
  bool is_discarded = false;
};

Json path_json(const fs::path& path) { return path.empty() ? Json(nullptr) : Json(path.string()); }

void print_outcome_json(const Outcome& outcome) {
  const FoundJournal none;
  const bool is_there = outcome.journal != nullptr;
  const FoundJournal& journal = is_there ? *outcome.journal : none;
  print_json(Json::Object{{"journal", path_json(journal.file)},
                          {"edits", journal.edits},
                          {"lost", journal.lost},
                          {"first_at", is_there ? Json(shown_time(journal.first_ms)) : Json(nullptr)},
                          {"last_at", is_there ? Json(shown_time(journal.last_ms)) : Json(nullptr)},
                          {"fits", journal.fits},
                          {"older_journals", journal.older},
                          {"applied", outcome.applied},
                          {"skipped", to_json(outcome.skipped)},
                          {"warnings", to_json(outcome.warnings)},
                          {"written", path_json(outcome.written)},
                          {"journal_kept_as", path_json(outcome.put_away)},
                          {"discarded", outcome.is_discarded}});
}

ExitCode fail(const Error& error, const Options& options) {
  print_error(error);
  if (options.json) print_json(Json::Object{{"errors", to_json({error})}});
  return ExitCode::input_fault;
}

ExitCode done(const Outcome& outcome, const Options& options, const std::string& words) {
  for (const Error& warning : outcome.warnings) print_warning(warning);
  for (const Error& skipped : outcome.skipped) print_warning(skipped);
  if (options.json)
    print_outcome_json(outcome);
  else
    std::cout << words;
  return ExitCode::done;
}

/// `12 edits, made from 2026-05-01 20:14:03 to 2026-05-01 20:31:40`.
std::string found_text(const FoundJournal& journal) {
  const std::string from = shown_time(journal.first_ms), to = shown_time(journal.last_ms);
  return count_text(journal.edits, "edit") + ", made " + (from == to ? "on " + to : "from " + from + " to " + to);
}

std::string older_text(const FoundJournal& journal) {
  if (journal.older == 0) return "";
  return count_text(journal.older, "journal") + " of earlier runs " + (journal.older == 1 ? "is" : "are") +
         " there too; give the command again for the next\n";
}

std::vector<Error> warnings_of(const FoundJournal& journal, const Options& options) {
  std::vector<Error> warnings;
  if (journal.damage) warnings.push_back(*journal.damage);
  if (journal.lost > 0)
    warnings.push_back({journal.file.string(), count_text(journal.lost, "edit") + " could not be written by the run",
                        "what was done after them is recovered"});
  if (!journal.fits && journal.edits > 0)
    warnings.push_back({options.session, "the session was saved or changed since these edits were made on it",
                        "look at what comes of it"});
  return warnings;
}

/// A session that would not load is not written, whatever the journal says.
std::optional<Error> refuse_result(const Mixer& mixer, const Options& options) {
  const auto findings = read_session_text(write_session_text(mixer), {.allow_outside = options.allow_outside}).findings;
  if (findings.errors.empty()) return std::nullopt;
  const Error& first = findings.errors.front();
  return Error{options.session, "the edits make a session that cannot be loaded: " + to_line(first),
               "nothing was written; the journal is kept"};
}

void note_skipped(const RecoveredSession& recovered, const FoundJournal& journal, Outcome& outcome) {
  outcome.applied = recovered.applied;
  outcome.skipped = recovered.skipped;
  if (recovered.more_skipped == 0) return;
  const std::string what = "and " + count_text(recovered.more_skipped, "more edit") + " no longer apply";
  outcome.skipped.push_back({journal.file.string(), what, ""});
}

void warn_of_other_folder(const Options& options, Outcome& outcome) {
  std::error_code ignored;
  const auto folder = [&](const std::string& file) {
    return fs::weakly_canonical(fs::absolute(file, ignored).parent_path(), ignored);
  };
  if (folder(options.out) != folder(options.session))
    outcome.warnings.push_back({options.out, "it lies in another folder than its audio", "move it beside the session"});
}

ExitCode recover_to(const Options& options, const FoundJournal& journal, const Mixer& saved) {
  Outcome outcome{.journal = &journal, .warnings = warnings_of(journal, options)};
  const RecoveredSession recovered = recover_session(saved, journal);
  note_skipped(recovered, journal, outcome);
  if (recovered.applied == 0) {
    for (const Error& warning : outcome.warnings) print_warning(warning);
    return fail({journal.file.string(), "none of its edits can be made on this session, so nothing was written",
                 "give --discard to throw it away"},
                options);
  }
  if (const auto refused = refuse_result(recovered.mixer, options)) return fail(*refused, options);
  outcome.written = options.out.empty() ? options.session : options.out;
  if (const auto written = save_session(recovered.mixer, outcome.written); !written)
    return fail(written.error(), options);
  std::string words = "found: " + found_text(journal) + "\n" + outcome.written.string() + " written with " +
                      count_text(recovered.applied, "edit") + " recovered";
  if (options.out.empty()) {
    const Result<fs::path> away = put_away(options.session, journal);
    if (!away) return fail(away.error(), options);
    outcome.put_away = *away;
    words += "; the version before is kept as " + fs::path(options.session).filename().string() +
             ".1, the journal as " + away->filename().string();
  } else {
    warn_of_other_folder(options, outcome);
    words += "; the journal stays where it is";
  }
  return done(outcome, options, words + "\n" + older_text(journal));
}

ExitCode throw_away(const Options& options, const FoundJournal& journal) {
  if (const auto gone = discard(journal); !gone) return fail(gone.error(), options);
  Outcome outcome{.journal = &journal, .is_discarded = true};
  return done(outcome, options, "thrown away: " + found_text(journal) + "\n" + older_text(journal));
}

ExitCode recover(const Options& options) {
  std::error_code ignored;
  if (!options.out.empty() && fs::equivalent(options.out, options.session, ignored))
    throw CLI::ValidationError("-o", "this is the session itself; leave -o away to write in its place");
  const LoadedSession loaded = read_session_file(options.session, {.allow_outside = options.allow_outside});
  if (!loaded.findings.errors.empty() && !options.discard) {
    for (const Error& error : loaded.findings.errors) print_error(error);
    if (options.json) print_json(Json::Object{{"errors", to_json(loaded.findings.errors)}});
    return ExitCode::input_fault;
  }
  const auto found = find_journal(options.session);
  if (!found) return fail(found.error(), options);
  if (!*found) return done({}, options, "there is nothing to recover: no run of this session was interrupted\n");
  return options.discard ? throw_away(options, **found) : recover_to(options, **found, loaded.mixer);
}

}  // namespace

void add_recover(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("recover", "Take the edits of a run that was interrupted into the session");
  command->add_option("SESSION", options->session, "the session file")->required()->check(not_empty());
  auto* out = command->add_option("-o,--output", options->out, "write it there, and keep session and journal")
                  ->check(not_empty());
  command->add_flag("--discard", options->discard, "throw the edits away")->excludes(out);
  command->add_flag("--allow-outside", options->allow_outside, "let clips lie outside the session's folder");
  command->add_flag("--json", options->json, "print what was found and done as JSON");
  command->callback([options, &exit] { exit = recover(*options); });
}

}  // namespace busbar::cli
