#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/handover/event_ring.hpp"

namespace busbar {

/// Follows edits on their way to audio, so that what was done can be done again. Control thread.
class LandedEdits {
 public:
  /// What edits were sent with.
  struct Vehicle {
    std::uint64_t generation = 0;  ///< of the first plan; 0: none
    std::uint64_t batch = 0;       ///< where there is no plan; 0: they moved nothing
  };
  void sent(std::vector<Edit> edits, Vehicle with);
  /// A plan is on its way that takes out what had faded out by frame `by`.
  void settles(std::uint64_t generation, Frames by);
  /// A plan was adopted, or a batch has landed.
  void take(const Event& event);
  /// See `ControlLoop::take_landed`.
  std::vector<TimedEdit> landed(Frames before);

 private:
  /// Edits that were sent together. They land with their plan, those without one with their batch.
  struct Together {
    std::vector<Edit> edits;
    Vehicle with{};
    Frames landed = -1;
    bool settles = false;  // no edits, but a plan that takes out what has faded out
  };
  std::deque<Together> waiting_;  // in the order in which they were sent
  Frames last_landing_ = 0;
  Frames last_taken_ = -1;
};

}  // namespace busbar
