#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "engine/core/units.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/section.hpp"
#include "engine/realtime/dsp/sibilance_shelf.hpp"
#include "engine/realtime/kernels/gain_rows.hpp"
#include "engine/realtime/kernels/sections.hpp"
#include "engine/realtime/kernels/sibilance_shelf.hpp"

namespace busbar {

/// The filters of a de-esser: a high pass that hears nothing but hiss, and a shelf that turns the highs down by an
/// amount that may be another one each frame.
///   detector   Butterworth, 24 dB per octave, at 0.6 of the frequency
///   shelf      dsp/sibilance_shelf.hpp, at 0.7 of the frequency
class SibilanceFilters {
 public:
  void prepare(double sample_rate) noexcept {
    sample_rate_ = sample_rate;
    reset();
  }

  void reset() noexcept {
    detector_ = {};
    shelf_ = {};
    hz_ = 0.0;
    glide_left_ = 0;
  }

  /// At the first frame of a call.
  void set(double hz) noexcept {
    if (hz == hz_) return;
    const bool starts = hz_ == 0.0;
    hz_ = hz;
    target_ = tunings_at(hz, sample_rate_);
    if (starts) now_ = target_;
    from_ = now_;
    glide_left_ = starts ? 0 : kGlide;
  }

  /// In place: what the detector hears.
  void pick(Pair* key, int frames) noexcept {
    const int gliding = std::min(frames, glide_left_);
    for (int i = 0; i < gliding; ++i) {
      const Tunings& now = between(i);
      for (std::size_t k = 0; k < kDetector; ++k) key[i] = detector_[k].next(now.detector[k], key[i]);
    }
    std::array<SectionRef, kDetector> refs;
    for (std::size_t k = 0; k < kDetector; ++k) refs[k] = {&target_.detector[k], &detector_[k]};
    run_sections(refs, key + gliding, frames - gliding);
  }

  /// In place, after `pick` of the same frames: turns the highs down by `reduction` dB. At most kSettleEvery frames.
  void cut_highs(Pair* io, const float* reduction, int frames) noexcept {
    std::array<float, kSettleEvery> roots;
    gains_of_share(-0.125f, reduction, roots.data(), frames);
    const int gliding = std::min(frames, glide_left_);
    for (int i = 0; i < gliding; ++i)
      io[i] = shelf_.next(between(i).shelf, static_cast<double>(roots[static_cast<std::size_t>(i)]) - 1.0, io[i]);
    run_sibilance_shelf(target_.shelf, shelf_, roots.data() + gliding, io + gliding, frames - gliding);
    glide_left_ -= gliding;
    if (glide_left_ == 0) now_ = target_;
  }

  void settle() noexcept {
    std::ranges::for_each(detector_, &SectionState::settle);
    shelf_.settle();
  }

  /// One passes the shelf; the detector is heard when listened to.
  static Frames tail(double hz, double rate) noexcept {
    Frames frames = 0;
    for (const double k : SibilanceShelf::kDamping)
      frames += settle_frames(SvfTuning::pole_radius(corner(0.7, hz, rate), 1.0 / k, rate));
    return frames;
  }

 private:
  static constexpr int kGlide = static_cast<int>(kGrid);
  static constexpr std::size_t kDetector = 2, kShelf = SibilanceShelf::kSections;
  /// 2·sin((2i - 1)π/8), the resonant one last.
  static constexpr std::array<double, kDetector> kDetectorDamping{1.8477590650225735, 0.7653668647301796};

  struct Tunings {
    std::array<SectionTuning, kDetector> detector;
    SibilanceShelf::Tunings shelf;
  };

  static double corner(double share, double hz, double rate) noexcept { return std::min(share * hz, 0.45 * rate); }

  static Tunings tunings_at(double hz, double rate) noexcept {
    Tunings t;
    const double g = std::tan(std::numbers::pi * corner(0.6, hz, rate) / rate);
    for (std::size_t k = 0; k < kDetector; ++k)
      t.detector[k] = SectionTuning::second_order(g, kDetectorDamping[k], 1.0, 0.0, 0.0);
    for (std::size_t k = 0; k < kShelf; ++k)
      t.shelf[k] = SvfTuning::at(corner(0.7, hz, rate), 1.0 / SibilanceShelf::kDamping[k], rate);
    return t;
  }

  /// The tunings of frame i of a stretch during which they glide.
  const Tunings& between(int i) noexcept {
    const double t = static_cast<double>(kGlide + 1 - glide_left_ + i) / kGlide;
    const auto mean = [t](double a, double b) { return a + t * (b - a); };
    for (std::size_t k = 0; k < kDetector; ++k) now_.detector[k] = from_.detector[k].towards(target_.detector[k], t);
    for (std::size_t k = 0; k < kShelf; ++k) {
      const SvfTuning &a = from_.shelf[k], &b = target_.shelf[k];
      now_.shelf[k] = {mean(a.g, b.g),        mean(a.high_e, b.high_e), mean(a.high_s1, b.high_s1),
                       mean(a.s1_e, b.s1_e),  mean(a.s1_s1, b.s1_s1),   mean(a.s2_e, b.s2_e),
                       mean(a.s2_s1, b.s2_s1)};
    }
    return now_;
  }

  double sample_rate_ = 48000.0, hz_ = 0.0;
  int glide_left_ = 0;
  Tunings now_{}, from_{}, target_{};
  std::array<SectionState, kDetector> detector_;
  SibilanceShelf shelf_;
};

/// A peak, held for the few milliseconds from one half wave to the next. Each frame's is that of two frames before,
/// fallen twice, or what has come in since, so that none waits for the one before it.
class PeakHold {
 public:
  void prepare(double sample_rate) noexcept { keep_ = std::exp(-1.0 / (kHoldSeconds * sample_rate)); }
  void reset() noexcept { peak_ = before_ = last_ = 0.0; }
  void settle() noexcept {
    if (std::max({peak_, before_, last_}) < kSettled) reset();
  }
  /// In place: magnitudes become the peak that is held.
  void follow(float* row, int frames) noexcept {
    const double keep = keep_, keep_twice = keep * keep;
    double peak = peak_, before = before_, last = last_;
    for (int i = 0; i < frames; ++i) {
      const auto x = static_cast<double>(row[i]);
      const double held = std::max(std::max(x, keep * last), keep_twice * before);
      row[i] = static_cast<float>(held);
      before = peak;
      peak = held;
      last = x;
    }
    peak_ = peak;
    before_ = before;
    last_ = last;
  }

 private:
  static constexpr double kHoldSeconds = 0.005;
  double keep_ = 0.0;
  double peak_ = 0.0, before_ = 0.0, last_ = 0.0;  // held at the last frame and the one before; what came in last
};

/// A switch whose edge is a fade of 20 ms: 0 is off, 1 is on. What changes during a fade waits for its end.
class SwitchFade {
 public:
  void prepare(double sample_rate) noexcept {
    length_ = std::max<Frames>(1, to_frames(kMoveSeconds, sample_rate));
    reset();
  }
  void reset() noexcept {
    started_ = on_ = wanted_ = false;
    age_ = length_;
  }
  /// At the first frame of a call.
  void set(bool wanted) noexcept {
    wanted_ = wanted;
    if (!started_) on_ = wanted;
    started_ = true;
    begin_if_due();
  }
  bool is_off() const noexcept { return !on_ && age_ == length_; }

  /// The weight of the next frame.
  double next() noexcept {
    if (age_ == length_) return on_ ? 1.0 : 0.0;
    const double weight = smoothstep(static_cast<double>(++age_) / static_cast<double>(length_));
    const double now = on_ ? weight : 1.0 - weight;
    begin_if_due();
    return now;
  }

 private:
  void begin_if_due() noexcept {
    if (age_ < length_ || wanted_ == on_) return;
    on_ = wanted_;
    age_ = 0;
  }

  Frames length_ = 1, age_ = 1;
  bool started_ = false, on_ = false, wanted_ = false;
};

}  // namespace busbar
