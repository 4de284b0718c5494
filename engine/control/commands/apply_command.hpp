#pragma once
#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"

namespace busbar {

/// The mixer after an edit, or why it is refused; the mixer given stays as it is. `where` of the error is the
/// address. Checks the value against its range, but not what only the routing knows.
Result<Mixer> apply_edit(const Mixer& mixer, const Edit& edit);

}  // namespace busbar
