#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>

#include "engine/realtime/dsp/half_band.hpp"
#include "engine/realtime/kernels/true_peak.hpp"

namespace busbar {

/// Finds the peaks of the waveform between samples: the largest magnitude among eight points per sample.
/// Shape   one channel; up to kMost samples in, as many peaks out
/// State   the last samples, nothing else: what is known of a gap depends on the samples around it alone
/// Errors  8 points read a tone at half the rate up to 0.17 dB low, one at a quarter up to 0.04 dB; the first of three
///         half-band filters decides how near to half the rate the waveform is true
/// Source  ITU-R BS.1770-5, annex 2, with eightfold instead of fourfold interpolation
class PeakFinder {
 public:
  static constexpr int kMost = GapFilters::kMost;
  static constexpr int kMaxPairs = HalfBand::kMaxPairs;

  /// `pairs` neighbours on either side decide about a gap. Control thread.
  void use(int pairs, double attenuation_db) {
    filters_.first = HalfBand::kaiser(pairs, attenuation_db);
    filters_.second = HalfBand::kaiser(GapFilters::kSecondPairs, 75.0);
    filters_.third = HalfBand::kaiser(GapFilters::kThirdPairs, 70.0);
    reset();
  }

  void reset() noexcept { past_ = {}; }

  /// A peak belongs to the gap that ends with the sample this many frames earlier.
  int latency() const noexcept {
    return filters_.first.pairs + (GapFilters::kSecondPairs - 1) / 2 + (GapFilters::kThirdPairs + 1) / 4 - 1;
  }

  /// peaks[i]: the largest magnitude in gap i, its end included. If nothing near can reach `floor`, all are 0. `peaks`
  /// has room for kMost.
  void find(const float* in, int count, float floor, float* peaks) noexcept {
    assert(count <= kMost);
    const int held = filters_.held();
    std::array<float, static_cast<std::size_t>(kPast + kMost + kRoom)> x;
    std::copy_n(past_.begin(), held, x.begin());
    std::copy_n(in, count, x.begin() + held);
    std::copy_n(x.begin() + count, held, past_.begin());
    find_peaks(filters_, x.data(), count, floor, peaks);
  }

 private:
  static constexpr int kPast = 2 * kMaxPairs + GapFilters::kLead;
  static constexpr int kRoom = 16;  // so that whole registers may be read

  GapFilters filters_;
  std::array<float, static_cast<std::size_t>(kPast)> past_{};
};

}  // namespace busbar
