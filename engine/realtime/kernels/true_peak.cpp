#include "engine/realtime/kernels/true_peak.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/true_peak.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/realtime/kernels/half_band-inl.hpp"
#include "engine/realtime/kernels/wide_log_exp-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar::HWY_NAMESPACE {
namespace {

constexpr int kLead = GapFilters::kLead;

/// Samples at `times` the rate, for as many of the base rate as a call and its lead may have, and a register more.
constexpr std::size_t room_for(int times) {
  return static_cast<std::size_t>(times * (GapFilters::kMost + kLead + kRounding));
}

/// out[2i] half-way before out[2i + 1] = x[i + pairs].
HWY_INLINE void between_and_after(const HalfBand& filter, const float* HWY_RESTRICT x, int count,
                                  float* HWY_RESTRICT out) {
  const Wide d;
  const float* middle = x + filter.pairs;
  midpoints(filter, x, count, [d, middle, out](int i, WideFloat between) HWY_ATTR {
    hn::StoreInterleaved2(between, hn::LoadU(d, middle + i), d, out + 2 * i);
  });
}

/// The largest magnitude; what is not a number counts as nothing.
HWY_INLINE float largest(const float* x, int count) {
  const Wide d;
  auto most = hn::Zero(d);
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    const auto known = hn::FirstN(d, static_cast<std::size_t>(count - i));
    const auto magnitude = hn::IfThenElseZero(known, hn::Abs(hn::LoadU(d, x + i)));
    most = hn::IfThenElse(hn::Gt(magnitude, most), magnitude, most);
  }
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

}  // namespace

HWY_NOINLINE void find_peaks(const GapFilters& filters, const float* x, int count, float floor, float* peaks) {
  const Wide d;
  if (largest(x, filters.held() + count) * GapFilters::kOvershoot < floor) {
    for (int i = 0; i < count; ++i) peaks[i] = 0.0f;
    return;
  }
  alignas(64) float twice[room_for(2)], four[room_for(4)], most[room_for(4)];
  between_and_after(filters.first, x, count + kLead, twice);
  constexpr int kSkip2 = 2 * kLead - (2 * GapFilters::kSecondPairs - 1) - 3;  // leaves 3 samples for the third filter
  between_and_after(filters.second, twice + kSkip2, 2 * count + 3, four);
  const float* newest = four + 6;  // the four points at double and base rate of gap 0 begin here
  const float* middle = newest - GapFilters::kThirdPairs + 1;
  midpoints(filters.third, newest - (2 * GapFilters::kThirdPairs - 1), 4 * count,
            [d, middle, &most](int i, WideFloat between)
                HWY_ATTR { hn::StoreU(hn::Max(hn::Abs(hn::LoadU(d, middle + i)), hn::Abs(between)), d, most + i); });
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    WideFloat a, b, c, e;
    hn::LoadInterleaved4(d, most + 4 * i, a, b, c, e);
    hn::StoreU(hn::Max(hn::Max(a, b), hn::Max(c, e)), d, peaks + i);
  }
}

HWY_NOINLINE void peaks_to_reductions(float* peaks, const float* inverse, float margin, int count) {
  const Wide d;
  const auto one = hn::Set(d, 1.0f);
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    const auto ratio = hn::Mul(hn::LoadU(d, peaks + i), hn::LoadU(d, inverse + i));
    const auto above = hn::IfThenElse(hn::Gt(ratio, one), ratio, one);  // not-a-number asks for nothing
    const auto over = hn::Mul(hn::Set(d, 6.020599913f), wide_log2(d, above));
    hn::StoreU(hn::Add(over, hn::Min(over, hn::Set(d, margin))), d, peaks + i);
  }
}

}  // namespace busbar::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(find_peaks);
HWY_EXPORT(peaks_to_reductions);

void find_peaks(const GapFilters& filters, const float* x, int count, float floor, float* peaks) noexcept {
  HWY_DYNAMIC_DISPATCH(find_peaks)(filters, x, count, floor, peaks);
}

void peaks_to_reductions(float* peaks, const float* inverse, float margin, int count) noexcept {
  HWY_DYNAMIC_DISPATCH(peaks_to_reductions)(peaks, inverse, margin, count);
}

}  // namespace busbar
#endif  // HWY_ONCE
