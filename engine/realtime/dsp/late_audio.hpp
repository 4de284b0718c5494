#pragma once
#include <array>
#include <bit>
#include <cstddef>
#include <span>

#include "engine/core/units.hpp"
#include "engine/realtime/dsp/delay_line.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

/// The audio of a processor whose detector looks ahead: one or two channels, late by a number of frames that is set
/// when it is prepared. Without a delay it takes no memory and does nothing.
class LateAudio {
 public:
  /// `longest`: frames in one call of `process`.
  void prepare(const PrepareArgs& args, Frames delay, int longest) {
    delay_ = delay;
    if (delay == 0) return;
    const auto needed = static_cast<std::size_t>(delay) + static_cast<std::size_t>(longest);
    for (int c = 0; c < args.channels; ++c)
      lines_[static_cast<std::size_t>(c)].lend(args.memory.take<float>(std::bit_ceil(needed)));
  }
  void clear() noexcept {
    for (DelayLine<float>& line : lines_) line.clear();
  }
  /// Remembers what the other one does, in memory of its own; both were prepared alike.
  void take_over(const LateAudio& other) noexcept {
    for (std::size_t c = 0; c < lines_.size() && delay_ > 0; ++c) lines_[c].take_over(other.lines_[c]);
  }
  /// In place, of channel `c`.
  void process(int c, std::span<float> samples) noexcept {
    if (delay_ == 0) return;
    DelayLine<float>& line = lines_[static_cast<std::size_t>(c)];
    line.write(samples);
    line.read(delay_, samples);
  }

 private:
  std::array<DelayLine<float>, 2> lines_;
  Frames delay_ = 0;
};

}  // namespace busbar
