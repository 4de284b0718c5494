#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/control/plan/compile_plan.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/core/result.hpp"
#include "engine/realtime/render_block.hpp"

namespace busbar {

/// In place of a frame: the next one that is rendered, before all that is planned for later.
inline constexpr Frames kAtOnce = -1;

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
  /// again when audio has played on. Batches land in the order in which they were sent; those of `kAtOnce` apart.
  bool send(Frames at);
  /// Number of the batch sent last; the event that it has landed bears it. 0: none yet.
  std::uint64_t last_batch() const noexcept { return batches_; }

  // The transport, see TransportState. All at engine frame `at`; false as for `send`.
  /// Starts or jumps: what follows the transport is ramped over to reel `number`, from session frame `place` on.
  bool roll(std::size_t number, Frames place, Frames at);
  /// What follows the transport ramps to silence.
  bool stop(Frames at);
  /// The loop jumps at session frame `end`; none: no loop. Reels that were armed no longer are.
  bool loop(std::optional<Frames> end, Frames at);
  /// Reel `number`, loaded from session frame `place`, waits for the next loop jump.
  bool arm(std::size_t number, Frames place, Frames at);
  /// The hardware outputs ramp to silence.
  bool silence_outputs(Frames at);

  /// Frees plans that audio has done with and returns what it told. To be called now and then.
  std::vector<Event> tend();

  /// The strip and insert an event's slot means, for a message: `vox/inserts/comp`.
  std::string name_of_insert(std::uint64_t slot) const;

 private:
  ControlLoop(Mixer mixer, TrackChannels channels, Sources sources, Captures captures);
  bool post(const std::vector<Change>& changes, Frames at);
  Frames move_length() const;

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
