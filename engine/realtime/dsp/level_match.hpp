#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "engine/core/audio_block.hpp"
#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

/// K-weighting: how loud the ear finds a spectrum. 64 bit.
/// Source  ITU-R BS.1770-5, annex 1; its two filters for any rate, from the analogue prototypes they are made of:
///         a shelf of +4 dB above 1682 Hz, then a high-pass at 38 Hz (B. De Man, "Evaluation of Implementations of the
///         EBU R128 Loudness Measurement", AES 145, 2018)
struct KWeighting {
  struct Section {
    double b0, b1, b2, a1, a2;
  };
  std::array<Section, 2> sections{};

  static KWeighting at(double rate) noexcept {
    return {{shelf(std::min(1681.974450955533, 0.45 * rate), rate), high_pass(38.13547087602444, rate)}};
  }

 private:
  static Section shelf(double hz, double rate) noexcept {
    const double k = std::tan(std::numbers::pi * hz / rate), q = 0.7071752369554196;
    const double high = std::pow(10.0, 3.999843853973347 / 20.0), band = std::pow(high, 0.4996667741545416);
    const double norm = 1.0 / (1.0 + k / q + k * k);
    return {(high + band * k / q + k * k) * norm, 2.0 * (k * k - high) * norm, (high - band * k / q + k * k) * norm,
            2.0 * (k * k - 1.0) * norm, (1.0 - k / q + k * k) * norm};
  }
  static Section high_pass(double hz, double rate) noexcept {
    const double k = std::tan(std::numbers::pi * hz / rate), q = 0.5003270373238773;
    const double norm = 1.0 / (1.0 + k / q + k * k);
    return {1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) * norm, (1.0 - k / q + k * k) * norm};
  }
};

/// Finds the gain that makes what comes out of a processor as loud as what went in: the square root of the ratio of the
/// two K-weighted powers, averaged over everything at first, then over the last seconds. Silence changes nothing.
/// Shape   in and out frame by frame, one or two channels, aligned in time
/// State   four K-weightings and two powers; counts frames, never calls
class LevelMatch {
 public:
  void prepare(double rate) noexcept {
    weighting_ = KWeighting::at(rate);
    frames_of_memory_ = kMemorySeconds * rate;
    frames_of_start_ = kStartSeconds * rate;
    restart(1.0);
  }

  /// Forgets everything; `guess` is the gain until something was heard, and is given up the sooner the less `certain`
  /// it is: as a power that is taken for heard.
  void restart(double guess, double certain = kStartPower) noexcept {
    states_ = {};
    frames_ = frames_of_start_;
    share_ = 1.0 / frames_;
    power_in_ = certain * guess * guess;
    power_out_ = certain;
    gain_ = guess;
  }

  /// What is heard will presently need `ratio` times the gain.
  void foresee(double ratio) noexcept {
    power_in_ *= ratio * ratio;
    gain_ *= ratio;
  }

  /// The states of all four filters run side by side, so that they take the time of one.
  void hear(const AudioBlock& in, const AudioBlock& out) noexcept {
    for (int i = 0; i < in.frames(); ++i) {
      std::array<double, 4> x{};
      for (int c = 0; c < in.channels(); ++c) {
        x[static_cast<std::size_t>(c)] = bounded(in.channel(c)[static_cast<std::size_t>(i)]);
        x[static_cast<std::size_t>(c) + 2] = bounded(out.channel(c)[static_cast<std::size_t>(i)]);
      }
      for (std::size_t s = 0; s < 2; ++s) filter(weighting_.sections[s], states_[s], x);
      power_in_ += share_ * (x[0] * x[0] + x[1] * x[1] - power_in_);
      power_out_ += share_ * (x[2] * x[2] + x[3] * x[3] - power_out_);
    }
  }

  /// Every so many frames: draws the conclusion from what was heard.
  void conclude(int frames) noexcept {
    for (auto& section : states_)
      for (auto& state : section)
        for (double& s : state)
          if (std::fabs(s) < kSettled) s = 0.0;
    frames_ = std::min(frames_ + frames, frames_of_memory_);
    share_ = 1.0 / frames_;
    if (power_in_ > kSilence && power_out_ > 1e-4 * kSilence)
      gain_ = std::clamp(std::sqrt(power_in_ / power_out_), 0.01, 100.0);
  }

  double gain() const noexcept { return gain_; }

 private:
  static constexpr double kMemorySeconds = 6.0, kStartSeconds = 0.5, kStartPower = 1e-2, kSilence = 1e-9;
  using State = std::array<std::array<double, 4>, 2>;  // two integrators of four signals

  static void filter(const KWeighting::Section& f, State& s, std::array<double, 4>& x) noexcept {
    for (std::size_t k = 0; k < 4; ++k) {
      const double y = f.b0 * x[k] + s[0][k];
      s[0][k] = f.b1 * x[k] - f.a1 * y + s[1][k];
      s[1][k] = f.b2 * x[k] - f.a2 * y;
      x[k] = y;
    }
  }

  /// A single sample that is far too loud is not what the rest is measured by.
  static double bounded(float x) noexcept { return static_cast<double>(std::min(std::max(x, -64.0f), 64.0f)); }

  KWeighting weighting_;
  std::array<State, 2> states_{};
  double frames_of_memory_ = 1.0, frames_of_start_ = 1.0;
  double frames_ = 1.0, share_ = 1.0;  // how many frames the average is of, and what a frame counts in it
  double power_in_ = 0.0, power_out_ = 0.0;
  double gain_ = 1.0;
};

}  // namespace busbar
