#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/section.hpp"

namespace busbar {

/// Splits a signal in two at a corner, 24 dB per octave, so that both together are an all-pass: flat at any gain that
/// both share.
/// Source  S. Linkwitz, R. Riemer, JAES 24(1) 1976: two Butterworth low passes in a row. The high part is what the
///         all-pass has beyond the low one, which is the two high passes in a row exactly
struct SplitTuning {
  SectionTuning low, all;  ///< two outputs of the same integrators

  static SplitTuning at(double hz, double sample_rate) noexcept {
    const double g = std::tan(std::numbers::pi * std::min(hz, 0.45 * sample_rate) / sample_rate);
    constexpr double k = std::numbers::sqrt2;
    return {SectionTuning::second_order(g, k, 0.0, 0.0, 1.0), SectionTuning::second_order(g, k, 1.0, -k, 1.0)};
  }
  SplitTuning towards(const SplitTuning& to, double t) const noexcept {
    return {low.towards(to.low, t), all.towards(to.all, t)};
  }
};

struct Split {
  SectionState first, second;

  struct Parts {
    Pair low, high;
  };
  Parts next(const SplitTuning& t, const Pair& x) noexcept {
    SectionState same = first;
    const Pair all = same.next(t.all, x);
    Parts parts{second.next(t.low, first.next(t.low, x)), all};
    for (std::size_t c = 0; c < 2; ++c) parts.high.lane[c] -= parts.low.lane[c];
    return parts;
  }
  void settle() noexcept {
    first.settle();
    second.settle();
  }
};

/// Four bands whose sum is flat: the middle corner splits first, and each half passes the all-pass of the other half's
/// corner before it splits again, so that all four have been turned by all three corners. Corners glide.
class FourBands {
 public:
  static constexpr std::size_t kBands = 4, kCorners = 3;
  using Corners = std::array<double, kCorners>;

  void prepare(double sample_rate) noexcept {
    sample_rate_ = sample_rate;
    reset();
  }

  void reset() noexcept {
    splits_ = {};
    turns_ = {};
    started_ = false;
    glide_left_ = 0;
    corners_ = {};
  }

  /// Rising corners, at the first frame of a call.
  void set(const Corners& corners) noexcept {
    if (started_ && corners == corners_) return;
    for (std::size_t k = 0; k < kCorners; ++k)
      if (!started_ || corners[k] != corners_[k]) target_[k] = SplitTuning::at(corners[k], sample_rate_);
    corners_ = corners;
    if (!started_) now_ = target_;
    from_ = now_;
    glide_left_ = started_ ? kGlide : 0;
    started_ = true;
  }

  void split(const Pair* in, int frames, const std::array<Pair*, kBands>& bands) noexcept {
    int done = 0;
    for (; done < frames && glide_left_ > 0; ++done, --glide_left_) {
      const double t = static_cast<double>(kGlide + 1 - glide_left_) / kGlide;
      for (std::size_t k = 0; k < kCorners; ++k) now_[k] = from_[k].towards(target_[k], t);
      run(now_, in, done, 1, bands);
    }
    if (glide_left_ == 0) now_ = target_;
    run(now_, in, done, frames - done, bands);
  }

  void settle() noexcept {
    std::ranges::for_each(splits_, &Split::settle);
    std::ranges::for_each(turns_, &SectionState::settle);
  }

 private:
  static constexpr int kGlide = static_cast<int>(kGrid);
  using Tunings = std::array<SplitTuning, kCorners>;

  void run(const Tunings& t, const Pair* in, int first, int count, const std::array<Pair*, kBands>& bands) noexcept {
    auto splits = splits_;
    auto turns = turns_;
    for (int i = first; i < first + count; ++i) {
      const Split::Parts halves = splits[1].next(t[1], in[i]);
      const Split::Parts lower = splits[0].next(t[0], turns[0].next(t[2].all, halves.low));
      const Split::Parts upper = splits[2].next(t[2], turns[1].next(t[0].all, halves.high));
      bands[0][i] = lower.low;
      bands[1][i] = lower.high;
      bands[2][i] = upper.low;
      bands[3][i] = upper.high;
    }
    splits_ = splits;
    turns_ = turns;
  }

  double sample_rate_ = 48000.0;
  bool started_ = false;
  int glide_left_ = 0;
  Corners corners_{};
  Tunings now_{}, from_{}, target_{};
  std::array<Split, kCorners> splits_;
  std::array<SectionState, 2> turns_;
};

}  // namespace busbar
