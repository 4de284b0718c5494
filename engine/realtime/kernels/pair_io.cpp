#include "engine/realtime/kernels/pair_io.hpp"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/pair_io.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/realtime/kernels/pair_io-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

void load(const float* left, const float* right, double* pairs, std::size_t frames) {
  weave(left, right, pairs, frames);
}

void store(const double* pairs, float* left, float* right, std::size_t frames) { unweave(pairs, left, right, frames); }

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(load);
HWY_EXPORT(store);

void load_pairs(const AudioBlock& io, PairBuffer& pairs) noexcept {
  static constexpr std::array<float, kSettleEvery> kSilence{};
  const float* right = io.channels() == 1 ? kSilence.data() : io.channel(1).data();
  HWY_DYNAMIC_DISPATCH(load)
  (io.channel(0).data(), right, pairs.front().lane.data(), static_cast<std::size_t>(io.frames()));
}

void store_pairs(const PairBuffer& pairs, const AudioBlock& io) noexcept {
  std::array<float, kSettleEvery> unheard;
  float* right = io.channels() == 1 ? unheard.data() : io.channel(1).data();
  HWY_DYNAMIC_DISPATCH(store)
  (pairs.front().lane.data(), io.channel(0).data(), right, static_cast<std::size_t>(io.frames()));
}

}  // namespace busbar
#endif
