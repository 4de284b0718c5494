// The sum of a half-band filter, for every kernel that interpolates: compiled once for each kind of processor.
#if defined(BUSBAR_HALF_BAND_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef BUSBAR_HALF_BAND_INL
#undef BUSBAR_HALF_BAND_INL
#else
#define BUSBAR_HALF_BAND_INL
#endif

#include <hwy/highway.h>

#include <array>
#include <cstddef>

#include "engine/realtime/dsp/half_band.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<float>;
using WideFloat = hn::Vec<Wide>;

/// Rooms are worked on in whole registers: what lies behind `count`, up to a multiple of this, is read and overwritten.
constexpr int kRounding = 16;
/// In one call of `midpoints`.
constexpr int kMostMidpoints = 320;

#if HWY_TARGET != HWY_SCALAR
/// Calls sink(i, the samples half-way between x[i + pairs - 1] and x[i + pairs], …) for kVectors registers from i on.
/// Two sums for each, so that no product waits long for the last one.
template <int kVectors, typename Sink>
HWY_INLINE void midpoints_at(const HalfBand& filter, const float* HWY_RESTRICT x, int i, const Sink& sink) {
  const Wide d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  const float* after = x + filter.pairs + i;
  const float* before = after - 1;
  WideFloat even[kVectors], odd[kVectors];
  for (int v = 0; v < kVectors; ++v) even[v] = odd[v] = hn::Zero(d);
  int k = 0;
  for (; k + 2 <= filter.pairs; k += 2) {
    const auto tap = hn::Set(d, filter.taps[static_cast<std::size_t>(k)]);
    const auto next = hn::Set(d, filter.taps[static_cast<std::size_t>(k) + 1]);
    for (int v = 0; v < kVectors; ++v) {
      const float *a = after + k + v * lanes, *b = before - k + v * lanes;
      even[v] = hn::MulAdd(tap, hn::Add(hn::LoadU(d, a), hn::LoadU(d, b)), even[v]);
      odd[v] = hn::MulAdd(next, hn::Add(hn::LoadU(d, a + 1), hn::LoadU(d, b - 1)), odd[v]);
    }
  }
  if (k < filter.pairs) {
    const auto tap = hn::Set(d, filter.taps[static_cast<std::size_t>(k)]);
    for (int v = 0; v < kVectors; ++v) {
      const float *a = after + k + v * lanes, *b = before - k + v * lanes;
      even[v] = hn::MulAdd(tap, hn::Add(hn::LoadU(d, a), hn::LoadU(d, b)), even[v]);
    }
  }
  for (int v = 0; v < kVectors; ++v) sink(i + v * lanes, hn::Add(even[v], odd[v]));
}

/// The same for all i < count, of a filter so short that its taps stay in registers.
template <int kPairs, typename Sink>
HWY_INLINE void midpoints_of(const HalfBand& filter, const float* HWY_RESTRICT x, int count, const Sink& sink) {
  const Wide d;
  WideFloat tap[kPairs];
  for (std::size_t k = 0; k < kPairs; ++k) tap[k] = hn::Set(d, filter.taps[k]);
  const float* after = x + kPairs;
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d)), after += hn::Lanes(d)) {
    WideFloat sum[2] = {hn::Zero(d), hn::Zero(d)};
    for (int k = 0; k < kPairs; ++k)
      sum[k % 2] = hn::MulAdd(tap[k], hn::Add(hn::LoadU(d, after + k), hn::LoadU(d, after - 1 - k)), sum[k % 2]);
    sink(i, hn::Add(sum[0], sum[1]));
  }
}
#endif

/// Calls sink(i, the samples half-way between x[i + pairs - 1] and x[i + pairs], …) for all i < count, a register at a
/// time. Reads x up to count + 2·pairs - 2, rounded up.
template <typename Sink>
HWY_INLINE void midpoints(const HalfBand& filter, const float* HWY_RESTRICT x, int count, const Sink& sink) {
  const Wide d;
#if HWY_TARGET == HWY_SCALAR
  float between[kMostMidpoints];
  filter.midpoints(x, count, between);
  for (int i = 0; i < count; ++i) sink(i, hn::LoadU(d, between + i));
#else
  if (filter.pairs == 2) return midpoints_of<2>(filter, x, count, sink);
  if (filter.pairs == 3) return midpoints_of<3>(filter, x, count, sink);
  if (filter.pairs == 4) return midpoints_of<4>(filter, x, count, sink);
  if (filter.pairs == 5) return midpoints_of<5>(filter, x, count, sink);
  if (filter.pairs == 6) return midpoints_of<6>(filter, x, count, sink);
  const int lanes = static_cast<int>(hn::Lanes(d));
  int i = 0;
  for (; i + lanes < count; i += 2 * lanes) midpoints_at<2>(filter, x, i, sink);
  if (i < count) midpoints_at<1>(filter, x, i, sink);
#endif
}

/// Whole registers: room for a multiple of kRounding behind `from` and `to`.
HWY_INLINE void copy_rounded(const float* HWY_RESTRICT from, int count, float* HWY_RESTRICT to) {
  const Wide d;
  const int lanes = static_cast<int>(hn::Lanes(d));
  for (int i = 0; i < count; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
}

}  // namespace busbar::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // the guard of each target
