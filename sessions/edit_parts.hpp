#pragma once
#include "engine/control/commands/apply_command.hpp"

namespace busbar {

/// The edits that take the words of a session file, see `EditParts`: `add`, `remove` and `move` of strips, sends,
/// inserts, clips, VCAs, mute groups, scenes and markers, and `set` of any key of theirs, by the reading rules of the
/// session file. Removing a bus sends its feeders to its output and drops the sends to it. Audio files that an edit
/// names must lie in the session's folder.
Result<Mixer> edit_parts(const Mixer& mixer, const Edit& edit);
/// The same for who has leave to play files from anywhere.
Result<Mixer> edit_parts_anywhere(const Mixer& mixer, const Edit& edit);

}  // namespace busbar
