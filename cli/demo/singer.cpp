#include "cli/demo/singer.hpp"

namespace busbar::demo {
namespace {

constexpr int kMouthStep = 48;  // frames between two positions of the mouth

}  // namespace

const Singer::Mouth& Singer::mouth_of(Vowel vowel) {
  static constexpr Mouth kA{
      {{650, 1.0, 80}, {1080, 0.50, 90}, {2650, 0.45, 120}, {2900, 0.40, 130}, {3250, 0.08, 140}}};
  static constexpr Mouth kE{
      {{400, 1.0, 70}, {1700, 0.20, 80}, {2600, 0.25, 100}, {3200, 0.20, 120}, {3580, 0.10, 120}}};
  static constexpr Mouth kI{
      {{290, 1.0, 40}, {1870, 0.18, 90}, {2800, 0.13, 100}, {3250, 0.10, 120}, {3540, 0.03, 120}}};
  static constexpr Mouth kO{{{400, 1.0, 70}, {800, 0.32, 80}, {2600, 0.25, 100}, {2800, 0.25, 130}, {3000, 0.05, 135}}};
  static constexpr Mouth kU{{{350, 1.0, 40}, {600, 0.10, 60}, {2700, 0.14, 100}, {2900, 0.20, 120}, {3300, 0.05, 120}}};
  switch (vowel) {
    case Vowel::a:
      return kA;
    case Vowel::e:
      return kE;
    case Vowel::i:
      return kI;
    case Vowel::o:
      return kO;
    case Vowel::u:
      return kU;
  }
  return kA;
}

Singer::Singer(const Throat& throat) : throat_(throat), random_(throat.seed), now_(mouth_of(Vowel::a)), goal_(now_) {
  move_mouth();
}

void Singer::sing(const Syllable& syllable) {
  const bool connected = level_ > 0.05;
  goal_hz_ = pitch_hz(syllable.midi_note) * (1.0 + 0.002 * random_.bipolar());
  if (!connected) hz_ = goal_hz_ * 0.965;  // scooped from below
  goal_ = mouth_of(syllable.vowel);
  if (!connected) now_ = goal_;
  goal_level_ = syllable.velocity;
  hiss_ = syllable.onset == Onset::hiss ? 1.0 : 0.0;
  stop_ = syllable.onset == Onset::stop ? 1.0 : 0.0;
  // The voice waits until the consonant has been said.
  silent_ = syllable.onset == Onset::hiss ? 3800 : syllable.onset == Onset::stop ? 1500 : 0;
  held_ = syllable.frames;
  age_ = 0;
}

void Singer::move_mouth() {
  for (std::size_t f = 0; f < kFormants; ++f) {
    now_[f].hz += 0.03 * (goal_[f].hz - now_[f].hz);
    now_[f].gain += 0.03 * (goal_[f].gain - now_[f].gain);
    now_[f].bandwidth += 0.03 * (goal_[f].bandwidth - now_[f].bandwidth);
    const double hz = now_[f].hz * throat_.formant_scale;
    resonances_[f].tune(hz, hz / (1.3 * now_[f].bandwidth));
  }
  // A long note trembles, and nobody's pitch stands still.
  vibrato_ += 0.004 * ((age_ > 16000 ? 0.011 : 0.001) - vibrato_);
  drift_ += 0.01 * (0.004 * random_.bipolar() - drift_);
}

// A singer leans into the vowels that carry less: half of the difference in loudness is made up for.
void Singer::even_out() {
  constexpr double kUsual = 0.03;
  goal_effort_ = std::sqrt(kUsual / (loudness_ / std::max(0.1, goal_level_) + 0.2 * kUsual));
}

double Singer::glottis() {
  vibrato_phase_ += throat_.vibrato_hz / kSampleRate;
  hz_ += 0.0012 * (goal_hz_ - hz_);
  phase_ += hz_ * (1.0 + vibrato_ * sine(vibrato_phase_) + drift_) / kSampleRate;
  phase_ -= phase_ >= 1.0 ? 1.0 : 0.0;
  // Opens over 40 % of the cycle, closes over 16 %; what the ear hears is how fast the flow changes.
  const double t = phase_;
  const double flow = t < 0.40 ? 0.5 - 0.5 * sine(t / 0.80 + 0.25) : t < 0.56 ? sine((t - 0.40) / 0.64 + 0.25) : 0.0;
  const double change = (flow - pulse_) * 9.0;
  pulse_ = flow;
  return softness_.low(change) + throat_.breath * flow * random_.bipolar();
}

double Singer::consonant() {
  if (hiss_ < 1e-3 && stop_ < 1e-3 && inhale_ < 1e-3) return 0.0;
  const double white = random_.bipolar();
  hiss_ *= age_ < 3400 ? 1.0 : 0.997;
  stop_ *= age_ < 120 ? 1.0 : 0.994;
  inhale_ *= 0.99985;
  return 0.055 * hiss_ * sibilance_.high(white) + 0.2 * stop_ * burst_.band(white) +
         0.025 * inhale_ * (1.0 - inhale_) * 4.0 * air_.band(white);
}

double Singer::next() {
  if (level_ < 1e-5 && held_ <= 0 && inhale_ < 1e-3) return level_ = 0.0;
  if (++count_ % kMouthStep == 0) {
    move_mouth();
    even_out();
  }
  ++age_;
  const double noise = consonant();
  const bool voiced = held_ > 0 && age_ > silent_;
  if (held_ > 0) --held_;
  level_ += ((voiced ? goal_level_ : 0.0) - level_) * (voiced ? 0.0009 : silent_ > 0 && held_ > 0 ? 0.003 : 0.0007);
  const double source = level_ * glottis();
  double voice = 0.0;
  for (std::size_t f = 0; f < kFormants; ++f) voice += now_[f].gain * resonances_[f].band(source);
  loudness_ += 0.0004 * (std::fabs(voice) - loudness_);
  effort_ += 0.0004 * (goal_effort_ - effort_);
  return effort_ * lips_.high(voice) + goal_level_ * noise;
}

}  // namespace busbar::demo
