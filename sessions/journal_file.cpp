#include "sessions/journal_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>

namespace busbar {

namespace fs = std::filesystem;

fs::path journal_path(const fs::path& session) {
  std::error_code fault;
  const fs::path real = fs::is_symlink(session, fault) ? fs::weakly_canonical(session, fault) : session;
  return (fault && real.empty() ? session : real).string() + ".journal";
}

fs::path old_journal_path(const fs::path& session, int number) {
  return journal_path(session).string() + "." + std::to_string(number);
}

namespace {

/// Who wants a journal alone waits for those who only look at it, each for a moment.
bool lock(int descriptor, JournalFile::Use use) {
  const bool is_look = use == JournalFile::Use::look;
  for (int tries = is_look ? 1 : 25; tries > 0; --tries) {
    // Any other refusal is that of a file system without locks, which must do without.
    if (::flock(descriptor, (is_look ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
    if (tries > 1) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace

JournalFile::~JournalFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int JournalFile::open(const fs::path& file, Use use) {
  JournalFile opened;
  // What is not a regular file is not followed, and not waited for.
  const int flags = (use == Use::write ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  do opened.descriptor_ = ::open(file.c_str(), flags, 0666);
  while (opened.descriptor_ < 0 && errno == EINTR);
  if (opened.descriptor_ < 0) return errno;
  struct stat status {};
  if (::fstat(opened.descriptor_, &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (!S_ISREG(status.st_mode)) return EINVAL;
  if (!lock(opened.descriptor_, use)) return EWOULDBLOCK;
  *this = std::move(opened);
  return 0;
}

bool JournalFile::is_at(const fs::path& file) const {
  struct stat own {
  }, named{};
  return ::fstat(descriptor_, &own) == 0 && ::lstat(file.c_str(), &named) == 0 && own.st_dev == named.st_dev &&
         own.st_ino == named.st_ino;
}

int JournalFile::read_all(std::string& bytes) const {
  bytes.clear();
  std::array<char, 1 << 16> part{};
  for (;;) {
    const ssize_t got = ::pread(descriptor_, part.data(), part.size(), static_cast<off_t>(bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    bytes.append(part.data(), static_cast<std::size_t>(got));
  }
}

int JournalFile::write_at(std::int64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    offset += written;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int JournalFile::cut(std::int64_t size) const { return ::ftruncate(descriptor_, size) == 0 ? 0 : errno; }

int sync_data(int descriptor) { return ::fdatasync(descriptor) == 0 ? 0 : errno; }

void sync_folder_of(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::fsync(descriptor);
  ::close(descriptor);
}

Error journal_error(const fs::path& file, std::string_view what, int code) {
  const std::string start = std::string(what) + ": ";
  switch (code) {
    case EISDIR:
      return {file.string(), start + "a folder has that name", "rename the folder"};
    case ELOOP:
    case EINVAL:
      return {file.string(), start + "it is not a regular file", "take it away"};
    case EWOULDBLOCK:
      return {file.string(), start + "another program that runs right now plays this session", "end that one first"};
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return {file.string(), start + std::generic_category().message(code), "make room on the disk"};
    default:
      return {file.string(), start + std::generic_category().message(code), "check the folder and its permissions"};
  }
}

}  // namespace busbar
