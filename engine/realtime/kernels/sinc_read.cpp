#include "engine/realtime/kernels/sinc_read.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/sinc_read.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void weigh(const float* HWY_RESTRICT x, const float* HWY_RESTRICT weights, int count, float* HWY_RESTRICT out) {
  for (int i = 0; i < count; ++i) out[i] = 0.0f;
  for (int m = 0; m < kSincTaps; m += 4) {
    const float a = weights[m], b = weights[m + 1], c = weights[m + 2], d = weights[m + 3];
    for (int i = 0; i < count; ++i) out[i] += (a * x[i + m] + b * x[i + m + 1]) + (c * x[i + m + 2] + d * x[i + m + 3]);
  }
}

#else

namespace hn = hwy::HWY_NAMESPACE;

void weigh(const float* HWY_RESTRICT x, const float* HWY_RESTRICT weights, int count, float* HWY_RESTRICT out) {
  const hn::CappedTag<float, 16> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(decltype(d)()));
  for (int i = 0; i < count; i += kLanes) {
    V even = hn::Mul(hn::Set(d, weights[0]), hn::LoadU(d, x + i));
    V odd = hn::Mul(hn::Set(d, weights[1]), hn::LoadU(d, x + i + 1));
    for (int m = 2; m < kSincTaps; m += 2) {
      even = hn::MulAdd(hn::Set(d, weights[m]), hn::LoadU(d, x + i + m), even);
      odd = hn::MulAdd(hn::Set(d, weights[m + 1]), hn::LoadU(d, x + i + m + 1), odd);
    }
    hn::StoreU(hn::Add(even, odd), d, out + i);
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(weigh);

void read_between(const float* x, const float* weights, int count, float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(weigh)(x, weights, count, out);
}

}  // namespace busbar
#endif
