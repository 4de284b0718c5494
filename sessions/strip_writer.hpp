#pragma once
#include "engine/control/model/strip.hpp"
#include "sessions/json_tree.hpp"

namespace busbar {

/// The JSON of parts of a session; what has its default is left out where docs/session_format.md says so.
JsonTree tree_of(const Strip& strip);
JsonTree tree_of(const ToHardware& hardware);
JsonTree texts_of(const std::vector<std::string>& texts);

}  // namespace busbar
