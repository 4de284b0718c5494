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

  /// Checks an edit, applies it whole and sends it on to land at engine frame `at` (or the next that can be).
  /// Nothing is changed when it is refused. `is_busy` of the error: the way to the audio thread is full, try again.
  Result<void> edit(const Edit& edit, Frames at);
  static bool is_busy(const Error& error);

  /// The transport stops at engine frame `at`: file sources ramp to silence.
  Result<void> stop(Frames at);

  /// Frees plans that audio has done with and returns what it told. To be called now and then.
  std::vector<Event> tend();

  /// The strip and insert an event's slot means, for a message: `vox/inserts/comp`.
  std::string name_of_insert(std::uint64_t slot) const;

 private:
  ControlLoop(Mixer mixer, TrackChannels channels, Sources sources, Captures captures);
  Result<void> post(std::vector<Change> changes, Frames at);

  Mixer mixer_;
  TrackChannels channels_;
  Sources sources_;
  Captures captures_;
  Routing routing_;
  StateBank bank_;
  std::vector<Change> targets_;
  std::uint64_t generation_ = 0;
  std::uint64_t batches_ = 0;
  std::unique_ptr<Handover> handover_;
};

}  // namespace busbar
