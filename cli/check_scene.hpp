#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/json.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "sessions/scenes.hpp"

namespace busbar::cli {

/// A scene, and what a recall of it would change in its session.
struct ScenePreview {
  Scene scene;
  std::vector<SceneChange> changes;
};

/// Looks at a scene of a session that has no errors. Nothing, and an error among the findings, if there is no such
/// scene or its recall would be refused: for a value of it, or for the mixer that it would make.
std::optional<ScenePreview> preview_for_check(const Mixer& mixer, const std::string& id, Findings& findings);

/// `Kick | Fader | -2.5 dB → -4 dB`, a line for each change, or that there is none.
void print_preview(const Mixer& mixer, const ScenePreview& preview);

/// A list of `address`, `from`, `to`.
Json changes_json(const ScenePreview& preview);

}  // namespace busbar::cli
