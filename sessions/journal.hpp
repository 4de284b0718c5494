#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "sessions/journal_disk.hpp"

namespace busbar {

struct JournalOptions {
  std::chrono::milliseconds gather{100};             ///< edits of this long go to the disk together
  std::chrono::milliseconds retry{250};              ///< after a disk that failed
  std::chrono::milliseconds patience{2000};          ///< with a disk that does not answer, until it is told
  std::size_t most_waiting = std::size_t{64} << 20;  ///< bytes of edits that the disk has not taken, about
  SyncFile sync = sync_data;
};

/// Keeps the edits of a run beside the session until it ends or is saved, so that a crash loses none
/// (docs/recovery.md; recover_session.hpp reads it). One thread, the one that makes the edits, calls everything;
/// nothing but `open` and `close` waits for a disk, and `close` for `patience` at most. A thread of the journal's own
/// writes.
class Journal {
 public:
  /// Takes the journal of the session that was just read from this file. Errors: another process has it, or the folder
  /// cannot be written; the session can be played all the same. A journal with edits that an interrupted run has left
  /// is put aside and stays recoverable: `warn_of_journal` tells of it, before as after.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& session, JournalOptions options = {});
  /// What has not been closed is kept.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// An edit has been made, undo and redo too; `after` is the mixer it led to. Commands to the transport, alone or in a
  /// batch, are left out: they change nothing of the session.
  void append(const Edit& edit, const Mixer& after);
  /// The session is about to be saved as this mixer, so that a crash behind the save, but before `rebase`, finds what
  /// belongs to which file. Waits until that is on the disk, for `patience` at most.
  void announce_save(const Mixer& mixer);
  /// The session has been saved to its file: what was made before is safe there, and the journal starts anew. A save
  /// that failed needs none.
  void rebase();
  /// What a person should know since the last call: a disk that is full, or fails, or does not answer. Each trouble is
  /// told once, however long it lasts; writing is tried again until it succeeds.
  std::vector<Error> take_problems();
  /// The end of the run; all that was appended is written first. Without `keep` it is a clean end, and the journal is
  /// taken away. May be called again, and does nothing then.
  void close(bool keep = false);

 private:
  class Writer;
  explicit Journal(std::shared_ptr<Writer> writer);

  std::shared_ptr<Writer> writer_;     // shared with its thread, which a disk may hold longer than the run lasts
  std::shared_ptr<const Mixer> last_;  // what the edit before led to
  bool is_closed_ = false;
};

}  // namespace busbar
