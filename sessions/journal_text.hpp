#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.hpp"

/// The text of a journal (docs/recovery.md): one line each, `CHECKSUM TIME KIND JSON`. The checksum covers the line
/// and, by starting where that of the line before ended, all lines before it; so a line can neither change nor move.
namespace busbar {

/// CRC-64 as in the XZ format (reflected ECMA-182 polynomial). `before` is that of what comes before the bytes.
std::uint64_t crc64(std::string_view bytes, std::uint64_t before = 0) noexcept;

/// Which session file edits were made on.
struct JournalBase {
  std::uint64_t crc = 0;    ///< of its bytes
  std::uint64_t bytes = 0;  ///< how many they are
  friend bool operator==(const JournalBase&, const JournalBase&) = default;
};

Result<JournalBase> base_of(const std::filesystem::path& session);

enum class JournalKind : std::uint8_t {
  base,   ///< the session file that the lines behind it were made on
  edit,   ///< a line of an edit script
  state,  ///< the whole session, as it was from here on
  lost,   ///< edits are missing here: how many
};

/// The JSON of a base line. `name` is that of the session file, for people.
std::string base_text(const JournalBase& base, std::string_view name);

/// A line with its line break. `chain` is the checksum of the line before (0: the first), and becomes that of this one.
/// `at_ms` is Unix time in milliseconds.
std::string seal_line(std::uint64_t& chain, std::int64_t at_ms, JournalKind kind, std::string_view json);

struct JournalEntry {
  int line = 0;  ///< counted from 1
  std::int64_t at_ms = 0;
  JournalKind kind = JournalKind::edit;
  std::string json;
};

/// A base and what was done on it.
struct JournalPart {
  JournalBase base;
  std::int64_t at_ms = 0;
  std::vector<JournalEntry> entries;
};

struct JournalText {
  std::vector<JournalPart> parts;
  int damaged_line = 0;    ///< the first line that is not as it was written; 0: none
  std::size_t behind = 0;  ///< how many lines stand behind that one
  bool is_newer = false;   ///< the damaged line is none, but of a later version of the program
};

/// Reads as far as the lines are whole. A last line that is cut short is what a crash leaves, and no damage.
JournalText read_journal_text(std::string_view text);

}  // namespace busbar
