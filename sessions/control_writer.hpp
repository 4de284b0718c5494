#pragma once
#include "engine/control/model/mixer.hpp"
#include "sessions/json_tree.hpp"
#include "sessions/strip_writer.hpp"

namespace busbar {

/// The JSON of what stands beside the strips, as in a session.
JsonTree tree_of(const Vca& vca);
JsonTree tree_of(const MuteGroup& group);
JsonTree tree_of(const Monitor& monitor);
JsonTree tree_of(const Talkback& talkback);
JsonTree tree_of(const Io& io);
JsonTree tree_of(const Transport& transport);

}  // namespace busbar
