#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "engine/core/result.hpp"

namespace busbar {

/// The journal of a session: beside it (beside the file itself, if `session` is a link), `session.json.journal`.
std::filesystem::path journal_path(const std::filesystem::path& session);

/// Journals that were put aside when a later run began: `.1` (newest) … `.8`.
inline constexpr int kOldJournals = 8;
std::filesystem::path old_journal_path(const std::filesystem::path& session, int number);

/// The file of a journal while it is open: a regular file, locked, so that one process at a time writes it. The lock
/// ends with the process, however that ends. Numbers returned are errno values, 0 for success.
class JournalFile {
 public:
  enum class Use : std::uint8_t {
    write,  ///< made if it is not there; alone
    take,   ///< to be read and put away; alone
    look,   ///< to be read; with others who look
  };

  JournalFile() = default;
  JournalFile(JournalFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  JournalFile& operator=(JournalFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~JournalFile();

  /// ENOENT: it is not there; EWOULDBLOCK: another process has it, and not only for a moment.
  int open(const std::filesystem::path& file, Use use);
  /// False if the path names another file by now, or none.
  bool is_at(const std::filesystem::path& file) const;
  int read_all(std::string& bytes) const;
  int write_at(std::int64_t offset, std::string_view bytes) const;
  int cut(std::int64_t size) const;
  int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// Until the bytes are on the disk.
int sync_data(int descriptor);
/// Until names made, changed and taken away in the folder of `file` are on the disk; what a file system refuses is let
/// be.
void sync_folder_of(const std::filesystem::path& file);

/// Why a journal cannot be used, in words; `code` is an errno value.
Error journal_error(const std::filesystem::path& file, std::string_view what, int code);

}  // namespace busbar
