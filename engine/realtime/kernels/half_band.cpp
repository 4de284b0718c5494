#include "engine/realtime/kernels/half_band.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/half_band.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/realtime/kernels/half_band-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar::HWY_NAMESPACE {
namespace {

/// What a stage's filter reads: the past, and the samples of a call at the lower rate of the last stage.
constexpr std::size_t kRoom = static_cast<std::size_t>(HalfBandStage::kPast + (kHalfBandMost << (kHalfBandStages - 1)));

/// x: the past, then `count` new samples. out[2i] is half-way before out[2i + 1]. Then the past is the newest samples.
HWY_INLINE void double_rate(HalfBandStage& stage, const float* HWY_RESTRICT x, int count, float* HWY_RESTRICT out) {
  const Wide d;
  const float* middle = x + stage.filter.pairs;
  midpoints(stage.filter, x, count, [d, middle, out](int i, WideFloat between) HWY_ATTR {
    hn::StoreInterleaved2(between, hn::LoadU(d, middle + i), d, out + 2 * i);
  });
  copy_rounded(x + count, 2 * stage.filter.pairs - 1, stage.past_up.data());
}

/// io[0 … 2·count) becomes io[0 … count).
HWY_INLINE void halve_rate(HalfBandStage& stage, int count, float* io) {
  const Wide d;
  alignas(64) float even[kRoom], odd[kRoom];
  const int held = 2 * stage.filter.pairs;
  copy_rounded(stage.past_even.data(), held, even);
  copy_rounded(stage.past_odd.data(), held, odd);
  for (int i = 0; i < count; i += static_cast<int>(hn::Lanes(d))) {
    WideFloat first, second;
    hn::LoadInterleaved2(d, io + 2 * i, first, second);
    hn::StoreU(first, d, even + held + i);
    hn::StoreU(second, d, odd + held + i);
  }
  // The later one's neighbours are the odd samples up to the newest, its middle an even one; else the other way.
  const float* sides = stage.keeps_later ? odd + 1 : even + 1;
  const float* middle = stage.keeps_later ? even + stage.filter.pairs + 1 : odd + stage.filter.pairs;
  midpoints(stage.filter, sides, count, [d, middle, io](int i, WideFloat between) HWY_ATTR {
    hn::StoreU(hn::Mul(hn::Set(d, 0.5f), hn::Add(hn::LoadU(d, middle + i), between)), d, io + i);
  });
  copy_rounded(even + count, held, stage.past_even.data());
  copy_rounded(odd + count, held, stage.past_odd.data());
}

}  // namespace

HWY_NOINLINE void rate_up(HalfBandStage* stages, int count_of_stages, const float* in, int count, float* out) {
  alignas(64) float rooms[2][kRoom];
  for (int s = 0; s < count_of_stages; ++s) {
    const int held = 2 * stages[s].filter.pairs - 1;
    float* x = rooms[s % 2];
    if (s == 0) {
      copy_rounded(stages[0].past_up.data(), held, x);
      for (int i = 0; i < count; ++i) x[held + i] = in[i];
    }
    const bool is_last = s + 1 == count_of_stages;
    float* next = rooms[(s + 1) % 2];
    if (!is_last) {
      const int next_held = 2 * stages[s + 1].filter.pairs - 1;
      copy_rounded(stages[s + 1].past_up.data(), next_held, next);
      next += next_held;
    }
    double_rate(stages[s], x, count << s, is_last ? out : next);
  }
}

HWY_NOINLINE void rate_down(HalfBandStage* stages, int count_of_stages, float* io, int count) {
  for (int s = count_of_stages; s-- > 0;) halve_rate(stages[s], count << s, io);
}

}  // namespace busbar::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(rate_up);
HWY_EXPORT(rate_down);

void rate_up(HalfBandStage* stages, int count_of_stages, const float* in, int count, float* out) noexcept {
  HWY_DYNAMIC_DISPATCH(rate_up)(stages, count_of_stages, in, count, out);
}

void rate_down(HalfBandStage* stages, int count_of_stages, float* io, int count) noexcept {
  HWY_DYNAMIC_DISPATCH(rate_down)(stages, count_of_stages, io, count);
}

}  // namespace busbar
#endif  // HWY_ONCE
