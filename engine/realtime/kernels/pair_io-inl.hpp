// Per-target include guard: a kernel includes this once for each target, inside of nothing.
#if defined(BUSBAR_KERNELS_PAIR_IO_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef BUSBAR_KERNELS_PAIR_IO_INL_HPP
#undef BUSBAR_KERNELS_PAIR_IO_INL_HPP
#else
#define BUSBAR_KERNELS_PAIR_IO_INL_HPP
#endif

#include <hwy/highway.h>

#include <cstddef>

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Left and right, four frames at a time as far as they go.
HWY_INLINE void weave(const float* left, const float* right, double* pairs, std::size_t frames) {
  std::size_t i = 0;
#if HWY_MAX_BYTES >= 32 && HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<float, 4> four;
  const hn::CappedTag<double, 4> wide;
  for (; i + 4 <= frames; i += 4) {
    const auto l = hn::LoadU(four, left + i), r = hn::LoadU(four, right + i);
    hn::StoreU(hn::PromoteTo(wide, hn::InterleaveLower(four, l, r)), wide, pairs + 2 * i);
    hn::StoreU(hn::PromoteTo(wide, hn::InterleaveUpper(four, l, r)), wide, pairs + 2 * i + 4);
  }
#endif
  for (; i < frames; ++i) {
    pairs[2 * i] = static_cast<double>(left[i]);
    pairs[2 * i + 1] = static_cast<double>(right[i]);
  }
}

HWY_INLINE void unweave(const double* pairs, float* left, float* right, std::size_t frames) {
  std::size_t i = 0;
#if HWY_MAX_BYTES >= 32 && HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<float, 4> four;
  const hn::CappedTag<double, 4> wide;
  for (; i + 4 <= frames; i += 4) {
    const auto first = hn::DemoteTo(four, hn::LoadU(wide, pairs + 2 * i));
    const auto second = hn::DemoteTo(four, hn::LoadU(wide, pairs + 2 * i + 4));
    hn::StoreU(hn::ConcatEven(four, second, first), four, left + i);
    hn::StoreU(hn::ConcatOdd(four, second, first), four, right + i);
  }
#endif
  for (; i < frames; ++i) {
    left[i] = static_cast<float>(pairs[2 * i]);
    right[i] = static_cast<float>(pairs[2 * i + 1]);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
