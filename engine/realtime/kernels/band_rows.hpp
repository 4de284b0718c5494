#pragma once
#include <array>

#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/kernels/pair_io.hpp"

namespace busbar {

/// What a multiband compressor does to four bands at once. Rows hold kSettleEvery frames at most, and may be worked on
/// up to their end: behind `count` they hold nothing.
inline constexpr std::size_t kRowBands = 4;
using BandRow = std::array<float, kSettleEvery>;
using BandRows = std::array<BandRow, kRowBands>;
using BandPairs = std::array<PairBuffer, kRowBands>;

/// The magnitude of the louder lane.
void louder_of(const PairBuffer& pairs, int count, BandRow& row) noexcept;

/// Shares of the way per frame, and reductions in dB as they stand. See dsp/envelope.hpp.
struct BandEnvelopes {
  std::array<double, kRowBands> attack{}, release{};
  std::array<double, kRowBands> reduction_db{};
};

/// In place: the wanted reductions become the smoothed ones.
void follow_bands(BandEnvelopes& envelopes, int count, BandRows& rows) noexcept;

/// A band's gain counts as far as the band is on, and the band as far as no other one is soloed.
struct BandWeight {
  float makeup_db, share, heard;

  float factor(float reduction_db) const noexcept {
    return heard * (1.0f + share * (fast_gain(makeup_db - reduction_db) - 1.0f));
  }
};

/// In place: reductions in dB become the factors by which the bands enter the sum.
void weigh_band(const BandWeight& weight, int count, BandRow& row) noexcept;

/// All bands, each by its row of factors.
void sum_bands(const BandPairs& bands, const BandRows& factors, int count, PairBuffer& out) noexcept;

}  // namespace busbar
