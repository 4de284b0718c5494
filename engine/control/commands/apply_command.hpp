#pragma once
#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"

namespace busbar {

/// Does one edit (never a batch, undo or redo) that takes the words of a session file: adding, removing and moving
/// parts, setting what is not a plain value. Control reads no JSON, so who opens the engine gives it this
/// (`edit_parts` of sessions/). Checks the value given, but not how the parts then fit together.
using EditParts = Result<Mixer> (*)(const Mixer& mixer, const Edit& edit);

/// The mixer after an edit, or why it is refused; the mixer given stays as it is. `where` of the error is the
/// address. Values are checked against their ranges, and an edit of parts against all rules between them
/// (`check_mixer`), at the end of a batch. Undo and redo are not edits of a mixer but of its history, and refused here.
/// Without `edit_parts` only plain values can be set.
Result<Mixer> apply_edit(const Mixer& mixer, const Edit& edit, EditParts edit_parts = nullptr);

}  // namespace busbar
