#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/units.hpp"

namespace busbar {

/// Values of a plan change on a grid of this many frames, counted from the engine's first.
inline constexpr Frames kGrid = 16;

/// How long moves take, in seconds: long enough to stay below -100 dBFS beside a 997 Hz tone, short enough to feel
/// like the hand. A switch (mute, solo, send on) is quicker than a fader.
inline constexpr double kMoveSeconds = 0.020;
inline constexpr double kSwitchSeconds = 0.010;

/// Quintic smoothstep t³(10 − 15t + 6t²): value, slope and curvature meet at both ends, so that the spectrum of a
/// move falls with the fourth power of the distance from the tone. 0 ≤ t ≤ 1.
constexpr double smoothstep(double t) noexcept { return t * t * t * (10.0 + t * (6.0 * t - 15.0)); }

/// N values that move together to new targets. A move is a step smoothed over `length` frames, and moves add up:
/// one that starts during another leaves that one's slope untouched, and each ends exactly on its target. A long move
/// that a shorter one overtakes is faded out by it, so that nothing overshoots: what is left of the one is multiplied
/// by what is left of the other. The value at a frame depends on that frame alone, never on blocks. Moves beyond the
/// eighth at a time wait until the oldest has ended; of those that wait the newest counts.
template <std::size_t N>
class Ramp {
 public:
  using Values = std::array<double, N>;

  /// Stands at `target` from now on.
  void stand_at(const Values& target) noexcept {
    target_ = target;
    count_ = 0;
    has_pending_ = false;
  }

  /// At frame `now`: moves to `target`, beginning `delay` frames later.
  void go_to(const Values& target, Frames now, Frames length, Frames delay = 0) noexcept {
    retire(now);
    if (count_ == kMoves) {
      pending_ = {now + delay, length, target};
      has_pending_ = true;
      return;
    }
    begin(target, now + delay, length);
  }

  /// As `go_to`, and what is on its way is overtaken even if it goes to the same target: all has ended `length` frames
  /// after the begin.
  void hurry_to(const Values& target, Frames now, Frames length, Frames delay) noexcept {
    go_to(target, now, length, delay);
    const Frames end = now + delay + length;
    const auto is_late = [end](const Move& move) { return end_of(move) > end; };
    if (count_ == kMoves || std::none_of(moves_.begin(), moves_.begin() + static_cast<std::ptrdiff_t>(count_), is_late))
      return;
    const Move& last = moves_[count_ - 1];
    if (last.start == now + delay && last.length == length) return;  // it overtakes them itself
    moves_[count_++] = {.start = now + delay, .length = std::max<Frames>(length, 1), .delta = {}};
  }

  /// Gives up moves that would begin at frame `from` or later and have not begun by `now`: the target is what it was
  /// before them. What has begun goes on. To be followed by `go_to`.
  void call_off(Frames now, Frames from) noexcept {
    retire(now);
    has_pending_ = false;
    std::size_t kept = 0;
    for (std::size_t m = 0; m < count_; ++m) {
      if (moves_[m].start <= now || moves_[m].start < from)
        moves_[kept++] = moves_[m];
      else
        for (std::size_t k = 0; k < N; ++k) target_[k] -= moves_[m].delta[k];
    }
    count_ = kept;
  }

  /// All values are multiplied by `factor`, those on their way too; the target becomes `target`.
  void rescale(double factor, const Values& target) noexcept {
    for (std::size_t m = 0; m < count_; ++m)
      for (double& delta : moves_[m].delta) delta *= factor;
    for (double& value : target_) value *= factor;
    (has_pending_ ? pending_.delta : target_) = target;
  }

  /// The target becomes `target`, and every value on its way moves along, at once.
  void shift(const Values& target) noexcept {
    const Values before = this->target();
    for (std::size_t k = 0; k < N; ++k) target_[k] += target[k] - before[k];
    (has_pending_ ? pending_.delta : target_) = target;
  }

  const Values& target() const noexcept { return has_pending_ ? pending_.delta : target_; }
  bool moving() const noexcept { return count_ > 0; }
  /// The frame at which the newest move began.
  Frames last_start() const noexcept { return last_start_; }

  /// The value at `now`; frames must not go back.
  Values at(Frames now) noexcept {
    retire(now);
    Values value = target_;
    for (std::size_t m = 0; m < count_; ++m) {
      const double left = left_of(m, now);
      for (std::size_t k = 0; k < N; ++k) value[k] -= moves_[m].delta[k] * left;
    }
    return value;
  }

  /// Writes the values of the frames [now, now + count) to out[0 … N-1]. Frames must not go back.
  void fill(Frames now, int count, const std::array<double*, N>& out) noexcept {
    int done = 0;
    while (done < count) {
      retire(now + done);
      const int run = static_cast<int>(std::min<Frames>(count - done, until_next_end(now + done)));
      for (std::size_t k = 0; k < N; ++k) std::fill_n(out[k] + done, run, target_[k]);
      for (std::size_t m = 0; m < count_; ++m) subtract(m, now + done, run, out, done);
      done += run;
    }
  }

 private:
  static constexpr std::size_t kMoves = 8;
  struct Move {
    Frames start = 0;
    Frames length = 1;
    Values delta{};  // from the old target to the new
  };

  static double remaining(const Move& move, Frames now) noexcept {
    const Frames age = std::max<Frames>(0, now - move.start);
    return 1.0 - smoothstep(static_cast<double>(age) / static_cast<double>(move.length));
  }

  static Frames end_of(const Move& move) noexcept { return move.start + move.length; }

  /// What is left of the m-th move, with those that overtake it.
  double left_of(std::size_t m, Frames now) const noexcept {
    double left = remaining(moves_[m], now);
    for (std::size_t k = m + 1; k < count_; ++k)
      if (end_of(moves_[k]) < end_of(moves_[m])) left *= remaining(moves_[k], now);
    return left;
  }

  void subtract(std::size_t m, Frames now, int run, const std::array<double*, N>& out, int offset) const noexcept {
    for (int i = 0; i < run; ++i) {
      const double left = left_of(m, now + i);
      for (std::size_t k = 0; k < N; ++k) out[k][offset + i] -= moves_[m].delta[k] * left;
    }
  }

  void begin(const Values& target, Frames now, Frames length) noexcept {
    if (target == target_) return;
    Move& move = moves_[count_++];
    move.start = now;
    move.length = std::max<Frames>(length, 1);
    for (std::size_t k = 0; k < N; ++k) move.delta[k] = target[k] - target_[k];
    target_ = target;
    last_start_ = now;
  }

  /// Forgets moves that are over: they, or one that overtook them, have ended.
  void retire(Frames now) noexcept {
    std::size_t kept = 0;
    for (std::size_t m = 0; m < count_; ++m) {
      bool is_over = false;
      for (std::size_t k = m; k < count_; ++k)
        is_over |= end_of(moves_[k]) <= now && end_of(moves_[k]) <= end_of(moves_[m]);
      if (!is_over) moves_[kept++] = moves_[m];
    }
    count_ = kept;
    if (has_pending_ && count_ < kMoves) {
      has_pending_ = false;
      begin(pending_.delta, std::max(now, pending_.start), pending_.length);
    }
  }

  Frames until_next_end(Frames now) const noexcept {
    Frames next = std::int64_t{1} << 40;
    for (std::size_t m = 0; m < count_; ++m) next = std::min(next, moves_[m].start + moves_[m].length - now);
    return next;
  }

  Values target_{};
  std::array<Move, kMoves> moves_{};
  Move pending_{};  // `delta` holds the target itself
  std::size_t count_ = 0;
  Frames last_start_ = 0;
  bool has_pending_ = false;
};

}  // namespace busbar
