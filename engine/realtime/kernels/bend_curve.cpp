#include "engine/realtime/kernels/bend_curve.hpp"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/bend_curve.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::CappedTag<float, 16>;
using F = hn::Vec<Wide>;

/// As far as tanh_of goes: 1 - tanh of it is half a last bit.
constexpr float kTanhLimit = 7.9053111f;

HWY_INLINE F held(F x) noexcept {
  const Wide d;
  const F most = hn::Set(d, kTanhLimit), least = hn::Set(d, -kTanhLimit);
  const F from_below = hn::IfThenElse(hn::Lt(x, least), least, x);
  return hn::IfThenElse(hn::Gt(from_below, most), most, from_below);
}

/// Hyperbolic tangent of |x| <= kTanhLimit in 32 bit. Odd to the last bit, 0 at 0; error below 4·10⁻⁷, relative for
/// small x.
/// Source  rational minimax of degree 13/6, the coefficients those of Eigen's generic tanh (G. Guennebaud, B. Jacob et
///         al., MathFunctionsImpl.h)
HWY_INLINE F tanh_of(F x) noexcept {
  const Wide d;
  const auto with = [d](F sum, F s, float next) HWY_ATTR { return hn::MulAdd(sum, s, hn::Set(d, next)); };
  const F s = hn::Mul(x, x);
  F p = with(hn::Set(d, -2.76076847742355e-16f), s, 2.00018790482477e-13f);
  p = with(p, s, -8.60467152213735e-11f);
  p = with(p, s, 5.12229709037114e-08f);
  p = with(p, s, 1.48572235717979e-05f);
  p = with(p, s, 6.37261928875436e-04f);
  p = with(p, s, 4.89352455891786e-03f);
  F q = with(hn::Set(d, 1.19825839466702e-06f), s, 1.18534705686654e-04f);
  q = with(q, s, 2.26843463243900e-03f);
  q = with(q, s, 4.89352518554385e-03f);
  return hn::Div(hn::Mul(x, p), q);
}

HWY_INLINE F bent(const BendCurve& by, F x, F& even) noexcept {
  const Wide d;
  F u = held(hn::Mul(hn::Set(d, by.in), x));
  if (by.cubic != 0.0f) {
    const F square = hn::Mul(u, u);
    const F rise = hn::MulAdd(hn::Set(d, 0.6f * by.cubic), square, hn::Set(d, by.cubic));
    u = held(hn::MulAdd(hn::Mul(u, square), rise, u));
  }
  const F t = tanh_of(u);
  const F curved = hn::NegMulAdd(hn::Set(d, by.left), x, hn::Mul(hn::Set(d, by.curve), t));
  even = hn::Mul(hn::Set(d, by.curve * by.even), hn::Mul(t, t));
  return by.even == 0.0f ? curved : hn::Add(curved, even);
}

HWY_INLINE void bend_wide(const BendCurve& by, float* samples, float* evens) noexcept {
  const Wide d;
  F even;
  hn::StoreU(bent(by, hn::LoadU(d, samples), even), d, samples);
  if (by.even != 0.0f) hn::StoreU(even, d, evens);
}

void bend_all(const BendCurve& curve, int count, float* samples, float* evens) {
  const BendCurve by = curve;
  const std::size_t lanes = hn::Lanes(Wide()), end = static_cast<std::size_t>(count);
  std::size_t i = 0;
  for (; i + lanes <= end; i += lanes) bend_wide(by, samples + i, evens + i);
  if (i == end) return;
  float last[16] = {}, last_evens[16];
  std::copy(samples + i, samples + end, last);
  bend_wide(by, last, last_evens);
  std::copy_n(last, end - i, samples + i);
  if (by.even != 0.0f) std::copy_n(last_evens, end - i, evens + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(bend_all);

void bend_samples(const BendCurve& by, int count, float* samples, float* evens) noexcept {
  HWY_DYNAMIC_DISPATCH(bend_all)(by, count, samples, evens);
}

}  // namespace busbar
#endif
