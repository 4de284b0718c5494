#pragma once
#include <array>
#include <cstdint>

#include "cli/demo/dsp.hpp"

namespace busbar::demo {

enum class Vowel : std::uint8_t { a, e, i, o, u };

/// How a syllable begins: softly, with a hiss (s), or with a stop (t, k).
enum class Onset : std::uint8_t { soft, hiss, stop };

struct Syllable {
  double midi_note;
  Vowel vowel;
  Onset onset;
  int frames;  ///< how long the tone is held
  double velocity;
};

/// A person: how the voice differs from that of the tables.
struct Throat {
  double formant_scale;  ///< shorter throats resonate higher
  double vibrato_hz;
  double breath;
  std::uint64_t seed;
};

/// One voice, by the source-filter model of speech: pulses of the glottis and breath, through five resonances that
/// glide from vowel to vowel. Formant values as tabulated in the Csound manual (tenor), glottal pulse after
/// A. Rosenberg (JASA 49, 1971).
class Singer {
 public:
  explicit Singer(const Throat& throat);
  /// Begins a syllable now; the pitch glides from the one before if that is still sounding.
  void sing(const Syllable& syllable);
  /// An audible breath, before a phrase.
  void breathe() noexcept { inhale_ = 1.0; }
  double next();

 private:
  static constexpr int kFormants = 5;
  struct Formant {
    double hz, gain, bandwidth;
  };
  using Mouth = std::array<Formant, kFormants>;
  static const Mouth& mouth_of(Vowel vowel);
  void move_mouth();
  void even_out();
  double glottis();
  double consonant();

  Throat throat_;
  Random random_;
  Mouth now_, goal_;
  std::array<Svf, kFormants> resonances_;
  Svf sibilance_{6500.0, 0.8}, burst_{2800.0, 0.9}, air_{1700.0, 0.6};
  OnePole lips_{60.0}, softness_{9000.0};
  double hz_ = 0.0, goal_hz_ = 0.0, phase_ = 0.0, pulse_ = 0.0;
  double level_ = 0.0, goal_level_ = 0.0;
  double loudness_ = 0.0, effort_ = 1.0, goal_effort_ = 1.0;
  double hiss_ = 0.0, stop_ = 0.0, inhale_ = 0.0;
  double vibrato_ = 0.0, vibrato_phase_ = 0.0, drift_ = 0.0;
  int held_ = 0, silent_ = 0, age_ = 0, count_ = 0;
};

}  // namespace busbar::demo
