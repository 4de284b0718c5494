#include "sessions/track_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace busbar {

namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_upper(c) || is_lower(c) || (static_cast<unsigned char>(c) & 0x80) != 0; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lowered(std::string_view text) {
  std::string low(text);
  std::ranges::transform(low, low.begin(), lower);
  return low;
}

/// True where a word ends between two neighbours: `kickIn`, `Tom1`, `OHLeft` (before the L of `Left`).
bool is_seam(std::string_view name, std::size_t at) {
  const char before = name[at - 1];
  const char now = name[at];
  if (is_digit(before) != is_digit(now)) return true;
  if (is_lower(before) && is_upper(now)) return true;
  return is_upper(before) && is_upper(now) && at + 1 < name.size() && is_lower(name[at + 1]);
}

bool is_word(std::string_view text, const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    return text == word || (text.size() == word.size() + 1 && text.starts_with(word) && text.back() == 's');
  });
}

/// True if the text can be cut into known words, at least one of them wanted: `floortom`, but not `mushroom`.
bool is_compound(std::string_view text, const std::vector<std::string>& wanted,
                 const std::set<std::string, std::less<>>& known) {
  constexpr std::size_t kLongest = 40;
  if (text.size() > kLongest) return false;
  enum : unsigned char { kNever, kPlain, kWithWanted };
  std::array<unsigned char, kLongest + 1> reached{};
  reached[0] = kPlain;
  for (std::size_t end = 1; end <= text.size(); ++end)
    for (std::size_t start = 0; start < end; ++start) {
      const std::string_view part = text.substr(start, end - start);
      if (reached[start] == kNever || (part.size() < 2 && end != text.size())) continue;
      const bool is_wanted = is_word(part, wanted);
      if (!is_wanted && !known.contains(part)) continue;
      const unsigned char now = is_wanted ? static_cast<unsigned char>(kWithWanted) : reached[start];
      reached[end] = std::max(reached[end], now);
    }
  return reached[text.size()] == kWithWanted;
}

std::string_view without_extension(std::string_view name) {
  constexpr auto kExtensions =
      std::to_array<std::string_view>({".wav", ".wave", ".flac", ".w64", ".rf64", ".bwf", ".aif", ".aiff", ".caf"});
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return name;
  const bool is_audio = std::ranges::find(kExtensions, lowered(name.substr(dot))) != kExtensions.end();
  return is_audio ? name.substr(0, dot) : name;
}

}  // namespace

std::vector<std::string> words_of_name(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_part = is_letter(name[i]) || is_digit(name[i]);
    if (!word.empty() && (!is_part || is_seam(name, i))) words.push_back(std::exchange(word, {}));
    if (is_part) word += lower(name[i]);
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

bool matches_any(const std::vector<std::string>& words, const std::vector<std::string>& wanted,
                 const std::set<std::string, std::less<>>& known) {
  return std::ranges::any_of(
      words, [&](const std::string& word) { return is_word(word, wanted) || is_compound(word, wanted, known); });
}

std::string name_from_path(std::string_view path) {
  std::string_view name = without_extension(path.substr(path.rfind('/') + 1));
  const std::size_t number = name.find_first_not_of("0123456789");
  if (number == std::string_view::npos || number == 0) return std::string(name);
  const std::size_t start = name.find_first_not_of(" _-.", number);
  // "808 Kick" keeps its number: only one or two digits, or digits with a mark behind them, count the tracks.
  const bool counts = start != std::string_view::npos && start > number && (number <= 2 || name[number] != ' ');
  return std::string(counts ? name.substr(start) : name);
}

}  // namespace busbar
