#include "engine/realtime/kernels/pair_io.hpp"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/pair_io.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// Left and right, four frames at a time as far as they go.
void weave(const float* left, const float* right, double* pairs, std::size_t frames) {
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

void unweave(const double* pairs, float* left, float* right, std::size_t frames) {
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

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(weave);
HWY_EXPORT(unweave);

void load_pairs(const AudioBlock& io, PairBuffer& pairs) noexcept {
  static constexpr std::array<float, kSettleEvery> kSilence{};
  const float* right = io.channels() == 1 ? kSilence.data() : io.channel(1).data();
  HWY_DYNAMIC_DISPATCH(weave)
  (io.channel(0).data(), right, pairs.front().lane.data(), static_cast<std::size_t>(io.frames()));
}

void store_pairs(const PairBuffer& pairs, const AudioBlock& io) noexcept {
  std::array<float, kSettleEvery> unheard;
  float* right = io.channels() == 1 ? unheard.data() : io.channel(1).data();
  HWY_DYNAMIC_DISPATCH(unweave)
  (pairs.front().lane.data(), io.channel(0).data(), right, static_cast<std::size_t>(io.frames()));
}

}  // namespace busbar
#endif
