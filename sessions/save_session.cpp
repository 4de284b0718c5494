#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>

#include "sessions/file_bytes.hpp"
#include "sessions/session_file.hpp"

namespace busbar {

namespace {

namespace fs = std::filesystem;

constexpr int kGenerations = 8;

Error failure(const fs::path& file, std::string_view what, int code) {
  const std::string mend = code == ENOSPC || code == EDQUOT
                               ? "make room on the disk; the session on disk is unchanged"
                               : "check the folder and its permissions; the session on disk is unchanged";
  return {file.string(), std::string(what) + ": " + std::generic_category().message(code), mend};
}

/// A new file beside the session, gone again when this is destroyed unless `renamed_to` has put it in place.
class TemporaryFile {
 public:
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  explicit TemporaryFile(const fs::path& beside) {
    std::random_device random;
    for (int tries = 0; tries < 16 && descriptor_ < 0; ++tries) {
      path_ = beside;
      path_.replace_filename("." + beside.filename().string() + ".new-" + std::to_string(random()));
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ >= 0) break;
      fault_ = errno;
      if (fault_ != EEXIST) break;
    }
    is_there_ = descriptor_ >= 0;
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (is_there_) ::unlink(path_.c_str());
  }
  bool is_open() const { return descriptor_ >= 0; }
  int fault() const { return fault_; }
  /// Zero, or the errno of what failed.
  int write_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return written < 0 ? errno : ENOSPC;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }
  /// To the disk, and closed: a full disk may show only here.
  int finish() {
    const int code = ::fsync(descriptor_) == 0 ? 0 : errno;
    const bool is_closed = ::close(descriptor_) == 0;
    descriptor_ = -1;
    return code != 0 ? code : is_closed ? 0 : errno;
  }
  int rename_to(const fs::path& file) {
    if (::rename(path_.c_str(), file.c_str()) != 0) return errno;
    is_there_ = false;
    return 0;
  }
  void take_mode_of(const fs::path& file) const {
    struct stat old {};
    if (::stat(file.c_str(), &old) == 0)
      (void)::fchmod(descriptor_, old.st_mode & 07777);  // else the umask's mode stays
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  int descriptor_ = -1;
  int fault_ = 0;
  bool is_there_ = false;
};

fs::path generation(const fs::path& file, int number) { return fs::path(file.string() + "." + std::to_string(number)); }

void sync_folder(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  (void)::fsync(descriptor);  // some network file systems refuse it; the rename itself was atomic
  ::close(descriptor);
}

/// Puts a second name on the session that is about to be replaced. A file system without hard links gets a copy.
std::error_code keep_old(const fs::path& file, const fs::path& kept) {
  std::error_code code;
  fs::create_hard_link(file, kept, code);
  if (!code) return code;
  code.clear();
  fs::copy_file(file, kept, code);
  return code;
}

/// `.7` becomes `.8` … `.1` becomes `.2`, and the session just replaced becomes `.1`.
std::error_code shift_generations(const fs::path& file, const fs::path& kept) {
  std::error_code code;
  for (int number = kGenerations; number > 1; --number) {
    const fs::path newer = generation(file, number - 1);
    if (fs::exists(newer, code)) fs::rename(newer, generation(file, number), code);
    if (code) return code;
  }
  fs::rename(kept, generation(file, 1), code);
  return code;
}

/// Replaces the file and moves the old one to the generations. At every step `file` is the old or the new session.
Result<void> replace(const fs::path& file, TemporaryFile& fresh) {
  std::error_code code;
  const bool has_old = fs::exists(file, code);
  const fs::path kept = fs::path(fresh.path().string() + ".old");
  if (has_old) code = keep_old(file, kept);
  if (code) return failure(file, "the version before could not be kept", code.value());
  if (const int fault = fresh.rename_to(file); fault != 0) {
    fs::remove(kept, code);
    return failure(file, "the session could not be replaced", fault);
  }
  if (has_old) code = shift_generations(file, kept);
  sync_folder(file);
  if (!code) return {};
  return Error{file.string(),
               "the session is saved, but the version before it could not become " +
                   generation(file, 1).filename().string() + ": " + code.message(),
               "it is kept as " + kept.filename().string()};
}

}  // namespace

Result<void> replace_bytes(const fs::path& file, std::string_view bytes, std::string_view what) {
  const auto fault_of = [&](int code) {
    return Error{file.string(), std::string(what) + " could not be written: " + std::generic_category().message(code),
                 "check the folder, its permissions and the room on the disk; what was there is unchanged"};
  };
  TemporaryFile fresh(file);
  if (!fresh.is_open()) return fault_of(fresh.fault());
  fresh.take_mode_of(file);
  if (const int fault = fresh.write_all(bytes); fault != 0) return fault_of(fault);
  if (const int fault = fresh.finish(); fault != 0) return fault_of(fault);
  if (const int fault = fresh.rename_to(file); fault != 0) return fault_of(fault);
  sync_folder(file);
  return {};
}

Result<void> save_session(const Mixer& mixer, const fs::path& file) {
  std::error_code code;
  const bool is_link = fs::is_symlink(file, code);
  // A file that is not there yet is no error.
  code.clear();
  const fs::path real = is_link ? fs::weakly_canonical(file, code) : file;  // a link stays a link
  if (code) return failure(file, "the link cannot be followed", code.value());
  if (real.filename().empty() || fs::is_directory(real, code))
    return Error{file.string(), "this is a folder", "give the name of a session file"};
  const std::string text = write_session_text(mixer);
  TemporaryFile fresh(real);
  if (!fresh.is_open()) return failure(file, "the folder cannot be written", fresh.fault());
  fresh.take_mode_of(real);
  if (const int fault = fresh.write_all(text); fault != 0)
    return failure(file, "the session could not be written", fault);
  if (const int fault = fresh.finish(); fault != 0) return failure(file, "the session could not be written", fault);
  return replace(real, fresh);
}

}  // namespace busbar
