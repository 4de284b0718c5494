#pragma once
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/engine.hpp"

namespace busbar {

/// Writes down what is done in a live run, so that a render makes the same sound: edits, jumps and tracks that were
/// late, each with the frame at which it landed. Control thread.
class RunRecord {
 public:
  explicit RunRecord(Engine& engine);

  /// Takes in what happened before engine frame `now`, where audio was before the events were taken. Of one frame edits
  /// come first, then jumps, then tracks that were late in them.
  void keep(const std::vector<Event>& events, const std::vector<TransportControl::Landed>& moves, Frames now);
  /// What has come since the last call, in order of time.
  std::vector<TimedEdit> take() { return std::exchange(record_, {}); }

 private:
  std::optional<TimedEdit> stall_of(const Event& event) const;

  Engine& engine_;
  std::vector<TimedEdit> record_;
  std::vector<TimedEdit> stalls_;  // that are not on record yet
  Frames kept_to_ = 0;
};

}  // namespace busbar
