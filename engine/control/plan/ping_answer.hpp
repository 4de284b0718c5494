#pragma once
#include <optional>
#include <span>
#include <string>

#include "engine/control/plan/flow.hpp"

namespace busbar {

/// How many frames after it was played a ping has come back, in either polarity: where what was heard is most like it.
/// Nothing if that is no more like it than what is there by chance. `chip`: frames of each value of its sequence.
std::optional<Frames> find_ping(std::span<const float> heard, int chip);

/// The answer that the hardware insert of that id waits to have read, and lets it ping again. None: it has gone.
/// A negative number: the ping did not come back.
std::optional<Frames> read_ping_answer(const Flow& flow, const std::string& insert);

}  // namespace busbar
