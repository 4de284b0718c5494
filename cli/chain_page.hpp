#pragma once
#include "sessions/presets.hpp"

namespace busbar::cli {

/// What is in a chain preset, and how it comes into a session: for a person, or as one JSON object whose `inserts` may
/// stand in a session as they are.
void print_chain(const Preset& chain, bool json);

}  // namespace busbar::cli
