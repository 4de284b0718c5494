#pragma once
#include <memory>
#include <span>

#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// An instance of a processor with its memory zeroed and touched, standing at `params`.
std::shared_ptr<InsertState> make_insert_state(const InsertType& type, std::span<const float> params, int channels,
                                               double sample_rate);

/// The way of a hardware insert through the interface.
std::unique_ptr<HardwareLoopState> make_hardware_loop(std::span<const float> params, double sample_rate);

/// A delay of `frames` > 0, filled with silence.
/// At unity until it has heard something.
std::shared_ptr<MatchState> make_match_state(double sample_rate);

std::shared_ptr<PathDelayState> make_path_delay(Frames frames);
std::shared_ptr<SignalDelayState> make_signal_delay(Frames frames, int channels);

}  // namespace busbar
