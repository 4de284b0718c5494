#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

#include "engine/core/units.hpp"
#include "engine/realtime/dsp/half_band.hpp"
#include "engine/realtime/kernels/half_band.hpp"

namespace busbar {

/// Runs a piece of the signal at 2, 4 or 8 times the rate, through half-band filters of linear phase, one per doubling.
/// Shape   one channel; up() takes n samples and gives n·factor(), down() the other way, n <= kMost
/// State   the last samples of each filter; no recurrence: zeros in are exact zeros out after 2·latency() samples
/// Errors  up and down together delay by exactly latency() samples of the base rate, flat in the filters' pass band;
///         each sample depends on the samples alone, never on how they are cut into calls
/// Source  polyphase half-band interpolators and decimators in a row: R. E. Crochiere, L. R. Rabiner, "Multirate
///         Digital Signal Processing", 1983. A filter of p pairs delays by 2p - 1/2 samples of its upper rate on the
///         way up and on the way down; which one of the two samples the way down keeps makes the sum a whole number.
template <int kMaxStages>
class Oversampler {
  static_assert(kMaxStages <= kHalfBandStages);

 public:
  static constexpr int kMost = kHalfBandMost;  ///< samples of the base rate per call
  static constexpr int kMaxFactor = 1 << kMaxStages;
  /// Room for the oversampled samples of a call.
  using Buffer = std::array<float, static_cast<std::size_t>(kMost* kMaxFactor)>;

  /// The filters from the base rate upwards; none: the signal passes as it is. Control thread.
  template <std::size_t N>
  void use(const std::array<HalfBand, N>& filters, int stages) {
    static_assert(N <= kMaxStages);
    assert(stages <= static_cast<int>(N));
    stages_ = stages;
    for (std::size_t s = 0; s < N; ++s) stage_[s].filter = filters[s];
    choose_phases();
    reset();
  }

  int factor() const noexcept { return 1 << stages_; }

  /// Delay of up and down together, in samples of the base rate.
  Frames latency() const noexcept {
    std::array<int, static_cast<std::size_t>(kMaxStages)> pairs{};
    for (std::size_t s = 0; s < pairs.size(); ++s) pairs[s] = stage_[s].filter.pairs;
    return latency_of(pairs, stages_);
  }

  /// The same for filters of so many pairs, from the base rate upwards.
  template <std::size_t N>
  static constexpr Frames latency_of(const std::array<int, N>& pairs, int stages) noexcept {
    int delay = 0;  // in samples of the lower rate of the stages so far, from the top
    for (int s = stages; s-- > 0;) delay = (4 * pairs[at(s)] - 2 + delay) / 2;
    return delay;
  }

  void reset() noexcept {
    for (HalfBandStage& stage : stage_) stage.past_up = stage.past_even = stage.past_odd = {};
  }

  /// out[n·factor()] of in[n]; `out` is a Buffer's.
  void up(const float* in, int count, float* out) noexcept {
    assert(count <= kMost);
    if (stages_ == 0)
      std::copy_n(in, count, out);
    else
      rate_up(stage_.data(), stages_, in, count, out);
  }

  /// out[n] of in[n·factor()]; `in`, a Buffer, is used up on the way, and may be `out`.
  void down(float* in, int count, float* out) noexcept {
    assert(count <= kMost);
    rate_down(stage_.data(), stages_, in, count);
    if (in != out) std::copy_n(in, count, out);
  }

 private:
  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  /// A stage delays by 4·pairs - 2 samples of its upper rate, by one less if it keeps the later sample, which it does
  /// where the stages above have left an odd number.
  void choose_phases() noexcept {
    int delay = 0;
    for (int s = stages_; s-- > 0;) {
      HalfBandStage& stage = stage_[at(s)];
      delay += 4 * stage.filter.pairs - 2;
      stage.keeps_later = delay % 2 != 0;
      delay /= 2;
    }
  }

  int stages_ = 0;
  std::array<HalfBandStage, static_cast<std::size_t>(kMaxStages)> stage_;
};

}  // namespace busbar
