#pragma once
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "engine/control/model/mixer.hpp"
#include "sessions/scene_scope.hpp"

namespace busbar {

/// The present state of all that is in scope, as the values of a scene. Sends to protected cues are left out, and
/// protected cues themselves unless they are among `named`. Parameters of inserts are all there, defaults too.
nlohmann::json store_values(const Mixer& mixer, const SceneScope& scope,
                            const std::set<std::string, std::less<>>& named);

}  // namespace busbar
