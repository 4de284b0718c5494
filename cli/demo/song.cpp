#include "cli/demo/song.hpp"

#include <array>

namespace busbar::demo {
namespace {

constexpr double kFramesPerStep = 60.0 * kSampleRate / (kTempoBpm * 4.0);

constexpr Chord kEm{28, true}, kG{31, false}, kAm{33, true}, kC{36, false}, kD{38, false};
constexpr std::array<Chord, kBarsPerForm> kChords = {kEm, kC,           // intro
                                                     kEm, kC, kG,  kD,  // verse
                                                     kAm, kD,           // rise
                                                     kG,  kD, kEm, kC,  // chorus
                                                     kAm, kD};          // turn

Frames frame_of(double step) { return static_cast<Frames>(std::llround(step * kFramesPerStep)); }

}  // namespace

Part part_of_bar(int in_form) {
  if (in_form < 2) return Part::intro;
  if (in_form < 6) return Part::verse;
  if (in_form < 8) return Part::rise;
  return in_form < 12 ? Part::chorus : Part::turn;
}

Bar bar_of_song(std::int64_t number) {
  const int in_form = static_cast<int>(number % kBarsPerForm);
  const double first_step = static_cast<double>(number * kStepsPerBar);
  const Frames from = frame_of(first_step);
  const int frames = static_cast<int>(frame_of(first_step + kStepsPerBar) - from);
  return {number, in_form, part_of_bar(in_form), kChords[static_cast<std::size_t>(in_form)], from, frames};
}

int Bar::step(double sixteenth) const noexcept {
  return static_cast<int>(frame_of(static_cast<double>(number * kStepsPerBar) + sixteenth) - from);
}

bool Bar::opens() const noexcept { return in_form == 0 || part_of_bar(in_form - 1) != part; }
bool Bar::closes() const noexcept { return in_form == kBarsPerForm - 1 || part_of_bar(in_form + 1) != part; }

}  // namespace busbar::demo
