#pragma once
#include <cstddef>

#include "engine/core/audio_block.hpp"
#include "engine/realtime/dsp/glide.hpp"
#include "engine/realtime/dsp/level_match.hpp"
#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

/// Brings what an insert puts out to the loudness of what it gets, so that bypass compares like with like.
struct MatchState {
  LevelMatch loudness;
  Glide<1> gain;
  SettleClock clock;
};

/// Listens to an insert's input and output, aligned, and turns the output up or down, in place.
inline void match_level(MatchState& match, const AudioBlock& dry, const AudioBlock& wet) noexcept {
  const auto run = [&](int first, int count) {
    const AudioBlock part = wet.part(first, count);
    match.loudness.hear(dry.part(first, count), part);
    for (int i = 0; i < count; ++i) {
      match.gain.advance();
      for (int c = 0; c < part.channels(); ++c) {
        float& x = part.channel(c)[static_cast<std::size_t>(i)];
        x = static_cast<float>(static_cast<double>(x) * match.gain.now()[0]);
      }
    }
  };
  match.clock.drive(wet.frames(), run, [&] {
    match.loudness.conclude(kSettleEvery);
    match.gain.go_to({match.loudness.gain()}, kSettleEvery);
  });
}

}  // namespace busbar
