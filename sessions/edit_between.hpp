#pragma once
#include <optional>

#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"

namespace busbar {

/// A batch of edits that makes `after` of `before`, naming no more than what differs, so that it can also be made on a
/// mixer that differs elsewhere. Nothing if there is none: unknown keys of a strip and the loop, for instance, can be
/// changed by no edit.
std::optional<Edit> edit_between(const Mixer& before, const Mixer& after);

}  // namespace busbar
