#pragma once
#include <array>

#include "engine/core/audio_block.hpp"
#include "engine/realtime/dsp/section.hpp"

namespace busbar {

/// A stretch of at most kSettleEvery frames as pairs; beside a mono strip there are zeros.
using PairBuffer = std::array<Pair, kSettleEvery>;

void load_pairs(const AudioBlock& io, PairBuffer& pairs) noexcept;
void store_pairs(const PairBuffer& pairs, const AudioBlock& io) noexcept;

}  // namespace busbar
