#pragma once
#include <span>

#include "engine/core/audio_block.hpp"

namespace busbar {

/// Scales the side of a stereo block, in place: by `width`, or frame by frame if there is a curve. Frames of width 1
/// keep every bit.
void widen(const AudioBlock& io, float width, std::span<const float> curve) noexcept;

}  // namespace busbar
