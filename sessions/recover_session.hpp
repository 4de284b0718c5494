#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "sessions/journal_file.hpp"
#include "sessions/journal_text.hpp"

namespace busbar {

/// What an interrupted run has left.
struct FoundJournal {
  std::filesystem::path file;
  std::vector<JournalEntry> entries;  ///< what was done since the session file was saved
  std::size_t edits = 0;              ///< how many of them can be taken
  std::size_t lost = 0;               ///< edits that the run could not write, in between
  std::int64_t first_ms = 0;          ///< Unix time of the first of them, in milliseconds; if none, of the run's start
  std::int64_t last_ms = 0;
  bool fits = false;            ///< the session file is as it was when they were made
  std::optional<Error> damage;  ///< what follows the first line that is not as it was written counts for nothing
  std::size_t older = 0;        ///< journals of runs before that one that are there too
  JournalFile hold;             ///< keeps other processes from it
};

/// The newest journal of a session with something in it that is not being written right now; nothing if there is none.
/// Errors: another process plays the session; a journal that cannot be read.
Result<std::optional<FoundJournal>> find_journal(const std::filesystem::path& session);

using ApplyEdit = std::function<Result<Mixer>(const Mixer& mixer, const Edit& edit)>;
/// `apply_edit` with the edits of parts that sessions know. Clips may lie anywhere: the run had leave for them.
Result<Mixer> apply_any_edit(const Mixer& mixer, const Edit& edit);

struct RecoveredSession {
  Mixer mixer;
  std::size_t applied = 0;     ///< entries
  std::vector<Error> skipped;  ///< those that no longer apply, `where` is `FILE:LINE`; the first 200
  std::size_t more_skipped = 0;
};

/// What the journal's edits make of the session as it is saved: all in order, undo and redo too.
RecoveredSession recover_session(const Mixer& saved, const FoundJournal& journal,
                                 const ApplyEdit& apply = apply_any_edit);

/// Renames a journal that has been recovered to `SESSION.journal.recovered`; one of that name before goes.
Result<std::filesystem::path> put_away(const std::filesystem::path& session, const FoundJournal& journal);
/// Throws a journal away.
Result<void> discard(const FoundJournal& journal);

/// The line to warn with when a session is opened that an interrupted run has left a journal of; nothing if there is
/// none. To be asked before `Journal::open`, which puts that journal aside.
std::optional<Error> warn_of_journal(const std::filesystem::path& session);

/// `2026-05-01 20:14:03`, local time.
std::string shown_time(std::int64_t at_ms);

}  // namespace busbar
