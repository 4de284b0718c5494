// Per-target include guard: a kernel includes this once for each target, inside of nothing.
#if defined(BUSBAR_KERNELS_WAVE_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef BUSBAR_KERNELS_WAVE_INL_HPP
#undef BUSBAR_KERNELS_WAVE_INL_HPP
#else
#define BUSBAR_KERNELS_WAVE_INL_HPP
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "engine/realtime/dsp/section.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// A chain of filter sections on both lanes of a pair, side by side in registers: R registers of L lanes, two lanes
/// each. What one section puts out the next one takes in kWaveSkew steps later, so that all work at once, each on a
/// frame of its own: section k is at frame t - kWaveSkew·k in step t. With more than one step of skew none waits for
/// the shuffle of the one before. A frame's arithmetic is the same wherever a call begins or ends.
#if HWY_MAX_BYTES >= 32 && HWY_TARGET != HWY_SCALAR
inline constexpr int kWaveSkew = 2;

/// Of a section's left lane in all registers. The last section lies highest, so that its output is always in the same
/// place; lanes below the first one idle.
template <std::size_t L, std::size_t R>
constexpr std::size_t lane_of(std::size_t section, std::size_t count) noexcept {
  return R * L - 2 * (count - section);
}

/// does(0), does(1) … with numbers known to the compiler: no loop keeps registers in memory.
template <std::size_t... I, class Do>
HWY_INLINE void each(std::index_sequence<I...>, Do does) noexcept {
  (does(std::integral_constant<std::size_t, I>{}), ...);
}

/// Lanes two further up; the highest two come out lowest.
template <class D, class V>
HWY_INLINE V turned(D d, V v) noexcept {
  if constexpr (hn::MaxLanes(D()) == 2) return v;
  if constexpr (hn::MaxLanes(D()) == 4) return hn::SwapAdjacentBlocks(v);
#if HWY_MAX_BYTES >= 64
  if constexpr (hn::MaxLanes(D()) == 8) {
    alignas(64) static constexpr std::int64_t kFrom[8] = {6, 7, 0, 1, 2, 3, 4, 5};
    return hn::TableLookupLanes(v, hn::SetTableIndices(d, kFrom));
  }
#endif
}

template <class D, class V>
HWY_INLINE void store_last_pair(D d, V v, double* out) noexcept {
  if constexpr (hn::MaxLanes(D()) == 2) {
    hn::StoreU(v, d, out);
  } else {
    const hn::Half<D> half;
    store_last_pair(half, hn::UpperHalf(half, v), out);
  }
}

/// The integrators of a chain in registers.
template <std::size_t L, std::size_t R>
struct WaveState {
  using V = hn::Vec<hn::CappedTag<double, L>>;
  V s1[R], s2[R];

  /// of(k): the state of section k.
  template <class Of>
  void load(std::size_t count, Of of) noexcept {
    const hn::CappedTag<double, L> d;
    alignas(64) double first[R * L] = {}, second[R * L] = {};
    for (std::size_t k = 0; k < count; ++k)
      for (std::size_t c = 0; c < 2; ++c) {
        first[lane_of<L, R>(k, count) + c] = of(k).s1.lane[c];
        second[lane_of<L, R>(k, count) + c] = of(k).s2.lane[c];
      }
    each(std::make_index_sequence<R>{}, [&](auto r) {
      s1[r] = hn::Load(d, &first[r * L]);
      s2[r] = hn::Load(d, &second[r * L]);
    });
  }

  template <class Of>
  void store(std::size_t count, Of of) const noexcept {
    const hn::CappedTag<double, L> d;
    alignas(64) double first[R * L], second[R * L];
    each(std::make_index_sequence<R>{}, [&](auto r) {
      hn::Store(s1[r], d, &first[r * L]);
      hn::Store(s2[r], d, &second[r * L]);
    });
    for (std::size_t k = 0; k < count; ++k)
      for (std::size_t c = 0; c < 2; ++c) {
        of(k).s1.lane[c] = first[lane_of<L, R>(k, count) + c];
        of(k).s2.lane[c] = second[lane_of<L, R>(k, count) + c];
      }
  }
};

/// Runs `count` sections over `frames` pairs, in place. next(r, at, x, s1, s2), r a constant, gives the output of the
/// sections of register r in step `at`, and makes s1 and s2 their next state.
template <std::size_t L, std::size_t R, class Next>
HWY_INLINE void run_wave(WaveState<L, R>& state, std::size_t count, double* io, int frames, Next next) noexcept {
  const hn::CappedTag<double, L> d;
  using V = hn::Vec<decltype(d)>;
  constexpr auto kEvery = std::make_index_sequence<R>{};
  alignas(64) double ages[R * L];  // of a lane's frame in the first step; below 0 before its first
  for (std::size_t lane = 0; lane < R * L; ++lane)
    ages[lane] = kWaveSkew * (static_cast<double>(lane_of<L, R>(0, count) / 2) - static_cast<double>(lane / 2));
  const auto lowest = hn::FirstN(d, 2);
  const auto entry = hn::Eq(hn::Load(d, ages), hn::Zero(d));
  const V end = hn::Set(d, static_cast<double>(frames));
  const int lead = kWaveSkew * (static_cast<int>(count) - 1);

  V s1[R], s2[R], due[R], later[R], age[R];
  each(kEvery, [&](auto r) {
    s1[r] = state.s1[r];
    s2[r] = state.s2[r];
    age[r] = hn::Load(d, &ages[r * L]);
    due[r] = later[r] = hn::Zero(d);
  });
  // Step `at`. At either end of a call some sections have no frame to work on, and keep their state.
  const auto step = [&](int at, auto is_end) {
    V x[R];
    x[0] = hn::LoadDup128(d, io + 2 * std::min(at, frames - 1));
    if constexpr (L > 2) x[0] = hn::IfThenElse(entry, x[0], due[0]);
    each(kEvery, [&](auto r) {
      if constexpr (r > 0) x[r] = hn::IfThenElse(lowest, due[r - 1], due[r]);
    });
    each(kEvery, [&](auto r) {
      V next1 = s1[r], next2 = s2[r];
      const V y = next(r, at, x[r], next1, next2);
      if constexpr (is_end()) {
        const auto works = hn::And(hn::Ge(age[r], hn::Zero(d)), hn::Lt(age[r], end));
        s1[r] = hn::IfThenElse(works, next1, s1[r]);
        s2[r] = hn::IfThenElse(works, next2, s2[r]);
        age[r] = hn::Add(age[r], hn::Set(d, 1.0));
      } else {
        s1[r] = next1;
        s2[r] = next2;
      }
      if (r == R - 1 && (!is_end() || at >= lead)) store_last_pair(d, y, io + 2 * (at - lead));
      due[r] = later[r];
      later[r] = turned(d, y);
    });
  };
  int at = 0;
  for (; at < lead; ++at) step(at, std::true_type{});
  for (; at < frames; ++at) step(at, std::false_type{});
  each(kEvery, [&](auto r) { age[r] = hn::Add(hn::Load(d, &ages[r * L]), hn::Set(d, static_cast<double>(at))); });
  for (; at < frames + lead; ++at) step(at, std::true_type{});
  each(kEvery, [&](auto r) {
    state.s1[r] = s1[r];
    state.s2[r] = s2[r];
  });
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
