#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "engine/core/result.hpp"
#include "engine/files/descriptor.hpp"

namespace busbar {

/// True if both paths name the same existing file (device and inode, so links of either kind are seen through).
bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);

/// Which state of which file: it changes whenever the content does. The change time cannot be set back by a program
/// that restores the modification time.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::int64_t size = 0, modified_ns = 0, changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// An error of the operating system while doing `action` ("cannot be opened"), with the mend that fits `code` (errno).
Error system_error(const std::filesystem::path& file, const std::string& action, int code);

/// Opens a regular file for reading. Anything else (folder, pipe, device) is refused without waiting for it.
Result<Descriptor> open_regular_file(const std::filesystem::path& file);

Result<FileStamp> stamp_of(const Descriptor& file, const std::filesystem::path& name);

/// A new, empty, hidden file beside `target`, on the same file system, so that it can be renamed onto it.
struct TemporaryFile {
  Descriptor descriptor;
  std::filesystem::path path;  ///< empty where the system has files without a name: a kill then leaves nothing behind
};
Result<TemporaryFile> create_beside(const std::filesystem::path& target);

/// Makes the content durable, gives it its final name in one step, and makes the name durable.
/// The temporary file is gone after this, whether it succeeded or not.
Result<void> rename_into_place(TemporaryFile& temporary, const std::filesystem::path& target);

}  // namespace busbar
