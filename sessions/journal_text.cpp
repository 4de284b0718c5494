#include "sessions/journal_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "sessions/file_bytes.hpp"
#include "sessions/json_text.hpp"

namespace busbar {

namespace {

using nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kSeal = 16;  // characters of a checksum
constexpr std::array<std::string_view, 4> kKinds = {"base", "edit", "state", "lost"};

constexpr std::array<std::uint64_t, 256> crc_table() {
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xC96C5795D7870F42u : 0u);
    table[byte] = crc;
  }
  return table;
}

std::string hex(std::uint64_t number) {
  std::array<char, kSeal + 1> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(number));
  return {text.data(), kSeal};
}

template <typename Number>
std::optional<Number> number_of(std::string_view text, int base) {
  Number number{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Takes the text up to the next space off `line`.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

/// The entry of a line, and nothing if it is not as it was written.
std::optional<JournalEntry> unseal(std::string_view line, std::uint64_t& chain) {
  const std::string_view seal = take_word(line);
  const std::uint64_t crc = crc64(line, chain);
  if (seal != hex(crc)) return std::nullopt;
  const auto at = number_of<std::int64_t>(take_word(line), 10);
  const auto kind = std::ranges::find(kKinds, take_word(line));
  if (!at || kind == kKinds.end()) return std::nullopt;
  chain = crc;
  return JournalEntry{0, *at, static_cast<JournalKind>(kind - kKinds.begin()), std::string(line)};
}

/// The base that the JSON says; nothing if a later version wrote it.
std::optional<JournalBase> read_base(const std::string& text) {
  const json read = json::parse(text, nullptr, false);
  const auto member = [&](const char* key) { return read.is_object() && read.contains(key) ? read[key] : json(); };
  if (member("version") != kVersion || !member("bytes").is_number_unsigned() || !member("crc64").is_string())
    return std::nullopt;
  const auto crc = number_of<std::uint64_t>(read["crc64"].get_ref<const std::string&>(), 16);
  if (!crc) return std::nullopt;
  return JournalBase{*crc, read["bytes"].get<std::uint64_t>()};
}

/// Takes in a line that is whole; false if it cannot stand there.
bool take_entry(JournalText& text, JournalEntry entry) {
  if (entry.kind != JournalKind::base) {
    if (text.parts.empty()) return false;
    text.parts.back().entries.push_back(std::move(entry));
    return true;
  }
  const auto base = read_base(entry.json);
  text.is_newer = !base;
  if (base) text.parts.push_back({*base, entry.at_ms, {}});
  return base.has_value();
}

}  // namespace

std::uint64_t crc64(std::string_view bytes, std::uint64_t before) noexcept {
  static constexpr auto kTable = crc_table();
  std::uint64_t crc = ~before;
  for (const char c : bytes) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

Result<JournalBase> base_of(const std::filesystem::path& session) {
  const Result<std::string> bytes = read_bytes(session, "a session file");
  if (!bytes) return bytes.error();
  return JournalBase{crc64(*bytes), bytes->size()};
}

std::string base_text(const JournalBase& base, std::string_view name) {
  const json text{{"version", kVersion}, {"session", name}, {"bytes", base.bytes}, {"crc64", hex(base.crc)}};
  return text.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string seal_line(std::uint64_t& chain, std::int64_t at_ms, JournalKind kind, std::string_view json) {
  std::string line = std::to_string(at_ms) + " " + std::string(kKinds[static_cast<std::size_t>(kind)]) + " ";
  line += json;
  chain = crc64(line, chain);
  return hex(chain) + " " + line + "\n";
}

JournalText read_journal_text(std::string_view text) {
  JournalText read;
  std::uint64_t chain = 0;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::optional<JournalEntry> entry = unseal(text.substr(0, end), chain);
    const bool is_cut_short = end == std::string_view::npos;
    if (!entry && is_cut_short) break;
    if (entry) entry->line = number;
    text.remove_prefix(is_cut_short ? text.size() : end + 1);
    if (entry && take_entry(read, std::move(*entry))) continue;
    read.damaged_line = number;
    read.behind = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    break;
  }
  return read;
}

}  // namespace busbar
