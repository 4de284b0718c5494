#include "sessions/scene_scope.hpp"

#include <algorithm>

namespace busbar {

namespace {

/// `room` of `sends/room/level_db`.
std::string_view second_word(std::string_view path) {
  const std::size_t first = path.find('/');
  if (first == std::string_view::npos) return {};
  const std::string_view rest = path.substr(first + 1);
  return rest.substr(0, rest.find('/'));
}

bool is_part_of(std::string_view path, std::string_view whole) {
  return path.starts_with(whole) && (path.size() == whole.size() || path[whole.size()] == '/');
}

}  // namespace

SceneScope::SceneScope(const Mixer& mixer, const std::vector<std::string>& words) : words_(words) {
  for (const auto& bus : mixer.buses)
    if (bus->kind == StripKind::cue) cues_.emplace(bus->id, bus->is_protected);
}

bool SceneScope::has(std::string_view word) const {
  if (words_.empty()) return !word.empty() && std::ranges::find(kUnusualScopeWords, word) == kUnusualScopeWords.end();
  return std::ranges::find(words_, word) != words_.end();
}

std::string_view SceneScope::word_of(std::string_view path) const {
  if (is_part_of(path, "inserts")) return "inserts";
  if (!is_part_of(path, "sends")) return path;
  const auto cue = cues_.find(second_word(path));
  if (cue == cues_.end()) return "sends";
  return cue->second ? "" : "cue_sends";
}

bool SceneScope::reaches(std::string_view path) const {
  const std::string_view word = word_of(path);
  return !word.empty() && has(word);
}

bool is_recall_safe(const Strip& strip, std::string_view path, std::string_view scope_word) {
  return std::ranges::any_of(strip.recall_safe, [&](const std::string& word) {
    return word == "all" || word == scope_word || is_part_of(path, word);
  });
}

}  // namespace busbar
