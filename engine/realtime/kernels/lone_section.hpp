#pragma once
#include <array>
#include <cmath>
#include <cstddef>

#include "engine/core/audio_block.hpp"
#include "engine/realtime/dsp/section.hpp"

namespace busbar {

/// What a section that runs alone knows of its last frames: what came in, and the integrators before it.
struct SectionPast {
  static constexpr int kMost = 4;

  int known = 0;                                                      ///< frames since the tuning stands, at most kMost
  std::array<Pair, static_cast<std::size_t>(kMost)> s1{}, s2{}, x{};  ///< the newest last
  std::array<double, 2 * kMost + 4> leap{};                           ///< of the tuning, once enough is known

  /// To be called where anything else has touched the section, or its tuning is another one.
  void forget() noexcept { known = 0; }

  /// Ends a tail, as SectionState::settle does.
  void settle() noexcept {
    const auto oldest = static_cast<std::size_t>(kMost - known);
    for (std::size_t c = 0; c < 2; ++c) {
      bool is_over = true;
      for (auto k = oldest; k < s1.size(); ++k)
        is_over = is_over && std::fabs(s1[k].lane[c]) < kSettled && std::fabs(s2[k].lane[c]) < kSettled;
      for (auto k = oldest; k < s1.size() && is_over; ++k) s1[k].lane[c] = s2[k].lane[c] = 0.0;
    }
  }
};

/// A section that has no others to share a register with, in place; at most kSettleEvery frames. It works on several
/// frames at once, each from the state of as many frames before, so that none waits for the one before it: in
/// s' = A·s + B·x, n frames on, s = Aⁿ·s + Aⁿ⁻¹·B·x + … + B·x.
void run_lone_section(const SectionTuning& tuning, SectionState& state, SectionPast& past, Pair* io,
                      int frames) noexcept;

/// The same, to the bit, on one or two channels as they are, each sample rounded on the way out.
void run_lone_section(const SectionTuning& tuning, SectionState& state, SectionPast& past,
                      const AudioBlock& io) noexcept;

}  // namespace busbar
