#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"

namespace busbar {

/// One thing that a recall would change. Values are JSON text.
struct SceneChange {
  std::string address;  ///< `/kick/fader_db`
  std::string from;
  std::string to;
};

/// What a recall of a scene would change in a mixer as it is now, in the order of the session; empty if nothing.
/// What is recall-safe, out of the scene's scope, or gone from the session is left out.
Result<std::vector<SceneChange>> preview_scene(const Mixer& mixer, std::string_view id);

/// Edits under `/scene/ID`: add (store), remove, move, `recall`, `update`, and its keys.
Result<Mixer> edit_scene(const Mixer& mixer, const Edit& edit);

}  // namespace busbar
