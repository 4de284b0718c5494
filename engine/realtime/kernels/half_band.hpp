#pragma once
#include <array>
#include <cstddef>

#include "engine/realtime/dsp/half_band.hpp"

namespace busbar {

/// One doubling of the rate, and its way back: a filter and the samples it still needs.
struct HalfBandStage {
  static constexpr int kPast = 2 * HalfBand::kMaxPairs;
  using Past = std::array<float, static_cast<std::size_t>(kPast)>;

  HalfBand filter;
  bool keeps_later = false;  ///< of each two samples, on the way down
  Past past_up{}, past_even{}, past_odd{};
};

/// Of the functions below: stages in a row, and base samples per call.
inline constexpr int kHalfBandStages = 3, kHalfBandMost = 64;

/// out[n·2^count_of_stages] of in[n], n <= kHalfBandMost; `out` has room for as many as kHalfBandMost samples make.
void rate_up(HalfBandStage* stages, int count_of_stages, const float* in, int count, float* out) noexcept;

/// The first `count` of `io` become what the count·2^count_of_stages there were at the base rate; the rest of it, as
/// much as kHalfBandMost samples make, is used up.
void rate_down(HalfBandStage* stages, int count_of_stages, float* io, int count) noexcept;

}  // namespace busbar
