#include "cli/audio_folder.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "engine/files/audio_file.hpp"

namespace busbar::cli {
namespace {

namespace fs = std::filesystem;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool is_audio_name(const fs::path& path) {
  constexpr auto kExtensions = std::to_array<std::string_view>({".wav", ".wave", ".rf64", ".w64", ".flac"});
  return std::ranges::count(kExtensions, lower(path.extension().string())) > 0;
}

// A session is UTF-8, so it cannot name a file whose name is not. After the table of the Unicode standard, 3-7.
bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t more = byte < 0x80                   ? 0
                             : byte >= 0xC2 && byte < 0xE0 ? 1
                             : byte >= 0xE0 && byte < 0xF0 ? 2
                             : byte >= 0xF0 && byte < 0xF5 ? 3
                                                           : 9;
    if (more == 9 || i + more >= text.size()) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      const unsigned low = k > 1 ? 0x80u : byte == 0xE0 ? 0xA0u : byte == 0xF0 ? 0x90u : 0x80u;
      const unsigned high = k > 1 ? 0xBFu : byte == 0xED ? 0x9Fu : byte == 0xF4 ? 0x8Fu : 0xBFu;
      if (next < low || next > high) return false;
    }
    i += more + 1;
  }
  return true;
}

// Takes the number at the front of `text`, without leading zeros.
std::string_view take_number(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit) - text.begin();
  std::string_view number = text.substr(0, static_cast<std::size_t>(end));
  text.remove_prefix(static_cast<std::size_t>(end));
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

void look_at(const fs::path& path, AudioFolder& result) {
  if (!is_utf8(path.filename().string())) {
    result.warnings.push_back({path.string(), "is left out, its name is not UTF-8", "rename the file"});
    return;
  }
  const std::string name = path.filename().string();
  if (std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f || c == '\\'; })) {
    result.warnings.push_back(
        {path.string(), "is left out, its name has a backslash or a control character", "rename the file"});
    return;
  }
  auto info = probe_audio_file(path);
  if (!info)
    result.warnings.push_back({path.string(), "is left out, it " + info.error().what, info.error().mend});
  else if (info->frames == 0)
    result.warnings.push_back({path.string(), "is left out, it is empty", "record it again"});
  else
    result.files.push_back({path, *info});
}

}  // namespace

Result<AudioFolder> read_audio_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return Error{folder.string(), "there is no such folder", "check the path"};
  if (!fs::is_directory(folder, error)) return Error{folder.string(), "is not a folder", "name a folder of WAV files"};
  std::vector<fs::path> paths;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code ignored;
    if (!path.filename().string().starts_with('.') && is_audio_name(path) && !fs::is_directory(path, ignored))
      paths.push_back(path);
  }
  if (error) return Error{folder.string(), "cannot be read: " + error.message(), "check its permissions"};
  std::ranges::sort(paths, in_natural_order, [](const fs::path& path) { return path.filename().string(); });
  AudioFolder result;
  for (const fs::path& path : paths) look_at(path, result);
  return result;
}

bool in_natural_order(std::string_view a, std::string_view b) {
  std::string_view left = a, right = b;
  while (!left.empty() && !right.empty()) {
    if (is_digit(left.front()) && is_digit(right.front())) {
      const std::string_view x = take_number(left), y = take_number(right);
      if (x.size() != y.size()) return x.size() < y.size();
      if (x != y) return x < y;
      continue;
    }
    const int x = std::tolower(static_cast<unsigned char>(left.front()));
    const int y = std::tolower(static_cast<unsigned char>(right.front()));
    if (x != y) return x < y;
    left.remove_prefix(1);
    right.remove_prefix(1);
  }
  if (left.empty() != right.empty()) return left.empty();
  return a < b;  // only case or zeros differ: any fixed order
}

int most_common_rate(const std::vector<FolderFile>& files) {
  std::map<int, int> counts;
  for (const FolderFile& file : files) ++counts[file.info.sample_rate];
  const auto best = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    return a.second < b.second || (a.second == b.second && a.first < b.first);
  });
  return best == counts.end() ? 48000 : best->first;
}

Side side_of_name(std::string_view name) {
  constexpr auto kWords =
      std::to_array<std::pair<std::string_view, int>>({{"left", -1}, {"right", 1}, {"l", -1}, {"r", 1}});
  const std::string text = lower(name);
  for (const auto& [word, side] : kWords) {
    if (!text.ends_with(word) || text.size() < word.size() + 2) continue;
    const std::string stem = text.substr(0, text.size() - word.size());
    if (std::string_view(" _-.").find(stem.back()) != std::string_view::npos)
      return {side, stem.substr(0, stem.size() - 1)};
  }
  return {};
}

}  // namespace busbar::cli
