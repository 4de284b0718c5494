#include "sessions/journal_disk.hpp"

#include <chrono>
#include <system_error>

namespace busbar {

namespace {

namespace fs = std::filesystem;

bool is_worth_keeping(const std::string& bytes) {
  const JournalText text = read_journal_text(bytes);
  if (text.damaged_line > 0) return true;
  for (const JournalPart& part : text.parts)
    if (!part.entries.empty()) return true;
  return false;
}

/// `.7` becomes `.8` … `.1` becomes `.2`, and the journal `.1`.
std::error_code put_aside(const fs::path& session) {
  std::error_code fault;
  for (int number = kOldJournals; number > 1; --number) {
    const fs::path newer = old_journal_path(session, number - 1);
    if (fs::exists(newer, fault)) fs::rename(newer, old_journal_path(session, number), fault);
    if (fault) return fault;
  }
  fs::rename(journal_path(session), old_journal_path(session, 1), fault);
  return fault;
}

/// Opens the journal's file, alone and empty.
int open_empty(const fs::path& session, JournalFile& file) {
  const fs::path path = journal_path(session);
  for (;;) {
    if (const int fault = file.open(path, JournalFile::Use::write); fault != 0) return fault;
    if (!file.is_at(path)) continue;  // who had it before has put it away meanwhile
    std::string bytes;
    if (const int fault = file.read_all(bytes); fault != 0) return fault;
    if (!is_worth_keeping(bytes)) return file.cut(0);
    if (const std::error_code fault = put_aside(session)) return fault.value();
  }
}

}  // namespace

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Result<JournalDisk> JournalDisk::open(const fs::path& session, SyncFile sync) {
  JournalDisk disk;
  disk.session_ = session;
  disk.path_ = journal_path(session);
  disk.sync_ = std::move(sync);
  const Result<JournalBase> base = base_of(session);
  if (!base) return base.error();
  if (const int fault = open_empty(session, disk.file_); fault != 0)
    return journal_error(disk.path_, "edits cannot be kept through a crash", fault);
  disk.add_base(now_ms(), *base);
  (void)disk.flush();
  sync_folder_of(disk.path_);
  return disk;
}

void JournalDisk::add_base(std::int64_t at_ms, const JournalBase& base) {
  add(at_ms, JournalKind::base, base_text(base, session_.filename().string()));
}

void JournalDisk::add(std::int64_t at_ms, JournalKind kind, std::string_view json) {
  pending_ += seal_line(chain_, at_ms, kind, json);
}

int JournalDisk::flush() {
  if (pending_.empty()) return 0;
  int fault = file_.write_at(size_, pending_);
  if (fault == 0) fault = sync_(file_.descriptor());
  if (fault != 0) return fault;
  size_ += static_cast<std::int64_t>(pending_.size());
  pending_.clear();
  return 0;
}

void JournalDisk::start_anew(std::int64_t at_ms) {
  const Result<JournalBase> base = base_of(session_);
  if (!base) return;
  const fs::path fresh = path_.string() + ".new";
  JournalDisk next;
  next.session_ = session_;
  next.path_ = path_;
  next.sync_ = sync_;
  int fault = next.file_.open(fresh, JournalFile::Use::write);
  if (fault == 0) fault = next.file_.cut(0);
  next.add_base(at_ms, *base);
  if (fault == 0) fault = next.flush();
  std::error_code refused;
  if (fault == 0) fs::rename(fresh, path_, refused);
  if (fault != 0 || refused) {
    fs::remove(fresh, refused);
    return add_base(at_ms, *base);
  }
  sync_folder_of(path_);
  *this = std::move(next);
}

void JournalDisk::remove() const {
  std::error_code ignored;
  if (file_.is_at(path_)) fs::remove(path_, ignored);
}

}  // namespace busbar
