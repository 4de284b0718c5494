#pragma once
#include "engine/realtime/dsp/half_band.hpp"

namespace busbar {

/// Three doublings of the rate in a row, of which nothing but the largest magnitude between two samples is wanted.
struct GapFilters {
  static constexpr int kMost = 64;                         ///< samples per call
  static constexpr int kSecondPairs = 6, kThirdPairs = 3;  ///< of the shorter filters
  static constexpr int kLead = 8;                          ///< older samples that these two need

  /// No more than this can the waveform rise above the samples around it: the sum of the filters' magnitudes.
  static constexpr float kOvershoot = 6.0f;

  HalfBand first, second, third;

  /// Samples before the first new one.
  int held() const noexcept { return 2 * first.pairs - 1 + kLead; }
};

/// peaks[i]: the largest of the eight magnitudes of gap i, its end included; if nothing near can reach `floor`, all
/// are 0. `x` holds filters.held() + count samples. There must be room behind both for whole registers, up to a
/// multiple of 16.
void find_peaks(const GapFilters& filters, const float* x, int count, float floor, float* peaks) noexcept;

/// In place: peaks become the dB by which they are over what `inverse` is the inverse of; a peak that is over at all
/// counts as up to `margin` dB more, at most twice. Room as above.
void peaks_to_reductions(float* peaks, const float* inverse, float margin, int count) noexcept;

}  // namespace busbar
