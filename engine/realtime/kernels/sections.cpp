#include "engine/realtime/kernels/sections.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/sections.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/realtime/kernels/wave-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

#if HWY_MAX_BYTES < 32 || HWY_TARGET == HWY_SCALAR

/// N sections in a row, frame by frame: while one waits for its own last frame, the others have work.
template <std::size_t N>
void run_frames(const SectionRef* sections, Pair* io, int frames) noexcept {
  SectionTuning tuning[N];
  SectionState state[N];
  for (std::size_t k = 0; k < N; ++k) tuning[k] = *sections[k].tuning, state[k] = *sections[k].state;
  for (int i = 0; i < frames; ++i) {
    Pair x = io[i];
    for (std::size_t k = 0; k < N; ++k) x = state[k].next(tuning[k], x);
    io[i] = x;
  }
  for (std::size_t k = 0; k < N; ++k) *sections[k].state = state[k];
}

constexpr std::size_t kMostTogether = 4;

void run_group(const SectionRef* sections, std::size_t count, Pair* io, int frames) noexcept {
  switch (count) {
    case 4:
      return run_frames<4>(sections, io, frames);
    case 3:
      return run_frames<3>(sections, io, frames);
    case 2:
      return run_frames<2>(sections, io, frames);
    default:
      return run_frames<1>(sections, io, frames);
  }
}

#else

enum Row : std::size_t { kThrough, kEOut, kS1Out, kS1E, kS1S1, kS2E, kS2S1, kRows };

/// One coefficient after the other, over all registers.
template <std::size_t L, std::size_t R>
void gather(const SectionRef* sections, std::size_t count, double (*rows)[R * L]) noexcept {
  for (std::size_t k = 0; k < count; ++k) {
    const SectionTuning& t = *sections[k].tuning;
    const double column[kRows] = {t.through, t.e_out, t.s1_out, t.s1_e, t.s1_s1, t.s2_e, t.s2_s1};
    for (std::size_t n = 0; n < kRows; ++n)
      for (std::size_t c = 0; c < 2; ++c) rows[n][lane_of<L, R>(k, count) + c] = column[n];
  }
}

template <std::size_t L, std::size_t R>
void run_together(const SectionRef* sections, std::size_t count, Pair* io, int frames) noexcept {
  const hn::CappedTag<double, L> d;
  using V = hn::Vec<decltype(d)>;
  alignas(64) double rows[kRows][R * L] = {};
  gather<L, R>(sections, count, rows);
  V t[kRows][R];
  each(std::make_index_sequence<R>{}, [&](auto r) {
    each(std::make_index_sequence<kRows>{}, [&](auto n) { t[n][r] = hn::Load(d, &rows[n][r * L]); });
  });
  const auto state_of = [sections](std::size_t k) -> SectionState& { return *sections[k].state; };
  WaveState<L, R> state;
  state.load(count, state_of);
  run_wave(state, count, io->lane.data(), frames, [&](auto r, int, V x, V& s1, V& s2) {
    const V e = hn::Sub(x, s2);
    const V y = hn::MulAdd(t[kEOut][r], e, hn::MulAdd(t[kThrough][r], x, hn::Mul(t[kS1Out][r], s1)));
    s2 = hn::MulAdd(t[kS2E][r], e, hn::MulAdd(t[kS2S1][r], s1, s2));
    s1 = hn::MulAdd(t[kS1E][r], e, hn::Mul(t[kS1S1][r], s1));
    return y;
  });
  state.store(count, state_of);
}

#if HWY_MAX_BYTES >= 64
constexpr std::size_t kMostTogether = 8;
#else
constexpr std::size_t kMostTogether = 6;  // more do not fit into the registers
#endif

void run_group(const SectionRef* sections, std::size_t count, Pair* io, int frames) noexcept {
  if (count == 1) return run_together<2, 1>(sections, count, io, frames);
  if (count == 2) return run_together<4, 1>(sections, count, io, frames);
#if HWY_MAX_BYTES >= 64
  if (count <= 4) return run_together<8, 1>(sections, count, io, frames);
  return run_together<8, 2>(sections, count, io, frames);
#else
  if (count <= 4) return run_together<4, 2>(sections, count, io, frames);
  return run_together<4, 3>(sections, count, io, frames);
#endif
}

#endif

void run_all(const SectionRef* sections, std::size_t count, Pair* io, int frames) {
  if (frames <= 0) return;
  for (std::size_t done = 0; done < count; done += kMostTogether)
    run_group(sections + done, std::min(kMostTogether, count - done), io, frames);
}

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(run_all);

void run_sections(std::span<const SectionRef> sections, Pair* io, int frames) noexcept {
  HWY_DYNAMIC_DISPATCH(run_all)(sections.data(), sections.size(), io, frames);
}

}  // namespace busbar
#endif
