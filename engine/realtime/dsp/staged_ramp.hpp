#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "engine/realtime/dsp/ramp.hpp"

namespace busbar {

/// What values that make up for each other are off their targets, evenly in dB: each jumps, is off by as much, and
/// comes back on the same curve, so that at every frame what one lacks the others have.
/// A move that follows another by less than an eighth of its length waits for that long, and moves that wait together
/// are one. When a move begins depends on when it was told and nothing else, so all values stay in step through any
/// overlap, whatever else moves them. The value at a frame depends on that frame alone, never on blocks.
class StagedRamp {
 public:
  bool moving() const noexcept { return count_ > 0; }

  /// At frame `now`: is off by `by` more, and gives that up within `length` frames, `lag` frames late.
  void depart(double by, Frames now, Frames length, Frames lag) noexcept {
    retire(now);
    length = std::max<Frames>(length, 1);
    Frames start = now + lag;
    if (count_ > 0) start = std::max(start, moves_[count_ - 1].start + length / kAtOnce);
    if (count_ > 0 && (moves_[count_ - 1].start > now + lag || count_ == kMoves))
      moves_[count_ - 1].by += by;
    else
      moves_[count_++] = {start, length, by};
  }

  /// How far off at `now`; frames must not go back.
  double at(Frames now) noexcept {
    retire(now);
    double off = 0.0;
    for (std::size_t m = 0; m < count_; ++m) off += moves_[m].by * left_of(moves_[m], now);
    return off;
  }

 private:
  static constexpr Frames kAtOnce = 8;       // moves that run at a time
  static constexpr std::size_t kMoves = 16;  // with those that are late or wait
  struct Move {
    Frames start = 0;
    Frames length = 1;
    double by = 0.0;
  };

  static double left_of(const Move& move, Frames now) noexcept {
    const Frames age = std::clamp<Frames>(now - move.start, 0, move.length);
    return 1.0 - smoothstep(static_cast<double>(age) / static_cast<double>(move.length));
  }

  void retire(Frames now) noexcept {
    std::size_t kept = 0;
    for (std::size_t m = 0; m < count_; ++m)
      if (moves_[m].start + moves_[m].length > now) moves_[kept++] = moves_[m];
    count_ = kept;
  }

  std::array<Move, kMoves> moves_{};
  std::size_t count_ = 0;
};

/// Moves gains to `target` evenly in dB: gains = ramp · e^staged, where the ramp is at the new gains at once and
/// `staged` goes from ln(old/new) to 0. False, and nothing is done, if the new gains are not the old ones times a
/// factor above 0.
template <std::size_t N>
bool go_to_in_decibels(Ramp<N>& ramp, StagedRamp& staged, const std::array<double, N>& target, Frames now,
                       Frames length, Frames lag) noexcept {
  const std::array<double, N> before = ramp.target();
  std::size_t largest = 0;
  for (std::size_t k = 1; k < N; ++k)
    if (std::fabs(before[k]) > std::fabs(before[largest])) largest = k;
  if (before[largest] == 0.0) return false;
  const double factor = target[largest] / before[largest];
  if (!(factor > 0.0) || !std::isfinite(factor)) return false;
  for (std::size_t k = 0; k < N; ++k)
    if (std::fabs(target[k] - factor * before[k]) > 1e-12 * std::fabs(target[largest])) return false;
  staged.depart(-std::log(factor), now, length, lag);
  ramp.rescale(factor, target);
  return true;
}

}  // namespace busbar
