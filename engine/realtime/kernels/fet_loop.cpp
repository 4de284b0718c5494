#include "engine/realtime/kernels/fet_loop.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/fet_loop.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/realtime/kernels/wide_log_exp-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// What the curve wants of the louder of both.
template <class D>
HWY_INLINE void want(D d, const GainCurve<float>& curve, const float* left, const float* right, int count, float* out) {
  const auto knee_begins = hn::Set(d, curve.threshold - curve.half_knee), width = hn::Set(d, 2.0f * curve.half_knee);
  const auto slope = hn::Set(d, curve.slope), bend = hn::Set(d, curve.bend);
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    const auto loud = hn::Max(hn::Abs(hn::LoadU(d, left + i)), hn::Abs(hn::LoadU(d, right + i)));
    const auto above = hn::Max(hn::Sub(wide_level_db(d, loud), knee_begins), hn::Zero(d));
    const auto bent = hn::Min(above, width);
    const auto reduction = hn::Mul(slope, hn::MulAdd(hn::Mul(bent, bend), bent, hn::Sub(above, bent)));
    hn::StoreU(reduction, d, out + i);
  }
}

/// The largest magnitude of both in each group of `factor`.
HWY_INLINE void peaks_of(const float* left, const float* right, int frames, int factor, float* out) {
#if HWY_TARGET != HWY_SCALAR
  const hn::Full128<float> d;
  const hn::Repartition<double, decltype(d)> halves;
  const auto peak_at = [d, left, right, factor](int at) HWY_ATTR {
    const auto peak = [d, left, right](int i) HWY_ATTR {
      return hn::Max(hn::Abs(hn::LoadU(d, left + i)), hn::Abs(hn::LoadU(d, right + i)));
    };
    return factor == 8 ? hn::Max(peak(at), peak(at + 4)) : peak(at);
  };
  const auto folded = [d](auto a, auto b)
                          HWY_ATTR { return hn::Max(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b)); };
  if (factor >= 4) {
    for (int i = 0; i < frames; i += 4) {
      const auto a = hn::BitCast(halves, folded(peak_at(i * factor), peak_at((i + 1) * factor)));
      const auto b = hn::BitCast(halves, folded(peak_at((i + 2) * factor), peak_at((i + 3) * factor)));
      const auto lower = hn::BitCast(d, hn::InterleaveLower(halves, a, b));
      hn::StoreU(hn::Max(lower, hn::BitCast(d, hn::InterleaveUpper(halves, a, b))), d, out + i);
    }
    return;
  }
#endif
  for (int i = 0; i < frames; ++i) {
    out[i] = 0.0f;
    for (int k = i * factor; k < (i + 1) * factor; ++k) {
      const float l = left[k] < 0.0f ? -left[k] : left[k], r = right[k] < 0.0f ? -right[k] : right[k];
      const float loud = l > r ? l : r;
      if (loud > out[i]) out[i] = loud;
    }
  }
}

/// The steps of a frame that charges somewhere, one after the other; `io` is what is wanted, and becomes the reduction.
template <std::size_t kFactor>
HWY_INLINE double charge_step_by_step(const FetLoop& loop, double before, float* io) {
  const hn::CappedTag<double, 1> d;
  const auto keep = hn::Set(d, loop.keep), left = hn::Set(d, loop.discharge[1]);
  auto s = hn::Set(d, before);
  for (std::size_t k = 0; k < kFactor; ++k) {
    const auto charge = hn::Set(d, loop.charge * static_cast<double>(io[k]));
    s = hn::Max(hn::MulAdd(s, keep, charge), hn::Mul(s, left));
    io[k] = static_cast<float>(hn::GetLane(s));
  }
  return hn::GetLane(s);
}

/// Most frames charge nowhere: then all their steps are known at once, only one product waits for the last frame, and
/// nobody asks for the level of each step.
template <std::size_t kFactor>
HWY_INLINE void follow(FetLoop& loop, const GainCurve<float>* curve, int curve_step, const float* left,
                       const float* right, const float* most_wanted, int frames, float* out) {
  const hn::CappedTag<double, kFactor> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const hn::CappedTag<float, kFactor> frame;
  double s = loop.reduction;
  for (int i = 0, at = 0; i < frames; ++i, at += static_cast<int>(kFactor)) {
    if (static_cast<double>(most_wanted[i]) > s * loop.onset) {
      want(frame, curve[i * curve_step], left + at, right + at, static_cast<int>(kFactor), out + at);
      s = charge_step_by_step<kFactor>(loop, s, out + at);
      continue;
    }
    for (std::size_t k = 0; k < kFactor; k += hn::Lanes(d)) {
      const auto steps = hn::Mul(hn::Set(d, s), hn::LoadU(d, loop.discharge.data() + k + 1));
      hn::StoreU(hn::DemoteTo(narrow, steps), narrow, out + at + k);
    }
    s *= loop.discharge[kFactor];
  }
  loop.reduction = s;
}

}  // namespace

HWY_NOINLINE void run_fet_loop(FetLoop& loop, const GainCurve<float>* curve, bool stands, const float* left,
                               const float* right, int frames, int factor, float* out) {
  alignas(64) float most[FetLoop::kMostFrames];
  peaks_of(left, right, frames, factor, most);
  if (stands)
    want(hn::ScalableTag<float>(), curve[0], most, most, frames, most);
  else
    for (int i = 0; i < frames; ++i) want(hn::CappedTag<float, 1>(), curve[i], most + i, most + i, 1, most + i);
  const int step = stands ? 0 : 1;
  if (factor == 8)
    follow<8>(loop, curve, step, left, right, most, frames, out);
  else if (factor == 4)
    follow<4>(loop, curve, step, left, right, most, frames, out);
  else if (factor == 2)
    follow<2>(loop, curve, step, left, right, most, frames, out);
  else
    follow<1>(loop, curve, step, left, right, most, frames, out);
}

HWY_NOINLINE float fet_gains(const float* gain_db, const float* reduction, int count, float* gains) {
  const hn::ScalableTag<float> d;
  auto most = hn::Zero(d);
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    const auto reduced = hn::LoadU(d, reduction + i);
    const auto known = hn::FirstN(d, static_cast<std::size_t>(count - i));
    most = hn::Max(most, hn::IfThenElseZero(known, reduced));
    hn::StoreU(wide_gain(d, hn::Sub(hn::LoadU(d, gain_db + i), reduced)), d, gains + i);
  }
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

}  // namespace busbar::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(run_fet_loop);
HWY_EXPORT(fet_gains);

void run_fet_loop(FetLoop& loop, const GainCurve<float>* curve, bool stands, const float* left, const float* right,
                  int frames, int factor, float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(run_fet_loop)(loop, curve, stands, left, right, frames, factor, out);
}

float fet_gains(const float* gain_db, const float* reduction, int count, float* gains) noexcept {
  return HWY_DYNAMIC_DISPATCH(fet_gains)(gain_db, reduction, count, gains);
}

}  // namespace busbar
#endif  // HWY_ONCE
