#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <span>

#include "engine/core/units.hpp"
#include "engine/realtime/dsp/half_band.hpp"
#include "engine/realtime/kernels/sinc_read.hpp"

namespace busbar {

/// Sixteen weights that read a signal between two samples, for any fraction of a sample.
/// Shape   weight m belongs to the sample m - 8 frames from the one at hand
/// Errors  as tested from 44.1 kHz on: 0.003 dB and 0.001 frames up to 15 kHz; no frequency is ever amplified, so
///         that a loop through it is stable
/// Source  sinc under a Kaiser window: T. Laakso et al., "Splitting the Unit Delay", IEEE SP Magazine 13(1), 1996;
///         straight lines between kPhases fractions
class SincTable {
 public:
  static constexpr int kTaps = 16;
  static constexpr int kPhases = 256;
  using Weights = std::array<float, kTaps>;

  /// The one that all share. Control thread.
  static const SincTable& shared() {
    static const SincTable table;
    return table;
  }

  /// 0 <= fraction <= 1, in samples of further delay.
  void weights(double fraction, float* out) const noexcept {
    const double place = fraction * kPhases;
    const auto phase = std::min(static_cast<std::size_t>(place), static_cast<std::size_t>(kPhases - 1));
    const auto share = static_cast<float>(place - static_cast<double>(phase));
    const Weights &a = rows_[phase], &b = rows_[phase + 1];
    for (std::size_t m = 0; m < kTaps; ++m) out[m] = a[m] + share * (b[m] - a[m]);
  }

 private:
  static constexpr double kBeta = 8.0;

  SincTable() {
    for (std::size_t phase = 0; phase < rows_.size(); ++phase) rows_[phase] = row(static_cast<double>(phase) / kPhases);
  }

  static Weights row(double fraction) {
    std::array<double, kTaps> ideal{};
    for (int m = 0; m < kTaps; ++m) {
      const double t = m - kTaps / 2 + fraction, edge = t / (kTaps / 2);
      const double angle = std::numbers::pi * t;
      const double window = std::fabs(edge) < 1.0 ? HalfBand::bessel_i0(kBeta * std::sqrt(1.0 - edge * edge)) : 0.0;
      ideal[static_cast<std::size_t>(m)] = window * (std::fabs(t) < 1e-9 ? 1.0 : std::sin(angle) / angle);
    }
    const bool is_whole = fraction == 0.0 || fraction == 1.0;
    const double scale = 1.0 / highest_gain(ideal);
    Weights weights{};
    for (std::size_t m = 0; m < kTaps; ++m) {
      const bool is_hit = m == kTaps / 2 - static_cast<std::size_t>(fraction);
      weights[m] = is_whole ? (is_hit ? 1.0f : 0.0f) : static_cast<float>(scale * ideal[m]);
    }
    return weights;
  }

  /// The largest magnitude of the frequency response.
  static double highest_gain(const std::array<double, kTaps>& weights) {
    constexpr int kPoints = 256;
    double highest = 0.0;
    for (int k = 0; k <= kPoints; ++k) {
      std::complex<double> sum = 0.0;
      for (int m = 0; m < kTaps; ++m)
        sum += weights[static_cast<std::size_t>(m)] * std::polar(1.0, std::numbers::pi * k * m / kPoints);
      highest = std::max(highest, std::abs(sum));
    }
    return highest * (1.0 + 1e-6);
  }

  std::array<Weights, kPhases + 1> rows_{};
};

/// Remembers a stream, to be read at any fraction of a sample. What came before the first frame is 0. The memory is
/// lent, a power of two of frames and 16 more, larger than the longest delay plus a call plus 16.
class SincLine {
 public:
  static constexpr int kTaps = SincTable::kTaps;
  static constexpr int kAhead = kTaps / 2 - 1;  ///< frames behind the delayed one that must have been written

  static std::size_t memory_for(Frames longest) noexcept {
    return std::bit_ceil(static_cast<std::size_t>(longest) + kTaps) + kTaps;
  }

  void lend(std::span<float> memory) noexcept {
    memory_ = memory;
    mask_ = memory.size() - kTaps - 1;
    assert(std::has_single_bit(mask_ + 1));
    clear();
  }

  /// Forgets everything; costs nothing.
  void clear() noexcept { held_ = 0; }
  bool empty() const noexcept { return held_ == 0; }

  /// Holds what the other one does of the last `frames`; both have memory of the same size.
  void take_over(const SincLine& other, Frames frames) noexcept {
    at_ = other.at_;
    held_ = std::min(other.held_, static_cast<std::size_t>(frames) + kTaps);
    if (held_ >= mask_) {
      std::ranges::copy(other.memory_, memory_.begin());
      return;
    }
    for (std::size_t i = 0; i < held_; ++i) put(at_ - held_ + i, other.memory_[(at_ - held_ + i) & other.mask_]);
  }

  /// Adds what the other one holds of the last `frames`, as far as both reach back; both have memory of the same size.
  void add(const SincLine& other, Frames frames) noexcept {
    const std::size_t count = std::min({held_, other.held_, static_cast<std::size_t>(frames) + kTaps});
    for (std::size_t back = 1; back <= count; ++back) put(at_ - back, sample(back) + other.sample(back));
  }

  void write(const float* samples, int count) noexcept {
    const auto frames = static_cast<std::size_t>(count), to = at_ & mask_;
    const std::size_t before_end = std::min(frames, mask_ + 1 - to);
    std::copy_n(samples, before_end, memory_.begin() + to);
    std::copy_n(samples + before_end, frames - before_end, memory_.begin());
    if (to < kTaps || before_end < frames) std::copy_n(memory_.begin(), kTaps, memory_.begin() + mask_ + 1);
    at_ += frames;
    held_ = std::min(held_ + frames, mask_ + 1);
  }

  /// The value `whole` frames before the next one to be written and what the weights say further. whole > kAhead.
  float read(Frames whole, const float* weights) const noexcept {
    Window room;
    const float* x = window(static_cast<std::size_t>(whole) + kTaps / 2, room);
    float sum[4] = {};
    for (std::size_t m = 0; m < kTaps; m += 4)
      for (std::size_t k = 0; k < 4; ++k) sum[k] += weights[m + k] * x[m + k];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }

  /// The next `count` values at that distance: those of the frames that are to be written next. whole >= kAhead +
  /// count. `out` has room for kMost.
  template <int kMost>
  void read(Frames whole, const float* weights, int count, float* out) const noexcept {
    static_assert(kTaps == kSincTaps && kMost % 16 == 0);
    assert(count <= kMost && whole >= kAhead + count);
    std::array<float, static_cast<std::size_t>(kMost + kTaps)> room{};
    copy(static_cast<std::size_t>(whole) + kTaps / 2, static_cast<std::size_t>(count) + kTaps - 1, room.data());
    read_between(room.data(), weights, count, out);
  }

 private:
  using Window = std::array<float, kTaps>;

  /// The first taps lie behind the end once more, so that any window is in a row.
  void put(std::size_t place, float x) noexcept {
    const std::size_t i = place & mask_;
    memory_[i] = x;
    if (i < kTaps) memory_[mask_ + 1 + i] = x;
  }

  float sample(std::size_t back) const noexcept { return back <= held_ ? memory_[(at_ - back) & mask_] : 0.0f; }

  /// As many samples, the first of them `back` frames before the next one to be written.
  void copy(std::size_t back, std::size_t frames, float* out) const noexcept {
    const std::size_t unknown = back > held_ ? std::min(back - held_, frames) : 0;
    std::fill_n(out, unknown, 0.0f);
    const std::size_t known = frames - unknown, from = (at_ - back + unknown) & mask_;
    const std::size_t before_end = std::min(known, mask_ + 1 - from);
    std::copy_n(memory_.begin() + from, before_end, out + unknown);
    std::copy_n(memory_.begin(), known - before_end, out + unknown + before_end);
  }

  /// Sixteen samples, the first of them `back` frames before the next one to be written.
  const float* window(std::size_t back, Window& room) const noexcept {
    if (back <= held_) return memory_.data() + ((at_ - back) & mask_);
    for (std::size_t m = 0; m < kTaps; ++m) room[m] = sample(back - m);
    return room.data();
  }

  std::span<float> memory_;
  std::size_t mask_ = 0;
  std::size_t at_ = 0;    // of the next frame
  std::size_t held_ = 0;  // frames written since `clear`, at most the memory's size
};

}  // namespace busbar
