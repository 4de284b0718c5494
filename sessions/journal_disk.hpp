#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/core/result.hpp"
#include "sessions/journal_file.hpp"
#include "sessions/journal_text.hpp"

namespace busbar {

/// Returns when the bytes of a file are on the disk; an errno value. Tests have disks of their own.
using SyncFile = std::function<int(int descriptor)>;

/// Unix time in milliseconds.
std::int64_t now_ms();

/// The journal of a session on its disk: lines are added, and flushed in one write and one sync. What could not be
/// flushed is kept and comes with the next flush, at the place where it ought to stand. Errno values, 0 for success.
class JournalDisk {
 public:
  /// Takes the journal of a session for this process, and starts it on the session file as it is. A journal that
  /// another run left, with anything in it, is put aside as `.1`. A disk that is full is no error here: the first line
  /// waits to be flushed then, like any other.
  static Result<JournalDisk> open(const std::filesystem::path& session, SyncFile sync);

  void add(std::int64_t at_ms, JournalKind kind, std::string_view json);
  void add_base(std::int64_t at_ms, const JournalBase& base);
  bool has_pending() const noexcept { return !pending_.empty(); }
  int flush();
  /// Starts anew, since the session file has been saved: in a new file that takes the place of this one; where none can
  /// be made, with a new base in this one. What waits to be flushed is in the session file then. A session file that
  /// cannot be read leaves all as it is.
  void start_anew(std::int64_t at_ms);
  /// Takes the journal away, if its name is still that of this file.
  void remove() const;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path session_, path_;
  SyncFile sync_;
  JournalFile file_;
  std::int64_t size_ = 0;  // of what is on the disk for certain
  std::uint64_t chain_ = 0;
  std::string pending_;
};

}  // namespace busbar
