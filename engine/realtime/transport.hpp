#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "engine/core/units.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/scratch.hpp"

namespace busbar {

/// How many stretches of session time may be at hand at once: the one that plays, those that fade out behind it, and
/// those that wait for a jump.
inline constexpr std::size_t kReels = 32;

/// One stretch of session time without a jump, like a reel of tape on a machine of its own: a locate or a loop jump
/// starts the next reel while the last one fades out. Control loads a reel (gives every file source a feed for it),
/// audio plays it and gives it back.
struct Reel {
  Frames offset = 0;       ///< session frame of engine frame 0 of this reel's line of time
  std::uint32_t turn = 0;  ///< counts the reels played: what sources keep for an older turn is void
  int before = -1;         ///< the reel that played when this one began, or none
  Ramp<1> gate;            ///< 1 plays, 0 does not

  // For the slice that runs.
  std::span<const double> curve;  ///< one gain a frame; empty when it simply is 1
  std::array<double, kSlice> curve_memory;
};

/// The transport as the audio thread has it: which reel plays, which ones fade out, where the loop jumps.
class TransportState {
 public:
  static constexpr Frames kNever = std::numeric_limits<Frames>::max();

  /// Reel 0 plays from `session_start`, without a ramp.
  explicit TransportState(Frames session_start) noexcept {
    reels_[0].gate.stand_at({1.0});
    reels_[0].offset = session_start;
    reels_[0].turn = ++turns_;
    active_[active_count_++] = 0;
    current_ = 0;
  }

  /// Reel `number` plays on from session frame `at`, ramped in over `fade` frames, while the one before fades out.
  void roll(std::size_t number, Frames at, Frames now, Frames fade) noexcept {
    const int before = current_;
    stop(now, fade);
    Reel& reel = reels_[number];
    reel.gate.stand_at({0.0});
    reel.gate.go_to({1.0}, now, fade);
    reel.offset = at - now;
    reel.turn = ++turns_;
    reel.before = before;
    active_[active_count_++] = static_cast<std::uint8_t>(number);
    current_ = static_cast<int>(number);
    overdue_ = false;
  }

  /// What plays fades out over `fade` frames; the transport stands at the session frame of `now`.
  void stop(Frames now, Frames fade) noexcept {
    if (current_ < 0) return;
    stopped_at_ = session_frame(now);
    Reel& reel = reels_[static_cast<std::size_t>(current_)];
    reel.gate.at(now);  // a move that has ended is forgotten here, wherever the slices were cut
    reel.gate.go_to({0.0}, now, fade);
    current_ = -1;
  }

  /// The loop jumps when the session comes to frame `end` (kNever: no loop), to the reel that waits.
  void loop_at(Frames end) noexcept {
    loop_end_ = end;
    armed_count_ = 0;
    overdue_ = false;
  }
  /// Reel `number`, loaded from session frame `at`, waits for a loop jump behind those that wait already.
  void arm(std::size_t number, Frames at) noexcept {
    if (armed_count_ == kReels) return;
    armed_[armed_count_++] = {static_cast<std::uint8_t>(number), at};
  }

  /// Frames that may run before the loop jumps, at most `frames`; 0: it is due now and a reel waits for it. A jump for
  /// which none is ready in time is made as soon as one is.
  int until_jump(Frames now, int frames) noexcept {
    if (current_ < 0 || loop_end_ == kNever) return frames;
    const Frames left = loop_end_ - session_frame(now);
    if (left == 0) overdue_ = true;
    if (overdue_) return armed_count_ > 0 ? 0 : frames;
    return left > 0 && left < frames ? static_cast<int>(left) : frames;
  }
  /// Makes the jump that is due; returns the reel that plays now.
  std::size_t jump(Frames now, Frames fade) noexcept {
    const Armed next = armed_[0];
    for (std::size_t n = 1; n < armed_count_; ++n) armed_[n - 1] = armed_[n];
    --armed_count_;
    roll(next.reel, next.at, now, fade);
    return next.reel;
  }

  /// Before each slice: works out the gains of all reels in it and gives back those that have faded out, by calling
  /// `done(number)`.
  template <typename Done>
  void prepare(Frames now, int frames, Done done) noexcept {
    std::size_t kept = 0;
    for (std::size_t n = 0; n < active_count_; ++n) {
      const std::size_t number = active_[n];
      Reel& reel = reels_[number];
      const double gain = reel.gate.at(now)[0];
      if (!reel.gate.moving() && gain == 0.0 && static_cast<int>(number) != current_) {
        done(number);
        continue;
      }
      active_[kept++] = active_[n];
      reel.curve = {};
      if (!reel.gate.moving() && gain == 1.0) continue;
      reel.gate.fill(now, frames, {reel.curve_memory.data()});
      reel.curve = {reel.curve_memory.data(), static_cast<std::size_t>(frames)};
    }
    active_count_ = kept;
  }

  /// The reels that sound, the oldest first.
  std::span<const std::uint8_t> active() const noexcept { return {active_.data(), active_count_}; }
  const Reel& reel(std::size_t number) const noexcept { return reels_[number]; }
  bool rolling() const noexcept { return current_ >= 0; }
  /// Of the reel that began last.
  std::uint32_t turn() const noexcept { return turns_; }
  /// Where the session is at engine frame `now`.
  Frames session_frame(Frames now) const noexcept {
    return current_ < 0 ? stopped_at_ : now + reels_[static_cast<std::size_t>(current_)].offset;
  }

 private:
  struct Armed {
    std::uint8_t reel = 0;
    Frames at = 0;
  };
  std::array<Reel, kReels> reels_{};
  std::array<std::uint8_t, kReels> active_{};
  std::size_t active_count_ = 0;
  std::array<Armed, kReels> armed_{};
  std::size_t armed_count_ = 0;
  int current_ = -1;
  std::uint32_t turns_ = 0;
  Frames stopped_at_ = 0;
  Frames loop_end_ = kNever;
  bool overdue_ = false;
};

}  // namespace busbar
