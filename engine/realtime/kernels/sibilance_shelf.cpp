#include "engine/realtime/kernels/sibilance_shelf.hpp"

#include <cassert>
#include <cstddef>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/sibilance_shelf.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/realtime/kernels/wave-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

constexpr std::size_t kShelf = SibilanceShelf::kSections;

#if HWY_MAX_BYTES < 32 || HWY_TARGET == HWY_SCALAR

void run_shelf(const SibilanceShelf::Tunings& of, SibilanceShelf& shelf, const float* roots, Pair* io, int frames) {
  const SibilanceShelf::Tunings tunings = of;
  SibilanceShelf::Mix mixes[kShelf];
  SectionState state[kShelf];
  for (std::size_t k = 0; k < kShelf; ++k) {
    mixes[k] = SibilanceShelf::Mix::of(tunings[k], SibilanceShelf::kDamping[k]);
    state[k] = shelf.state[k];
  }
  for (int i = 0; i < frames; ++i) {
    const double h = static_cast<double>(roots[i]) - 1.0;
    Pair x = io[i];
    for (std::size_t k = 0; k < kShelf; ++k) x = SibilanceShelf::next(state[k], tunings[k], mixes[k], h, x);
    io[i] = x;
  }
  for (std::size_t k = 0; k < kShelf; ++k) shelf.state[k] = state[k];
}

#else

/// h of each frame for the lanes of a wave: frames kWaveSkew apart lie side by side, the later ones first, as the
/// sections of a register are at them.
class Heights {
 public:
  Heights(const float* roots, int frames) noexcept {
    for (int i = 0; i < frames; ++i) {
      double* at = pairs_[i % kWaveSkew] + place(i);
      at[0] = at[1] = static_cast<double>(roots[i]) - 1.0;
    }
  }
  const double* of(int step) const noexcept { return pairs_[step % kWaveSkew] + place(step); }

 private:
  static constexpr int kLast = kSettleEvery / kWaveSkew + static_cast<int>(kShelf);
  static std::size_t place(int frame) noexcept { return 2 * static_cast<std::size_t>(kLast - frame / kWaveSkew); }

  double pairs_[kWaveSkew][2 * (static_cast<std::size_t>(kLast) + kShelf)] = {};
};

enum Row : std::size_t { kHhE, kHE, kHhS1, kHS1, kS1E, kS1S1, kS2E, kS2S1, kRows };

#if HWY_MAX_BYTES >= 64
constexpr std::size_t kLanes = 8;
#else
constexpr std::size_t kLanes = 4;
#endif
constexpr std::size_t kRegisters = 2 * kShelf / kLanes;

void gather(const SibilanceShelf::Tunings& tunings, double (*rows)[2 * kShelf]) noexcept {
  for (std::size_t k = 0; k < kShelf; ++k) {
    const SvfTuning& t = tunings[k];
    const SibilanceShelf::Mix mix = SibilanceShelf::Mix::of(t, SibilanceShelf::kDamping[k]);
    const double column[kRows] = {mix.hh_e, mix.h_e, mix.hh_s1, mix.h_s1, t.s1_e, t.s1_s1, t.s2_e, t.s2_s1};
    for (std::size_t n = 0; n < kRows; ++n) rows[n][2 * k] = rows[n][2 * k + 1] = column[n];
  }
}

void run_shelf(const SibilanceShelf::Tunings& tunings, SibilanceShelf& shelf, const float* roots, Pair* io,
               int frames) {
  assert(frames <= kSettleEvery);
  if (frames <= 0) return;
  const hn::CappedTag<double, kLanes> d;
  using V = hn::Vec<decltype(d)>;
  alignas(64) double rows[kRows][2 * kShelf];
  gather(tunings, rows);
  V t[kRows][kRegisters];
  each(std::make_index_sequence<kRegisters>{}, [&](auto r) {
    each(std::make_index_sequence<kRows>{}, [&](auto n) { t[n][r] = hn::Load(d, &rows[n][r * kLanes]); });
  });
  const auto state_of = [&shelf](std::size_t k) -> SectionState& { return shelf.state[k]; };
  WaveState<kLanes, kRegisters> state;
  state.load(kShelf, state_of);
  const Heights heights(roots, frames);
  run_wave(state, kShelf, io->lane.data(), frames, [&](auto r, int at, V x, V& s1, V& s2) {
    const V h = hn::LoadU(d, heights.of(at) + r * kLanes);
    const V of_e = hn::Mul(h, hn::MulAdd(h, t[kHhE][r], t[kHE][r]));
    const V of_s1 = hn::Mul(h, hn::MulAdd(h, t[kHhS1][r], t[kHS1][r]));
    const V e = hn::Sub(x, s2);
    const V y = hn::MulAdd(of_e, e, hn::MulAdd(of_s1, s1, x));
    s2 = hn::MulAdd(t[kS2E][r], e, hn::MulAdd(t[kS2S1][r], s1, s2));
    s1 = hn::MulAdd(t[kS1E][r], e, hn::Mul(t[kS1S1][r], s1));
    return y;
  });
  state.store(kShelf, state_of);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(run_shelf);

void run_sibilance_shelf(const SibilanceShelf::Tunings& tunings, SibilanceShelf& shelf, const float* roots, Pair* io,
                         int frames) noexcept {
  HWY_DYNAMIC_DISPATCH(run_shelf)(tunings, shelf, roots, io, frames);
}

}  // namespace busbar
#endif
