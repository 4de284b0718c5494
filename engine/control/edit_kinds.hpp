#pragma once
#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"

namespace busbar {

/// How long a recalled scene takes, in seconds; 0 for other edits.
double fade_of(const Mixer& mixer, const Edit& edit);

/// True for a trim that moves what follows it, so that the sound stays.
bool is_staging(const Edit& edit);

/// True if a trim has moved one way and its fader the other: the step of a staged trim, taken back or done again.
bool was_staged(const Mixer& before, const Mixer& after);

}  // namespace busbar
