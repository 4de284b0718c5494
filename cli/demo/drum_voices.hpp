#pragma once
#include <array>

#include "cli/demo/dsp.hpp"

namespace busbar::demo {

/// A level that falls by 60 dB in `seconds`.
struct Fall {
  double level;
  double factor;
  Fall(double start, double seconds) : level(start), factor(decay_factor(seconds)) {}
  double next() noexcept { return level *= factor; }
};

/// Bass drum: a sine that falls to 52 Hz, the slap of the skin and the click of the beater.
class KickVoice {
 public:
  KickVoice(double velocity, Random& random)
      : body_(0.9 * velocity, 0.42),
        drop_(95.0, 0.11),
        snap_(260.0, 0.03),
        click_(2.4 * velocity * velocity, 0.016),
        noise_(random) {}
  bool done() const noexcept { return body_.level < 1e-4; }
  double next() noexcept {
    phase_ += (52.0 + drop_.next() + snap_.next()) / kSampleRate;
    rise_ += 0.02 * (1.0 - rise_);
    const double white = noise_.bipolar();
    const double click = click_.next() * (beater_.band(white) + 0.5 * slap_.band(white));
    return rise_ * body_.next() * sine(phase_) + click;
  }

 private:
  Fall body_, drop_, snap_, click_;
  Random noise_;
  Svf beater_{3800.0, 1.2}, slap_{1300.0, 1.5};
  double phase_ = 0.0, rise_ = 0.0;
};

/// Snare drum seen from above: four modes of the heads and the stick.
class SnareHeadVoice {
 public:
  SnareHeadVoice(double velocity, Random& random)
      : modes_{{{0.42 * velocity, 0.34}, {0.30 * velocity, 0.24}, {0.16 * velocity, 0.18}, {0.10 * velocity, 0.10}}},
        bend_(28.0, 0.05),
        stick_(0.7 * velocity * velocity, 0.010),
        noise_(random) {}
  bool done() const noexcept { return modes_[0].level < 1e-4; }
  double next() noexcept {
    static constexpr std::array<double, 4> kRatio = {1.0, 1.59, 2.14, 2.92};  // a circular membrane
    phase_ += (187.0 + bend_.next()) / kSampleRate;
    double sum = 0.0;
    for (std::size_t m = 0; m < 4; ++m)
      sum += modes_[m].next() * sine(kRatio[m] * phase_ + 0.1 * static_cast<double>(m));
    rise_ += 0.08 * (1.0 - rise_);
    return rise_ * sum + stick_.next() * tip_.high(noise_.bipolar());
  }

 private:
  std::array<Fall, 4> modes_;
  Fall bend_, stick_;
  Random noise_;
  Svf tip_{2500.0, 0.7};
  double phase_ = 0.0, rise_ = 0.0;
};

/// The wires: noise between 1.5 and 9 kHz, a little later and longer than the head.
class SnareWiresVoice {
 public:
  SnareWiresVoice(double velocity, Random& random) : level_(0.75 * velocity, 0.26), noise_(random) {}
  bool done() const noexcept { return level_.level < 1e-4; }
  double next() noexcept {
    rise_ += 0.02 * (1.0 - rise_);
    return rise_ * level_.next() * top_.low(bottom_.high(noise_.bipolar()));
  }

 private:
  Fall level_;
  Random noise_;
  Svf bottom_{1500.0, 0.8}, top_{9000.0, 0.7};
  double rise_ = 0.0;
};

/// Two plates of metal: six square waves that share no harmonic, and air, above 5 kHz.
class HatVoice {
 public:
  HatVoice(double velocity, double seconds, Random& random) : level_(0.8 * velocity, seconds), noise_(random) {}
  bool done() const noexcept { return level_.level < 1e-4; }
  double next() noexcept {
    static constexpr std::array<double, 6> kHz = {411.0, 609.0, 739.0, 1045.0, 1081.0, 1603.0};
    double metal = 0.0;
    for (std::size_t i = 0; i < 6; ++i) {
      phases_[i] += kHz[i] * 2.0 / kSampleRate;
      phases_[i] -= phases_[i] >= 1.0 ? 1.0 : 0.0;
      metal += phases_[i] < 0.5 ? 1.0 : -1.0;
    }
    return level_.next() * air_.low(edge_.high(plate_.high(0.2 * metal + 0.5 * noise_.bipolar())));
  }

 private:
  Fall level_;
  Random noise_;
  Svf plate_{5600.0, 0.8}, edge_{4600.0, 0.7};
  OnePole air_{9000.0};
  std::array<double, 6> phases_{};
};

/// A tom: the pitch falls as the skin relaxes, a second mode dies sooner.
class TomVoice {
 public:
  TomVoice(double hz, double velocity, Random& random)
      : hz_(hz),
        first_(0.7 * velocity, 0.9),
        second_(0.3 * velocity, 0.3),
        bend_(0.35 * hz, 0.18),
        stick_(0.5 * velocity, 0.012),
        noise_(random) {}
  bool done() const noexcept { return first_.level < 1e-4; }
  double next() noexcept {
    phase_ += (hz_ + bend_.next()) / kSampleRate;
    rise_ += 0.03 * (1.0 - rise_);
    const double skin = first_.next() * sine(phase_) + second_.next() * sine(1.59 * phase_);
    return rise_ * skin + stick_.next() * tip_.band(noise_.bipolar());
  }

 private:
  double hz_;
  Fall first_, second_, bend_, stick_;
  Random noise_;
  Svf tip_{2600.0, 0.9};
  double phase_ = 0.0, rise_ = 0.0;
};

/// A crash or ride: ten partials and a wash of noise.
class CymbalVoice {
 public:
  CymbalVoice(double velocity, double seconds, Random& random)
      : ring_(0.05 * velocity, seconds), wash_(0.55 * velocity, 0.6 * seconds), noise_(random) {
    for (std::size_t i = 0; i < hz_.size(); ++i)
      hz_[i] = 900.0 * std::pow(1.31, static_cast<double>(i)) * (1.0 + 0.02 * random.bipolar());
  }
  bool done() const noexcept { return ring_.level < 1e-5; }
  double next() noexcept {
    time_ += 1.0 / kSampleRate;
    double ring = 0.0;
    for (const double hz : hz_) ring += sine(hz * time_);
    rise_ += 0.004 * (1.0 - rise_);
    return ring_.next() * ring + rise_ * wash_.next() * air_.high(noise_.bipolar());
  }

 private:
  Fall ring_, wash_;
  Random noise_;
  Svf air_{4500.0, 0.7};
  std::array<double, 10> hz_{};
  double time_ = 0.0, rise_ = 0.0;
};

}  // namespace busbar::demo
