#pragma once
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/control/model/mixer.hpp"

namespace busbar {

/// The kinds of values that a scene's scope may name. A strip's `recall_safe` takes those of strips as well.
inline constexpr auto kScopeWords =
    std::to_array<std::string_view>({"trim_db", "polarity", "inserts", "fader_db", "pan", "width", "mute", "solo",
                                     "solo_safe", "sends", "cue_sends", "output", "vcas", "mute_groups"});
inline constexpr std::size_t kStripScopeWords = kScopeWords.size() - 2;  ///< they stand first
/// What must be named to be in scope: a musician's ears, and what can silence the rest of the console.
inline constexpr auto kUnusualScopeWords = std::to_array<std::string_view>({"solo", "cue_sends"});

/// A cue that nothing touches that does not name it.
inline bool is_protected_cue(const Strip& strip) { return strip.kind == StripKind::cue && strip.is_protected; }

/// What a scene may reach. An empty list of words is all of `kScopeWords` but the unusual ones.
class SceneScope {
 public:
  SceneScope(const Mixer& mixer, const std::vector<std::string>& words);

  bool has(std::string_view word) const;
  /// The word under which a strip's value falls, named as behind the strip in its address: `fader_db`,
  /// `sends/room/level_db` (`sends`, or `cue_sends` if that is a cue), `inserts/glue/bypass`. Empty for what no scene
  /// reaches: sends to protected cues.
  std::string_view word_of(std::string_view path) const;
  bool reaches(std::string_view path) const;

 private:
  std::vector<std::string> words_;
  std::unordered_map<std::string_view, bool> cues_;  // and whether they are protected; ids are of the mixer
};

/// True if the strip's `recall_safe` names the value, what it is part of (`inserts`, `inserts/glue`, `sends/room`), its
/// word of scope, or `all`.
bool is_recall_safe(const Strip& strip, std::string_view path, std::string_view scope_word);

}  // namespace busbar
