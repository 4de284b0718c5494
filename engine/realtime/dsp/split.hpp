#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

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

/// Three splits make four bands whose sum is flat: the middle one comes first, and each half passes the all-pass of the
/// other half's corner before it is split again, so that all four have been turned by all three corners.
struct SplitTree {
  static constexpr std::size_t kBands = 4, kCorners = 3;
  using Tunings = std::array<SplitTuning, kCorners>;

  std::array<Split, kCorners> splits;
  std::array<SectionState, 2> turns;  ///< of the lower and the upper half

  std::array<Pair, kBands> next(const Tunings& t, const Pair& x) noexcept {
    const Split::Parts halves = splits[1].next(t[1], x);
    const Split::Parts lower = splits[0].next(t[0], turns[0].next(t[2].all, halves.low));
    const Split::Parts upper = splits[2].next(t[2], turns[1].next(t[0].all, halves.high));
    return {lower.low, lower.high, upper.low, upper.high};
  }
  void settle() noexcept {
    for (Split& split : splits) split.settle();
    for (SectionState& turn : turns) turn.settle();
  }
};

}  // namespace busbar
