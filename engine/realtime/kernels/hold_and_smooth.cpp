#include "engine/realtime/kernels/hold_and_smooth.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/hold_and_smooth.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/realtime/kernels/wide_log_exp-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<float>;
using Release = HoldAndSmooth::Release;
constexpr int kMost = HoldAndSmooth::kMost;

HWY_INLINE int lanes_of(Wide d) { return static_cast<int>(hn::Lanes(d)); }

/// In place: each frame becomes the largest of the last `length`. `past` holds the length - 1 frames before. A maximum
/// of 2ⁿ frames is one of two maxima of half as many; the last step may overlap.
HWY_INLINE void hold(int length, float* past, float* io, int count) {
  const Wide d;
  alignas(64) float x[HoldAndSmooth::kMostHold + kMost + 64];
  const int before = length - 1;
  for (int i = 0; i < before; ++i) x[i] = past[i];
  for (int i = 0; i < count; ++i) x[before + i] = io[i];
  for (int i = 0; i < before; ++i) past[i] = x[count + i];
  const auto fold = [d, &x](int distance, int size, float* out) HWY_ATTR {
    for (int i = 0; i < size; i += lanes_of(d))
      hn::StoreU(hn::Max(hn::LoadU(d, x + i), hn::LoadU(d, x + i + distance)), d, out + i);
  };
  int known = 1;
  for (; 2 * known <= length; known *= 2) fold(known, before + count + 1 - 2 * known, x);
  fold(length - known, count, io);
}

/// In place, of pairs: what is held becomes the average of its exponential. A step waits for the last one's product and
/// the larger of two.
template <bool kHasSlow>
HWY_INLINE void follow(HoldAndSmooth& s, const Release& release, float* pairs, int count) {
  const hn::CappedTag<double, 2> d;
  const hn::Rebind<float, decltype(d)> narrow;
  const double fast_share = 1.0 - release.slow_share;
  const auto keep_fast = hn::Set(d, release.keep_fast), keep_slow = hn::Set(d, release.keep_slow);
  const auto to_fast = hn::Set(d, fast_share), to_slow = hn::Set(d, release.slow_share);
  const auto fast_off_slow = hn::Set(d, release.keep_fast * release.slow_share);
  const auto slow_off_fast = hn::Set(d, release.keep_slow * fast_share);
  const auto unit = hn::Set(d, HoldAndSmooth::kUnit), to_whole = hn::Set(d, 6755399441055744.0);  // 1.5·2⁵²
  const auto share = hn::Set(d, 1.0 / (HoldAndSmooth::kUnit * s.first * s.second));
  for (std::size_t c = 0; c < 2; c += hn::Lanes(d)) {
    auto fast = hn::LoadU(d, s.fast.data() + c), slow = hn::LoadU(d, s.slow.data() + c);
    auto sum = hn::LoadU(d, s.sum.data() + c), sums = hn::LoadU(d, s.sum_of_sums.data() + c);
    std::size_t at = s.at;
    for (int i = 0; i < count; ++i, ++at) {
      float* pair = pairs + 2 * i + c;
      auto reduction = hn::PromoteTo(d, hn::LoadU(narrow, pair));
      if constexpr (kHasSlow) {
        // Of charge = max(0, reduction - fast - slow) each gets its share.
        const auto fast_goal = hn::NegMulAdd(slow, slow_off_fast, hn::Mul(reduction, to_fast));
        const auto slow_goal = hn::NegMulAdd(fast, fast_off_slow, hn::Mul(reduction, to_slow));
        fast = hn::Max(hn::Mul(fast, keep_fast), hn::MulAdd(fast, fast_off_slow, fast_goal));
        slow = hn::Max(hn::Mul(slow, keep_slow), hn::MulAdd(slow, slow_off_fast, slow_goal));
        reduction = hn::Max(reduction, hn::Add(fast, slow));
      } else {
        reduction = fast = hn::Max(hn::Mul(fast, keep_fast), reduction);
      }
      const auto whole = hn::Sub(hn::MulAdd(reduction, unit, to_whole), to_whole);
      const auto gone = hn::LoadU(d, s.held[(at - static_cast<std::size_t>(s.first)) & s.mask].data() + c);
      hn::StoreU(whole, d, s.held[at & s.mask].data() + c);
      sum = hn::Add(sum, hn::Sub(whole, gone));
      const auto gone_sum = hn::LoadU(d, s.averaged[(at - static_cast<std::size_t>(s.second)) & s.mask].data() + c);
      hn::StoreU(sum, d, s.averaged[at & s.mask].data() + c);
      sums = hn::Add(sums, hn::Sub(sum, gone_sum));
      hn::StoreU(hn::DemoteTo(narrow, hn::Mul(sums, share)), narrow, pair);
    }
    hn::StoreU(fast, d, s.fast.data() + c);
    hn::StoreU(slow, d, s.slow.data() + c);
    hn::StoreU(sum, d, s.sum.data() + c);
    hn::StoreU(sums, d, s.sum_of_sums.data() + c);
  }
  s.at += static_cast<std::size_t>(count);
}

}  // namespace

HWY_NOINLINE float hold_and_smooth(HoldAndSmooth& state, const Release& release, float* left, float* right, int count) {
  const Wide d;
  hold(state.hold, state.past[0].data(), left, count);
  hold(state.hold, state.past[1].data(), right, count);
  alignas(64) float pairs[2 * (kMost + 16)];
  for (int i = 0; i < count; i += lanes_of(d))
    hn::StoreInterleaved2(hn::LoadU(d, left + i), hn::LoadU(d, right + i), d, pairs + 2 * i);
  if (release.slow_share != 0.0 || state.slow[0] != 0.0 || state.slow[1] != 0.0)
    follow<true>(state, release, pairs, count);
  else
    follow<false>(state, release, pairs, count);
  auto most = hn::Zero(d);
  for (int i = 0; i < count; i += lanes_of(d)) {
    hn::Vec<Wide> l, r;
    hn::LoadInterleaved2(d, pairs + 2 * i, l, r);
    const auto known = hn::FirstN(d, static_cast<std::size_t>(count - i));
    most = hn::Max(most, hn::IfThenElseZero(known, hn::Max(l, r)));
    hn::StoreU(wide_gain(d, hn::Neg(l)), d, left + i);
    hn::StoreU(wide_gain(d, hn::Neg(r)), d, right + i);
  }
  return hn::GetLane(hn::MaxOfLanes(d, most));
}

}  // namespace busbar::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(hold_and_smooth);

float hold_and_smooth(HoldAndSmooth& state, const HoldAndSmooth::Release& release, float* left, float* right,
                      int count) noexcept {
  return HWY_DYNAMIC_DISPATCH(hold_and_smooth)(state, release, left, right, count);
}

}  // namespace busbar
#endif  // HWY_ONCE
