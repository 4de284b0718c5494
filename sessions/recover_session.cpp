#include "sessions/recover_session.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <system_error>
#include <utility>

#include "engine/control/commands/apply_command.hpp"
#include "engine/control/commands/edit_history.hpp"
#include "engine/control/commands/mixer_change.hpp"
#include "sessions/edit_parts.hpp"
#include "sessions/edit_script.hpp"
#include "sessions/session_file.hpp"

namespace busbar {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSkipped = 200;

std::string counted(std::size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

/// From the part that begins with the session file as it is, or else from the last one on: a save that the journal
/// could not follow leaves two.
std::vector<JournalPart>::iterator part_to_begin_with(std::vector<JournalPart>& parts, const JournalBase& now,
                                                      bool& fits) {
  auto found = parts.end();
  for (auto part = parts.begin(); part != parts.end(); ++part)
    if (part->base == now) found = part;
  fits = found != parts.end();
  return fits || parts.empty() ? found : std::prev(parts.end());
}

Error damage_of(const fs::path& file, const JournalText& text, std::size_t edits) {
  const std::string where = file.string() + ":" + std::to_string(text.damaged_line);
  if (text.is_newer) return {where, "a later version of the program wrote this", "recover it with that version"};
  std::string what = "the journal is damaged from here on";
  if (text.behind > 0) what += ", " + counted(text.behind, "more line") + " with it";
  return {where, what,
          edits > 0 ? "the " + counted(edits, "edit") + " before it can be recovered" : "nothing before it"};
}

void take_entries(FoundJournal& found, std::vector<JournalEntry> entries) {
  for (JournalEntry& entry : entries) {
    std::size_t lost = 0;
    if (entry.kind == JournalKind::lost)
      std::from_chars(entry.json.data(), entry.json.data() + entry.json.size(), lost);
    else
      ++found.edits;
    found.lost += lost;
    found.entries.push_back(std::move(entry));
  }
}

FoundJournal read_found(const fs::path& file, JournalText text, const JournalBase& now) {
  FoundJournal found;
  found.file = file;
  auto part = part_to_begin_with(text.parts, now, found.fits);
  if (part != text.parts.end()) found.first_ms = found.last_ms = part->at_ms;
  for (; part != text.parts.end(); ++part) take_entries(found, std::move(part->entries));
  if (!found.entries.empty()) {
    found.first_ms = found.entries.front().at_ms;
    found.last_ms = found.entries.back().at_ms;
  }
  if (text.damaged_line > 0) found.damage = damage_of(file, text, found.edits);
  return found;
}

bool has_something(const FoundJournal& found) { return !found.entries.empty() || found.damage.has_value(); }

/// One journal; nothing if it is not there, or empty.
Result<std::optional<FoundJournal>> read_one(const fs::path& file, const JournalBase& now, JournalFile::Use use) {
  JournalFile hold;
  int fault = hold.open(file, use);
  if (fault == ENOENT || fault == ENOTDIR) return std::optional<FoundJournal>();
  if (fault == EWOULDBLOCK && use == JournalFile::Use::look) return std::optional<FoundJournal>();
  std::string bytes;
  if (fault == 0) fault = hold.read_all(bytes);
  if (fault != 0) return journal_error(file, "the journal of a run cannot be read", fault);
  FoundJournal found = read_found(file, read_journal_text(bytes), now);
  if (!has_something(found)) return std::optional<FoundJournal>();
  found.hold = std::move(hold);
  return std::optional(std::move(found));
}

Result<std::optional<FoundJournal>> find_as(const fs::path& session, JournalFile::Use use) {
  const Result<JournalBase> base = base_of(session);
  const JournalBase now = base ? *base : JournalBase{};  // no journal is of a file without bytes
  std::optional<FoundJournal> newest;
  for (int number = 0; number <= kOldJournals; ++number) {
    const fs::path file = number == 0 ? journal_path(session) : old_journal_path(session, number);
    auto found = read_one(file, now, use);
    if (!found && !newest) return found.error();
    if (!found || !*found) continue;
    if (newest)
      ++newest->older;
    else
      newest = std::move(**found);
  }
  return newest;
}

/// Goes through a journal. Undo and redo stand in it as the edits that do the same; a line of their own is understood
/// too.
class Replay {
 public:
  Replay(const Mixer& saved, const FoundJournal& journal, const ApplyEdit& apply)
      : journal_(journal), apply_(apply), sample_rate_(saved.sample_rate) {
    result_.mixer = saved;
    is_as_it_was_ = journal.fits;
  }

  void take(const JournalEntry& entry) {
    if (entry.kind == JournalKind::lost) return forget_steps();
    const Result<void> taken = entry.kind == JournalKind::state ? take_state(entry.json) : take_edit(entry.json);
    if (taken)
      ++result_.applied;
    else
      skip(entry, taken.error());
  }
  RecoveredSession result() { return std::move(result_); }

 private:
  Result<void> take_state(const std::string& json) {
    LoadedSession state = read_session_text(json, {.allow_outside = true});
    if (!state.findings.errors.empty()) return state.findings.errors.front();
    state.mixer.sample_rate = sample_rate_;  // that of a run is its device's
    result_.mixer = std::move(state.mixer);
    forget_steps();
    return {};
  }
  Result<void> take_edit(const std::string& json) {
    EditScript script = read_edit_script_text(json, sample_rate_);
    if (!script.errors.empty()) return Error{"", script.errors.front().what, script.errors.front().mend};
    if (script.edits.empty()) return Error{"", "there is no edit in this line", ""};
    const Edit& edit = script.edits.front().edit;
    if (edit.op == EditOp::undo) return step(history_.undo(result_.mixer), "what it would take back is not known here");
    if (edit.op == EditOp::redo) return step(history_.redo(result_.mixer), "what it would do again is not known here");
    Result<Mixer> after = apply_(result_.mixer, edit);
    is_as_it_was_ = is_as_it_was_ && after;
    if (!is_as_it_was_ && (!after || change_between(result_.mixer, *after).empty()))
      history_.note_unknown(edit);  // in the run it was a step all the same
    else
      history_.note(result_.mixer, *after, edit);
    if (!after) return after.error();
    result_.mixer = std::move(*after);
    return {};
  }
  /// What was done before can be taken back by no undo from here on, since it is not known which of it that would be.
  void forget_steps() {
    history_ = EditHistory();
    is_as_it_was_ = false;
  }
  Result<void> step(std::optional<Mixer> mixer, const char* refusal) {
    if (!mixer) return Error{"", refusal, ""};
    result_.mixer = std::move(*mixer);
    return {};
  }
  void skip(const JournalEntry& entry, const Error& error) {
    if (result_.skipped.size() == kMostSkipped) {
      ++result_.more_skipped;
      return;
    }
    const std::string what = error.where.empty() ? error.what : error.where + ": " + error.what;
    result_.skipped.push_back({journal_.file.string() + ":" + std::to_string(entry.line),
                               "this edit no longer applies, so it is left out: " + what, error.mend});
  }

  const FoundJournal& journal_;
  const ApplyEdit& apply_;
  const double sample_rate_;
  EditHistory history_;
  bool is_as_it_was_ = false;  // so far the mixer is that of the run
  RecoveredSession result_;
};

}  // namespace

Result<std::optional<FoundJournal>> find_journal(const fs::path& session) {
  return find_as(session, JournalFile::Use::take);
}

Result<Mixer> apply_any_edit(const Mixer& mixer, const Edit& edit) {
  return apply_edit(mixer, edit, edit_parts_anywhere);
}

RecoveredSession recover_session(const Mixer& saved, const FoundJournal& journal, const ApplyEdit& apply) {
  Replay replay(saved, journal, apply);
  for (const JournalEntry& entry : journal.entries) replay.take(entry);
  return replay.result();
}

Result<fs::path> put_away(const fs::path& session, const FoundJournal& journal) {
  const fs::path away = journal_path(session).string() + ".recovered";
  std::error_code fault;
  fs::rename(journal.file, away, fault);
  if (fault) return journal_error(journal.file, "the journal could not be put away", fault.value());
  sync_folder_of(away);
  return away;
}

Result<void> discard(const FoundJournal& journal) {
  std::error_code fault;
  fs::remove(journal.file, fault);
  if (fault) return journal_error(journal.file, "the journal could not be thrown away", fault.value());
  return {};
}

std::optional<Error> warn_of_journal(const fs::path& session) {
  const auto found = find_as(session, JournalFile::Use::look);
  if (!found) return found.error();
  if (!*found) return std::nullopt;
  const FoundJournal& journal = **found;
  const std::string edits = journal.edits == 0 ? "a damaged journal" : counted(journal.edits, "edit");
  return Error{
      journal.file.string(),
      edits + " of a run that ended on " + shown_time(journal.last_ms) + " without being closed can be recovered",
      "'busbar recover " + session.string() + "' takes them in, with --discard it throws them away"};
}

std::string shown_time(std::int64_t at_ms) {
  const auto seconds = static_cast<std::time_t>(at_ms / 1000);
  std::tm local{};
  char text[32]{};
  if (::localtime_r(&seconds, &local) == nullptr) return "an unknown day";
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local)};
}

}  // namespace busbar
