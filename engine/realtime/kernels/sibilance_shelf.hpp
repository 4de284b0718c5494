#pragma once
#include "engine/realtime/dsp/sibilance_shelf.hpp"

namespace busbar {

/// In place; tunings stand, `roots` are √G of each frame. At most kSettleEvery frames.
void run_sibilance_shelf(const SibilanceShelf::Tunings& tunings, SibilanceShelf& shelf, const float* roots, Pair* io,
                         int frames) noexcept;

}  // namespace busbar
