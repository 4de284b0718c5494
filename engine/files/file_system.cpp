#include "engine/files/file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace busbar {

namespace {

std::int64_t nanoseconds(const timespec& time) { return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec; }

FileStamp to_stamp(const struct stat& s) {
  return {.device = static_cast<std::uint64_t>(s.st_dev),
          .inode = static_cast<std::uint64_t>(s.st_ino),
          .size = s.st_size,
          .modified_ns = nanoseconds(s.st_mtim),
          .changed_ns = nanoseconds(s.st_ctim)};
}

std::string mend_for(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
      return "free some space, or choose a folder on another disk";
    case EFBIG:
      return "raise the file size limit, or write a shorter or smaller file";
    case EACCES:
    case EPERM:
      return "check the permissions of the file and its folder";
    case EROFS:
      return "choose a folder that can be written to";
    case ENOENT:
      return "check the path; the folder must exist";
    case ENOTDIR:
      return "check the path; a part of it is a file, not a folder";
    case ENAMETOOLONG:
      return "choose a shorter name";
    case ELOOP:
      return "check the symbolic links of the path; they lead in a circle";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    default:
      return "check the disk and the path";
  }
}

/// So that the new name survives a power cut. A file system that cannot do this is not an error.
void sync_folder_of(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor) ::fsync(descriptor.get());
}

}  // namespace

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code ignored;  // one that does not exist is not the same as anything
  return std::filesystem::equivalent(a, b, ignored);
}

Error system_error(const std::filesystem::path& file, const std::string& action, int code) {
  return {file.string(), action + " (" + std::strerror(code) + ")", mend_for(code)};
}

Result<Descriptor> open_regular_file(const std::filesystem::path& file) {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!descriptor) {
    if (errno == ENOENT) return Error{file.string(), "does not exist", "put the file there, or correct the path"};
    return system_error(file, "cannot be opened", errno);
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) return system_error(file, "cannot be looked at", errno);
  if (S_ISDIR(status.st_mode)) return Error{file.string(), "is a folder", "name an audio file in it"};
  if (!S_ISREG(status.st_mode)) return Error{file.string(), "is a pipe or a device", "name a file on a disk"};
  return descriptor;
}

Result<FileStamp> stamp_of(const Descriptor& file, const std::filesystem::path& name) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return system_error(name, "cannot be looked at", errno);
  return to_stamp(status);
}

namespace {

/// A name of its own, not the target's with a suffix: that one may already be as long as names can be.
std::filesystem::path hidden_name_beside(const std::filesystem::path& target) {
  static std::atomic<unsigned> count{0};
  return target.parent_path() /
         (".busbar-" + std::to_string(::getpid()) + "-" + std::to_string(count.fetch_add(1)) + ".tmp");
}

/// Gives a nameless file a hidden name, since only a file with a name can be renamed onto another.
int give_name(TemporaryFile& temporary, const std::filesystem::path& target) {
  const std::string self = "/proc/self/fd/" + std::to_string(temporary.descriptor.get());
  temporary.path = hidden_name_beside(target);
  return ::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, temporary.path.c_str(), AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

}  // namespace

Result<TemporaryFile> create_beside(const std::filesystem::path& target) {
#ifdef O_TMPFILE
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  if (Descriptor nameless(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666)); nameless)
    return TemporaryFile{std::move(nameless), {}};
#endif
  for (int attempt = 0; attempt < 1000; ++attempt) {
    auto path = hidden_name_beside(target);
    Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (descriptor) return TemporaryFile{std::move(descriptor), std::move(path)};
    if (errno != EEXIST) return system_error(target, "cannot be written", errno);
  }
  return system_error(target, "cannot be written", EEXIST);
}

Result<void> rename_into_place(TemporaryFile& temporary, const std::filesystem::path& target) {
  int failure = ::fsync(temporary.descriptor.get()) == 0 ? 0 : errno;
  if (failure == 0 && temporary.path.empty()) failure = give_name(temporary, target);
  if (failure == 0 && std::rename(temporary.path.c_str(), target.c_str()) != 0) failure = errno;
  if (failure != 0 && !temporary.path.empty()) ::unlink(temporary.path.c_str());
  temporary.descriptor = Descriptor();
  temporary.path.clear();
  if (failure != 0) return system_error(target, "cannot be written", failure);
  sync_folder_of(target);
  return {};
}

}  // namespace busbar
