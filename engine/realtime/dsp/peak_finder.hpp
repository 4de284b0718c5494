#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "engine/realtime/dsp/half_band.hpp"

namespace busbar {

/// Finds the peaks of the waveform between samples: the largest magnitude among eight points per sample.
/// Shape   one channel; up to kMost samples in, as many peaks out
/// State   the last samples, nothing else: what is known of a gap depends on the samples around it alone
/// Errors  8 points read a tone at half the rate up to 0.17 dB low, one at a quarter up to 0.04 dB; the first of three
///         half-band filters decides how near to half the rate the waveform is true
/// Source  ITU-R BS.1770-5, annex 2, with eightfold instead of fourfold interpolation
class PeakFinder {
 public:
  static constexpr int kMost = 64;
  static constexpr int kMaxPairs = HalfBand::kMaxPairs;

  /// `pairs` neighbours on either side decide about a gap. Control thread.
  void use(int pairs, double attenuation_db) {
    first_ = HalfBand::kaiser(pairs, attenuation_db);
    second_ = HalfBand::kaiser(kSecondPairs, 75.0);
    third_ = HalfBand::kaiser(kThirdPairs, 70.0);
    reset();
  }

  void reset() noexcept { past_ = {}; }

  /// A peak belongs to the gap that ends with the sample this many frames earlier.
  int latency() const noexcept { return first_.pairs + (kSecondPairs - 1) / 2 + (kThirdPairs + 1) / 4 - 1; }

  /// peaks[i]: the largest magnitude in gap i, its end included. If nothing near can reach `floor`, all are 0.
  void find(const float* in, int count, float floor, float* peaks) noexcept {
    assert(count <= kMost);
    const int held = 2 * first_.pairs - 1 + kLead;
    std::array<float, static_cast<std::size_t>(2 * kMaxPairs + kLead + kMost)> x;
    std::copy_n(past_.begin(), held, x.begin());
    std::copy_n(in, count, x.begin() + held);
    std::copy_n(x.begin() + count, held, past_.begin());
    if (largest(x.data(), held + count) * kOvershoot < floor)
      std::fill_n(peaks, count, 0.0f);
    else
      interpolate(x.data(), count, peaks);
  }

 private:
  static constexpr int kSecondPairs = 6, kThirdPairs = 3;
  static constexpr int kLead = 8;  // base samples that are interpolated again for the later filters' sake
  /// No more than this can the waveform rise above the samples around it: the sum of the filters' magnitudes.
  static constexpr float kOvershoot = 6.0f;

  /// Bits that rise with the magnitude: of whole numbers the compiler compares several at a time.
  static std::uint32_t magnitude(float x) noexcept { return std::bit_cast<std::uint32_t>(x) & 0x7fffffffu; }

  static float largest(const float* x, int count) noexcept {
    std::uint32_t most = 0;
    for (int i = 0; i < count; ++i) most = std::max(most, magnitude(x[i]));
    return std::bit_cast<float>(most);
  }

  void interpolate(const float* x, int count, float* peaks) const noexcept {
    std::array<float, 2 * (kMost + kLead)> twice;
    std::array<float, 4 * (kMost + kLead)> four;
    std::array<float, 4 * kMost> between;
    double_rate(first_, x, count + kLead, twice.data());
    constexpr int kSkip2 = 2 * kLead - (2 * kSecondPairs - 1) - 3;  // leaves 3 samples for the third filter
    double_rate(second_, twice.data() + kSkip2, 2 * count + 3, four.data());
    const float* newest = four.data() + 6;  // the four points at double and base rate of gap 0 begin here
    third_.midpoints(newest - (2 * kThirdPairs - 1), 4 * count, between.data());
    const float* middle = newest - kThirdPairs + 1;
    std::array<std::uint32_t, 4 * kMost> most;
    for (std::size_t k = 0; k < 4 * static_cast<std::size_t>(count); ++k)
      most[k] = std::max(magnitude(middle[k]), magnitude(between[k]));
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      peaks[i] = std::bit_cast<float>(
          std::max(std::max(most[4 * i], most[4 * i + 1]), std::max(most[4 * i + 2], most[4 * i + 3])));
  }

  /// out[2i] half-way before out[2i + 1] = x[i + pairs].
  static void double_rate(const HalfBand& filter, const float* x, int count, float* out) noexcept {
    std::array<float, 2 * (kMost + kLead)> between;
    filter.midpoints(x, count, between.data());
    for (int i = 0; i < count; ++i) {
      out[2 * i] = between[static_cast<std::size_t>(i)];
      out[2 * i + 1] = x[i + filter.pairs];
    }
  }

  HalfBand first_, second_, third_;
  std::array<float, static_cast<std::size_t>(2 * kMaxPairs + kLead)> past_{};
};

}  // namespace busbar
