#pragma once
#include <cmath>
#include <cstdint>

#include "engine/core/units.hpp"

namespace busbar::demo {

inline constexpr double kSampleRate = 48000.0;
inline constexpr double kTempoBpm = 112.0;  // 14 bars of 4/4 last exactly 30 s
inline constexpr int kStepsPerBar = 16;
inline constexpr int kBarsPerForm = 14;
inline constexpr double kFormSeconds = 30.0;

/// The form: two bars of intro, four of verse, two that rise, four of chorus, two that lead back to the start.
enum class Part : std::uint8_t { intro, verse, rise, chorus, turn };

struct Chord {
  int root;  ///< MIDI note in the octave of the bass, E1 (28) … D#2
  bool minor;
};

/// A bar of 4/4 on the time line. The form repeats for ever.
struct Bar {
  std::int64_t number;  ///< since the start of the song
  int in_form;          ///< 0 … kBarsPerForm - 1
  Part part;
  Chord chord;
  Frames from;
  int frames;

  /// Where a sixteenth of this bar begins, in frames since the bar's.
  int step(double sixteenth) const noexcept;
  /// First bar of its part.
  bool opens() const noexcept;
  /// Last bar of its part.
  bool closes() const noexcept;
};

Bar bar_of_song(std::int64_t number);
Part part_of_bar(int in_form);

/// Equal temperament, A4 = 440 Hz.
inline double pitch_hz(double midi_note) noexcept { return 440.0 * std::exp2((midi_note - 69.0) / 12.0); }

/// PCG32 (M. O'Neill, pcg-random.org): small, good, and the same numbers everywhere, unlike std's distributions.
class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_(seed * 2 + 0x853c49e6748fea9bULL) { next(); }
  std::uint32_t next() noexcept {
    const std::uint64_t old = state_;
    state_ = old * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto mixed = static_cast<std::uint32_t>(((old >> 18u) ^ old) >> 27u);
    const auto turn = static_cast<std::uint32_t>(old >> 59u);
    return (mixed >> turn) | (mixed << ((32u - turn) & 31u));
  }
  /// 0 … 1
  double share() noexcept { return next() * 0x1p-32; }
  /// -1 … 1: white noise
  double bipolar() noexcept { return next() * 0x1p-31 - 1.0; }

 private:
  std::uint64_t state_;
};

}  // namespace busbar::demo
