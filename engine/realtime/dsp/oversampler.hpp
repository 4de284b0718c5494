#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

#include "engine/core/units.hpp"
#include "engine/realtime/dsp/half_band.hpp"

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
 public:
  static constexpr int kMost = 64;  ///< samples of the base rate per call
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
    for (Stage& stage : stage_) stage.past_up = stage.past_even = stage.past_odd = {};
  }

  /// out[n·factor()] of in[n]; `out` is a Buffer's.
  void up(const float* in, int count, float* out) noexcept {
    assert(count <= kMost);
    std::copy_n(in, count, out);
    for (int s = 0; s < stages_; ++s) stage_[at(s)].up(count << s, out);
  }

  /// out[n] of in[n·factor()]; `in`, a Buffer, is used up on the way.
  void down(float* in, int count, float* out) noexcept {
    for (int s = stages_; s-- > 0;) stage_[at(s)].down(count << s, in);
    std::copy_n(in, count, out);
  }

 private:
  static constexpr int kPast = 2 * HalfBand::kMaxPairs;

  struct Stage {
    using Past = std::array<float, kPast>;
    using Room = std::array<float, static_cast<std::size_t>(kPast + kMost * kMaxFactor / 2)>;

    HalfBand filter;
    bool keeps_later = false;  // of each two samples, on the way down
    Past past_up{}, past_even{}, past_odd{};

    /// io[0 … count) becomes io[0 … 2·count).
    void up(int count, float* io) noexcept {
      Room x, between;
      const int held = 2 * filter.pairs - 1;
      join(past_up, held, io, 1, count, x);
      filter.midpoints(x.data(), count, between.data());
      const float* middle = x.data() + filter.pairs;
      for (int i = 0; i < count; ++i) {
        io[2 * i] = between[at(i)];
        io[2 * i + 1] = middle[i];
      }
    }

    /// io[0 … 2·count) becomes io[0 … count).
    void down(int count, float* io) noexcept {
      Room even, odd, between;
      const int held = 2 * filter.pairs;
      join(past_even, held, io, 2, count, even);
      join(past_odd, held, io + 1, 2, count, odd);
      // The later one's neighbours are the odd samples up to the newest, its middle an even one; else the other way.
      const float* sides = keeps_later ? odd.data() + 1 : even.data() + 1;
      const float* middle = keeps_later ? even.data() + filter.pairs + 1 : odd.data() + filter.pairs;
      filter.midpoints(sides, count, between.data());
      for (int i = 0; i < count; ++i) io[i] = 0.5f * (middle[i] + between[at(i)]);
    }

    /// What was before and what is new, in a row; then remembers its end.
    static void join(Past& past, int held, const float* in, int step, int count, Room& room) noexcept {
      std::copy_n(past.begin(), held, room.begin());
      for (int i = 0; i < count; ++i) room[at(held + i)] = in[step * i];
      std::copy_n(room.begin() + count, held, past.begin());
    }
  };

  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  /// A stage delays by 4·pairs - 2 samples of its upper rate, by one less if it keeps the later sample, which it does
  /// where the stages above have left an odd number.
  void choose_phases() noexcept {
    int delay = 0;
    for (int s = stages_; s-- > 0;) {
      Stage& stage = stage_[at(s)];
      delay += 4 * stage.filter.pairs - 2;
      stage.keeps_later = delay % 2 != 0;
      delay /= 2;
    }
  }

  int stages_ = 0;
  std::array<Stage, static_cast<std::size_t>(kMaxStages)> stage_;
};

}  // namespace busbar
