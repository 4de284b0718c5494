#include "engine/realtime/kernels/gain_rows.hpp"

#include "engine/realtime/dsp/log_exp.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/gain_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

// Plain loops, which the compiler makes as wide as the target is: the functions of dsp/ are inlined, and give the same
// bits everywhere.

void bend(const GainCurve<float>& of, float* row, int count) {
  const GainCurve<float> curve = of;
  for (int i = 0; i < count; ++i) row[i] = curve.reduction_db(fast_level_db(row[i]));
}

void factors(const float* gain_db, const float* reduction_db, float* HWY_RESTRICT gains, int count) {
  for (int i = 0; i < count; ++i) gains[i] = fast_gain(gain_db[i] - reduction_db[i]);
}

void clamp(float threshold_db, float slope, float range_db, float* row, int count) {
  for (int i = 0; i < count; ++i) {
    const float over = slope * (fast_level_db(row[i]) - threshold_db);
    const float most = over < range_db ? over : range_db;
    row[i] = most > 0.0f ? most : 0.0f;
  }
}

void shares(float share, const float* db, float* HWY_RESTRICT gains, int count) {
  for (int i = 0; i < count; ++i) gains[i] = fast_gain(share * db[i]);
}

float largest(const float* row, int count) {
  float most = 0.0f;
  int i = 0;
#if HWY_TARGET != HWY_SCALAR
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::ScalableTag<float> d;
  constexpr int kLanes = HWY_LANES(float);
  auto wide = hn::Zero(d);
  for (; i + kLanes <= count; i += kLanes) wide = hn::Max(hn::LoadU(d, row + i), wide);
  most = hn::GetLane(hn::MaxOfLanes(d, wide));
#endif
  for (; i < count; ++i) most = row[i] > most ? row[i] : most;
  return most;
}

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(bend);
HWY_EXPORT(clamp);
HWY_EXPORT(factors);
HWY_EXPORT(shares);
HWY_EXPORT(largest);

void bend_levels(const GainCurve<float>& curve, float* row, int count) noexcept {
  HWY_DYNAMIC_DISPATCH(bend)(curve, row, count);
}

void gains_of(const float* gain_db, const float* reduction_db, float* gains, int count) noexcept {
  HWY_DYNAMIC_DISPATCH(factors)(gain_db, reduction_db, gains, count);
}

void clamp_levels(float threshold_db, float slope, float range_db, float* row, int count) noexcept {
  HWY_DYNAMIC_DISPATCH(clamp)(threshold_db, slope, range_db, row, count);
}

void gains_of_share(float share, const float* db, float* gains, int count) noexcept {
  HWY_DYNAMIC_DISPATCH(shares)(share, db, gains, count);
}

float largest_of(const float* row, int count) noexcept { return HWY_DYNAMIC_DISPATCH(largest)(row, count); }

}  // namespace busbar
#endif
