#pragma once
#include <cmath>

#include "engine/core/audio_block.hpp"
#include "engine/realtime/dsp/finite.hpp"
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// All that makes the gain, frame by frame.
inline void fill_gain(TrimState& trim, Frames now, int frames, std::array<double, kSlice>& curve) noexcept {
  std::array<double, kSlice> other;
  trim.gain.fill(now, frames, {curve.data()});
  trim.presence.fill(now, frames, {other.data()});
  for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) curve[i] *= other[i];
  if (!trim.staged.moving()) return;
  for (int i = 0; i < frames; ++i) curve[static_cast<std::size_t>(i)] *= std::exp(trim.staged.at(now + i));
}

/// Rounds a 64-bit sum to the strip's 32-bit signal behind trim and polarity. `curve` is scratch for a moving trim.
/// A sample that would not be finite becomes 0; returns the first such frame, or -1.
inline int round_into_strip(TrimState& trim, const StereoScratch& sum, Frames now, std::array<double, kSlice>& curve,
                            const AudioBlock& out) noexcept {
  const bool moving =
      trim.gain.moving() || trim.staged.moving() || trim.presence.moving() || trim.presence.target()[0] != 1.0;
  if (moving) fill_gain(trim, now, out.frames(), curve);
  const double standing = trim.gain.target()[0];
  int bad = -1;
  for (int c = 0; c < out.channels(); ++c) {
    const double* in = sum.channel(c);
    float* signal = out.channel(c).data();
    if (moving)
      for (int i = 0; i < out.frames(); ++i) signal[i] = static_cast<float>(in[i] * curve[static_cast<std::size_t>(i)]);
    else
      for (int i = 0; i < out.frames(); ++i) signal[i] = static_cast<float>(in[i] * standing);
    bad = first_of(bad, silence_non_finite(signal, out.frames()));
  }
  return bad;
}

}  // namespace busbar
