#pragma once
#include <algorithm>
#include <cmath>

#include "engine/core/units.hpp"

namespace busbar {

/// A recurrence never reaches zero by itself: it shrinks until its numbers become denormal, which is slow, and its
/// output is never silent. Below this (-600 dB) a state counts as zero.
inline constexpr double kSettled = 1e-30;
/// The largest state a declared tail reckons with: signals up to +80 dBFS, and 40 dB for resonances and double poles.
inline constexpr double kLoudest = 1e6;
/// How many frames apart states are looked at.
inline constexpr int kSettleEvery = 64;

/// Says when to look whether a state has settled: every kSettleEvery frames since the state began. Counting frames
/// of its own, and not calls, it gives the same samples however a stretch of time is cut into calls; looking once in a
/// while keeps the test out of the recurrence, whose speed it would halve.
class SettleClock {
 public:
  void restart() noexcept { age_ = 0; }

  /// Calls run(first, count) for pieces that make up [0, frames), and settle() at the end of each that a look is due.
  template <typename Run, typename Settle>
  void drive(int frames, Run run, Settle settle) noexcept {
    for (int done = 0; done < frames;) {
      const int count = std::min(frames - done, kSettleEvery - age_);
      run(done, count);
      done += count;
      age_ = (age_ + count) % kSettleEvery;
      if (age_ == 0) settle();
    }
  }

 private:
  int age_ = 0;  // 0 … kSettleEvery - 1
};

/// Frames after which a linear state whose poles lie within `radius` < 1 has surely been put to zero:
/// kLoudest · radiusⁿ = kSettled, and the wait for the next look.
inline Frames settle_frames(double radius) noexcept {
  return static_cast<Frames>(std::ceil(std::log(kLoudest / kSettled) / -std::log(radius))) + kSettleEvery;
}

}  // namespace busbar
