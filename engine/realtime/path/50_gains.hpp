#pragma once
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Fader, VCA, send level, pan, balance, width and mute of one way out of a strip: reads the tap, multiplies in
/// 64 bit and writes both sides of `out`. False if the path is shut, and `out` is then all zeros.
bool apply_gains(PathState& gains, const AudioBlock& tap, Frames now, std::array<std::array<double, kSlice>, 5>& curves,
                 StereoScratch& out) noexcept;

}  // namespace busbar
