#include <algorithm>
#include <span>
#include <unordered_map>

#include "engine/realtime/insert.hpp"
#include "sessions/control_reader.hpp"
#include "sessions/json_text.hpp"
#include "sessions/scene_read.hpp"
#include "sessions/scene_scope.hpp"

namespace busbar {

namespace {

using nlohmann::json;
using Words = std::vector<std::string_view>;

std::string meant(std::string_view word, const Words& words) {
  const std::string_view nearest = nearest_word(word, words);
  if (!nearest.empty()) return "did you mean \"" + std::string(nearest) + "\"?";
  std::string list;
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < words.size() && i < kShown; ++i) list += (i > 0 ? ", " : "") + std::string(words[i]);
  return words.empty() ? "take it away" : "it may be " + list + (words.size() > kShown ? ", …" : "");
}

constexpr auto kSendKeys = std::to_array<std::string_view>({"level_db", "tap", "pan", "on"});
constexpr auto kInsertKeys = std::to_array<std::string_view>({"bypass", "mix"});

bool holds(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

bool has_param(const InsertSlot& slot, std::string_view key) {
  const InsertType* type = find_insert_type(slot.type);
  return type != nullptr && find_param(*type, key) != nullptr;
}

/// True for what `recall_safe` may name: kinds of values, and one send or insert that is there, or a value of it.
bool names_something(const Strip& strip, std::string_view word) {
  const std::size_t first = std::min(word.find('/'), word.size());
  const std::string_view list = word.substr(0, first);
  if (first == word.size()) return word == "all" || holds(std::span(kScopeWords).first(kStripScopeWords), word);
  const std::string_view rest = word.substr(first + 1);
  const std::size_t second = std::min(rest.find('/'), rest.size());
  const std::string_view id = rest.substr(0, second);
  const std::string_view key = second == rest.size() ? std::string_view{} : rest.substr(second + 1);
  if (list == "sends")
    return std::ranges::find(strip.sends, id, &Send::to) != strip.sends.end() &&
           (second == rest.size() || holds(kSendKeys, key));
  const auto slot = std::ranges::find(strip.inserts, id, &InsertSlot::id);
  return list == "inserts" && slot != strip.inserts.end() &&
         (second == rest.size() || holds(kInsertKeys, key) || has_param(*slot, key));
}

std::string meant_safe(const Strip& strip, std::string_view word) {
  std::vector<std::string> parts;
  for (const InsertSlot& slot : strip.inserts) parts.push_back("inserts/" + slot.id);
  for (const Send& send : strip.sends) parts.push_back("sends/" + send.to);
  const std::string_view list = word.substr(0, std::min(word.find('/'), word.size()) + 1);
  Words words;
  for (const std::string& part : parts)
    if (part.starts_with(list)) words.push_back(part);
  if (!list.ends_with('/')) {
    words.assign(kScopeWords.begin(), kScopeWords.begin() + kStripScopeWords);
    words.push_back("all");
  }
  return meant(word, words);
}

void check_recall_safe(const Strip& strip, const std::string& where, Report& report) {
  for (std::size_t i = 0; i < strip.recall_safe.size(); ++i)
    if (auto wrong = wrong_safe_word(strip, strip.recall_safe[i], report.shows_more_warnings()))
      report.warning(where + "/recall_safe/" + std::to_string(i), wrong->what + "; it is kept", wrong->mend);
}

/// What a scene's values may be for.
struct Owner {
  const Strip* strip = nullptr;  ///< or a group
  bool is_vca = false;
};
using Owners = std::unordered_map<std::string_view, Owner>;

Owners owners_of(const Mixer& mixer) {
  Owners owners;
  for (const Strip* strip : mixer.strips()) owners.emplace(strip->id, Owner{strip, false});
  for (const Vca& vca : mixer.vcas) owners.emplace(vca.id, Owner{nullptr, true});
  for (const MuteGroup& group : mixer.mute_groups) owners.emplace(group.id, Owner{});
  return owners;
}

/// The mixer without what scenes say nothing of, since every scene is tried on a copy.
Mixer without_sources(Mixer mixer) {
  mixer.scenes.clear();
  for (auto& track : mixer.tracks) {
    Strip strip = *track;
    strip.source.reset();
    track = std::make_shared<const Strip>(std::move(strip));
  }
  return mixer;
}

/// The warnings of one scene.
class SceneCheck {
 public:
  SceneCheck(const Mixer& mixer, Report& report) : mixer_(mixer), owners_(owners_of(mixer)), report_(report) {}

  void check(const Scene& scene, const std::string& where) {
    check_scope(scene, where);
    const json values = scene.values.empty() ? json::object() : json::parse(scene.values.str(), nullptr, false);
    const std::string at = where + "/values";
    Report read;
    SceneGaps gaps;
    with_scene_values(mixer_, values, at, read, gaps);
    const Findings found = read.take();
    for (const Error& wrong : found.errors)
      report_.warning(wrong.where, wrong.what + ", so the scene cannot be recalled", wrong.mend);
    for (const Error& unknown : found.warnings) report_.warning(unknown.where, unknown.what, unknown.mend);
    if (gaps.count > 0)
      report_.warning(gaps.first,
                      count(gaps.count) +
                          " for a send, insert, parameter or bus that is not there, so the "
                          "scene leaves " +
                          (gaps.count == 1 ? "it" : "them") + " out",
                      "update the scene, or take it away from the values");
    check_ids(scene, values, at);
  }

 private:
  static std::string count(std::size_t n) {
    return n == 1 ? "this is a value" : std::to_string(n) + " values from here on are";
  }

  void check_scope(const Scene& scene, const std::string& where) {
    for (std::size_t i = 0; i < scene.scope.size(); ++i)
      if (auto wrong = wrong_scope_word(scene.scope[i], report_.shows_more_warnings()))
        report_.warning(where + "/scope/" + std::to_string(i), wrong->what + "; it is kept", wrong->mend);
  }

  void check_ids(const Scene& scene, const json& values, const std::string& where) {
    const SceneScope scope(mixer_, scene.scope);
    std::size_t outside = 0;
    std::string first;
    for (const auto& [id, keys] : values.items()) {
      const std::string at = where + "/" + pointer_segment(id);
      const auto owner = owners_.find(id);
      if (owner == owners_.end())
        report_.warning(at, "there is no strip or group of that id, so the scene leaves it out",
                        "update the scene, or take it away from the values");
      else if (owner->second.strip != nullptr && is_protected_cue(*owner->second.strip))
        report_.warning(at, "the scene names the protected cue '" + id + "', so it reaches it",
                        "take it away from the values if that is not meant");
      if (owner == owners_.end() || !keys.is_object()) continue;
      for (const auto& [key, value] : keys.items())
        if (is_outside(scope, owner->second, key) && outside++ == 0) first = at + "/" + pointer_segment(key);
    }
    if (outside > 0)
      report_.warning(first,
                      (outside == 1 ? std::string("this is") : std::to_string(outside) + " keys from here on are") +
                          " out of the scene's scope, so a recall leaves " + (outside == 1 ? "it" : "them") + " alone",
                      "add the word to the scope, or take the values away");
  }

  /// True for a known key that the scope leaves out whole.
  static bool is_outside(const SceneScope& scope, const Owner& owner, std::string_view key) {
    if (owner.strip == nullptr)
      return (key == "mute" || (owner.is_vca && key == "fader_db")) &&
             !scope.has(owner.is_vca ? "vcas" : "mute_groups");
    if (!holds(std::span(kScopeWords).first(kStripScopeWords), key)) return false;
    return !scope.has(key) && !(key == "sends" && scope.has("cue_sends"));
  }

  const Mixer& mixer_;
  Owners owners_;
  Report& report_;
};

}  // namespace

std::optional<Error> wrong_safe_word(const Strip& strip, std::string_view word, bool with_mend) {
  if (names_something(strip, word)) return std::nullopt;
  const bool is_part = word.starts_with("sends/") || word.starts_with("inserts/");
  const std::string what =
      is_part ? " is not there, so nothing is protected by it" : " is not known, so it does nothing";
  return Error{"", shown_value(std::string(word)) + what, with_mend ? meant_safe(strip, word) : ""};
}

std::optional<Error> wrong_scope_word(std::string_view word, bool with_mend) {
  const Words words(kScopeWords.begin(), kScopeWords.end());
  if (holds(words, word)) return std::nullopt;
  return Error{"", shown_value(std::string(word)) + " is not known, so it does nothing",
               with_mend ? meant(word, words) : ""};
}

void check_scenes(const Mixer& mixer, Report& report) {
  for (const auto list : {&Mixer::tracks, &Mixer::buses})
    for (std::size_t s = 0; s < (mixer.*list).size(); ++s)
      check_recall_safe(*(mixer.*list)[s], (list == &Mixer::tracks ? "/tracks/" : "/buses/") + std::to_string(s),
                        report);
  if (mixer.scenes.empty()) return;
  const Mixer bare = without_sources(mixer);
  SceneCheck check(bare, report);
  for (std::size_t i = 0; i < mixer.scenes.size(); ++i) check.check(mixer.scenes[i], "/scenes/" + std::to_string(i));
}

}  // namespace busbar
