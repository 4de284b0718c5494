#pragma once
#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "cli/demo/song.hpp"

namespace busbar::demo {

/// One channel of a bar, to be added to.
using Line = std::span<double>;

/// sin(2π x) to about 1e-4: a parabola bent once more. Clean enough for an oscillator, and cheap.
inline double sine(double turns) noexcept {
  const double x = 2.0 * (turns - std::floor(turns + 0.5));  // -1 … 1
  const double y = 4.0 * x * (1.0 - std::fabs(x));
  return y * (0.775 + 0.225 * std::fabs(y));
}

/// The factor per frame of a decay by 60 dB in `seconds`.
inline double decay_factor(double seconds) noexcept { return std::pow(10.0, -3.0 / (seconds * kSampleRate)); }

/// The weight of a new input in a one-pole low pass.
inline double pole_weight(double hz) noexcept {
  return 1.0 - std::exp(-2.0 * std::numbers::pi * std::min(hz, 0.45 * kSampleRate) / kSampleRate);
}

class OnePole {
 public:
  explicit OnePole(double hz) noexcept : weight_(pole_weight(hz)) {}
  double low(double x) noexcept { return state_ += weight_ * (x - state_); }
  double high(double x) noexcept { return x - low(x); }

 private:
  double weight_;
  double state_ = 0.0;
};

/// State-variable filter with zero-delay feedback (V. Zavalishin, The Art of VA Filter Design).
class Svf {
 public:
  Svf() = default;
  Svf(double hz, double q) noexcept { tune(hz, q); }
  void tune(double hz, double q) noexcept {
    g_ = std::tan(std::numbers::pi * std::min(hz, 0.45 * kSampleRate) / kSampleRate);
    damping_ = 1.0 / q;
    norm_ = 1.0 / (1.0 + g_ * (g_ + damping_));
  }
  double low(double x) noexcept { return run(x), low_; }
  double high(double x) noexcept { return run(x), high_; }
  /// Peak gain 1 at the centre.
  double band(double x) noexcept { return run(x), band_ * damping_; }

 private:
  void run(double x) noexcept {
    high_ = (x - (damping_ + g_) * s1_ - s2_) * norm_;
    band_ = g_ * high_ + s1_;
    low_ = g_ * band_ + s2_;
    s1_ = g_ * high_ + band_;
    s2_ = g_ * band_ + low_;
  }
  double g_ = 0.0, damping_ = 1.0, norm_ = 1.0;
  double s1_ = 0.0, s2_ = 0.0, high_ = 0.0, band_ = 0.0, low_ = 0.0;
};

/// The notes of one instrument that are sounding. A `Voice` has `double next()` and `bool done() const`.
/// Voices go on over the bar line.
template <typename Voice>
class Voices {
 public:
  /// Starts a voice `at` frames into the bar that is rendered next.
  void start(int at, Voice voice) { sounding_.push_back({at, kNever, 1.0, std::move(voice)}); }
  /// The same for an instrument that sounds once at a time: what sounds is damped within some 8 ms.
  void start_alone(int at, Voice voice) {
    for (Sounding& s : sounding_) s.stop_at = std::min(s.stop_at, at);
    start(at, std::move(voice));
  }
  void add_to(Line out) {
    for (Sounding& s : sounding_) play(s, out);
    std::erase_if(sounding_, [](const Sounding& s) { return s.voice.done() || s.fade < 1e-4; });
  }

 private:
  static constexpr int kNever = 1 << 30;
  struct Sounding {
    int at;
    int stop_at;
    double fade;
    Voice voice;
  };
  static void play(Sounding& s, Line out) {
    const double damping = decay_factor(0.008);
    const int end = static_cast<int>(out.size());
    for (int n = s.at; n < end && !s.voice.done(); ++n) {
      if (n >= s.stop_at) s.fade *= damping;
      out[static_cast<std::size_t>(n)] += s.fade * s.voice.next();
    }
    s.at = std::max(0, s.at - end);
    s.stop_at = s.stop_at == kNever ? kNever : std::max(0, s.stop_at - end);
  }
  std::vector<Sounding> sounding_;
};

}  // namespace busbar::demo
