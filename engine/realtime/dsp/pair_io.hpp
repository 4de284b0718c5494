#pragma once
#include <array>
#include <cstddef>
#include <span>

#include "engine/core/audio_block.hpp"
#include "engine/realtime/dsp/section.hpp"

namespace busbar {

/// A stretch of at most kSettleEvery frames as pairs; beside a mono strip there are zeros.
using PairBuffer = std::array<Pair, kSettleEvery>;

inline void load_pairs(const AudioBlock& io, PairBuffer& pairs) noexcept {
  const float* left = io.channel(0).data();
  const auto frames = static_cast<std::size_t>(io.frames());
  if (io.channels() == 1) {
    for (std::size_t i = 0; i < frames; ++i) pairs[i].lane = {static_cast<double>(left[i]), 0.0};
    return;
  }
  const float* right = io.channel(1).data();
  for (std::size_t i = 0; i < frames; ++i)
    pairs[i].lane = {static_cast<double>(left[i]), static_cast<double>(right[i])};
}

inline void store_pairs(const PairBuffer& pairs, const AudioBlock& io) noexcept {
  for (int c = 0; c < io.channels(); ++c) {
    float* out = io.channel(c).data();
    for (std::size_t i = 0; i < static_cast<std::size_t>(io.frames()); ++i)
      out[i] = static_cast<float>(pairs[i].lane[static_cast<std::size_t>(c)]);
  }
}

}  // namespace busbar
