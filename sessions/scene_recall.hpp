#pragma once
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "sessions/scenes.hpp"

namespace busbar {

/// A recall and the list of what it changes, made in one walk, so that a preview says what a recall does.
struct SceneRecall {
  Mixer mixer;
  std::vector<SceneChange> changes;
};

/// Refuses a scene with a value that may not be, and says where it stands.
Result<SceneRecall> recall_scene(const Mixer& mixer, const Scene& scene);

}  // namespace busbar
