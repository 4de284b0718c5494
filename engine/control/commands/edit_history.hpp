#pragma once
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/control/commands/mixer_change.hpp"
#include "engine/control/model/mixer.hpp"

namespace busbar {

/// What a person would call an edit in a list of what was done: `Fader of Kick`, `Remove Glue from Drums`. Strips and
/// groups go by their shown names, of `after` if there is one and `before` has none; inserts by their ids.
std::string name_of(const Edit& edit, const Mixer& before, const Mixer* after = nullptr);

/// The steps that can be undone and done again, without limit but that of memory: the oldest are forgotten first.
/// Edits that share a gesture are one step, also when others came in between (two hands, two faders), as long as those
/// changed other values and are not more than `kGestureReach`. A step keeps only what it changed.
class EditHistory {
 public:
  static constexpr std::size_t kGestureReach = 256;

  explicit EditHistory(std::size_t most_bytes = std::size_t{256} << 20) : most_bytes_(most_bytes) {}

  /// An edit has made `after` of `before`. What was undone can no longer be done again. An edit that changed nothing is
  /// no step.
  void note(const Mixer& before, const Mixer& after, const Edit& edit);
  /// The same of an edit that was made once, but of which it is not known what it changed: its step holds nothing, so
  /// that the undo which takes it back takes back no other.
  void note_unknown(const Edit& edit);
  /// The mixer without the newest step, or nothing if there is none. `now`: the mixer as it is.
  std::optional<Mixer> undo(const Mixer& now);
  /// The mixer with the step undone last, or nothing.
  std::optional<Mixer> redo(const Mixer& now);

  /// Names of the steps, the next one first.
  std::vector<std::string> undo_names() const;
  std::vector<std::string> redo_names() const;
  /// What the steps keep in memory, with all they hold.
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Step {
    std::string name;
    std::string gesture;
    MixerChange change;
    std::size_t bytes = 0;
  };
  static Step step_of(std::string name, std::string gesture, MixerChange change);
  /// Makes an edit a part of the step of its gesture. False: there is none near, or the edit cannot be parted from
  /// what came in between.
  bool join_gesture(const Mixer& before, const Mixer& after, const Edit& edit, const MixerChange& change);
  /// The same where a later step changed the same part: the edit is done again on the states in between.
  bool redo_between(std::size_t at, const Mixer& before, const Mixer& after, const Edit& edit);
  void replace(std::size_t at, MixerChange change);
  void forget_redo();

  std::size_t most_bytes_;
  std::size_t bytes_ = 0;
  std::deque<Step> undo_, redo_;  // the newest last
};

}  // namespace busbar
