#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/control/plan/compile_plan.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/core/result.hpp"
#include "engine/realtime/render_block.hpp"

namespace busbar {

/// The control side of a running mixer: owns its value, compiles it, posts plans and values to the audio thread, and
/// frees what comes back. One thread at a time may call it; the audio thread only meets it in the handover.
class ControlLoop {
 public:
  /// Compiles and posts the first plan. The mixer has passed `check_mixer`.
  static Result<std::unique_ptr<ControlLoop>> start(Mixer mixer, TrackChannels channels, Sources sources,
                                                    Captures captures);

  const Mixer& mixer() const noexcept { return mixer_; }
  const Routing& routing() const noexcept { return routing_; }
  Handover& handover() noexcept { return *handover_; }

  /// Checks an edit and applies it to the mixer, whole; nothing is changed when it is refused. Audio hears of it with
  /// the next `send`.
  Result<void> edit(const Edit& edit);
  /// Sends all that edits have moved since the last time as one batch, to land at engine frame `at` (or the next that
  /// can be): however many edits, a value moves once. False if there is no room for it now; nothing is lost, so call
  /// again when audio has played on. Batches land in the order in which they were sent.
  bool send(Frames at);
  /// The transport stops at engine frame `at`: what follows it ramps to silence. False as for `send`.
  bool stop(Frames at);

  /// Frees plans that audio has done with and returns what it told. To be called now and then.
  std::vector<Event> tend();

  /// The strip and insert an event's slot means, for a message: `vox/inserts/comp`.
  std::string name_of_insert(std::uint64_t slot) const;

 private:
  ControlLoop(Mixer mixer, TrackChannels channels, Sources sources, Captures captures);
  bool post(const std::vector<Change>& changes, Frames at);

  Mixer mixer_;
  TrackChannels channels_;
  Sources sources_;
  Captures captures_;
  Routing routing_;
  StateBank bank_;
  std::vector<Change> targets_;  // as last sent
  std::uint64_t generation_ = 0;
  std::uint64_t batches_ = 0;
  std::unique_ptr<Handover> handover_;
};

}  // namespace busbar
