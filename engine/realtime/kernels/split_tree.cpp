#include "engine/realtime/kernels/split_tree.hpp"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/split_tree.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_MAX_BYTES < 32 || HWY_TARGET == HWY_SCALAR

void run_tree(const SplitTree::Tunings& tunings, SplitTree& of, const Pair* in, int frames, Pair* const* bands) {
  const SplitTree::Tunings t = tunings;
  SplitTree tree = of;
  for (int i = 0; i < frames; ++i) {
    const auto parts = tree.next(t, in[i]);
    for (std::size_t b = 0; b < SplitTree::kBands; ++b) bands[b][i] = parts[b];
  }
  of = tree;
}

#else

using Two = hn::CappedTag<double, 2>;
using Four = hn::CappedTag<double, 4>;

// The two halves are split alike: they lie side by side, the lower one in the lower lanes.

/// A coefficient of the sections in a register.
hn::Vec<Two> spread(Two d, double SectionTuning::*part, const SectionTuning& t) noexcept { return hn::Set(d, t.*part); }
hn::Vec<Four> spread(Four d, double SectionTuning::*part, const SectionTuning& lower,
                     const SectionTuning& upper) noexcept {
  const Two two;
  return hn::Combine(d, hn::Set(two, upper.*part), hn::Set(two, lower.*part));
}

hn::Vec<Two> load(Two d, Pair SectionState::*part, const SectionState& s) noexcept {
  return hn::LoadU(d, (s.*part).lane.data());
}
hn::Vec<Four> load(Four d, Pair SectionState::*part, const SectionState& lower, const SectionState& upper) noexcept {
  const Two two;
  return hn::Combine(d, load(two, part, upper), load(two, part, lower));
}

void store(hn::Vec<Two> v, Pair& to) noexcept { hn::StoreU(v, Two(), to.lane.data()); }
void store(hn::Vec<Four> v, Pair& lower, Pair& upper) noexcept {
  store(hn::LowerHalf(v), lower);
  store(hn::UpperHalf(Two(), v), upper);
}

/// What an output takes of a section.
template <class D>
struct Mix {
  hn::Vec<D> through, e_out, s1_out;

  template <class... Tunings>
  explicit Mix(const Tunings&... t) noexcept
      : through(spread(D(), &SectionTuning::through, t...)),
        e_out(spread(D(), &SectionTuning::e_out, t...)),
        s1_out(spread(D(), &SectionTuning::s1_out, t...)) {}
};

/// Integrators. See SectionTuning.
template <class D>
struct Bank {
  using V = hn::Vec<D>;
  V s1_e, s1_s1, s2_e, s2_s1, s1, s2;

  template <class... Tunings>
  explicit Bank(const Tunings&... t) noexcept
      : s1_e(spread(D(), &SectionTuning::s1_e, t...)),
        s1_s1(spread(D(), &SectionTuning::s1_s1, t...)),
        s2_e(spread(D(), &SectionTuning::s2_e, t...)),
        s2_s1(spread(D(), &SectionTuning::s2_s1, t...)) {}
  template <class... States>
  void stand_at(const States&... s) noexcept {
    s1 = load(D(), &SectionState::s1, s...);
    s2 = load(D(), &SectionState::s2, s...);
  }
  HWY_INLINE V out(const Mix<D>& mix, V x) const noexcept {
    return hn::MulAdd(mix.e_out, hn::Sub(x, s2), hn::MulAdd(mix.through, x, hn::Mul(mix.s1_out, s1)));
  }
  HWY_INLINE void advance(V x) noexcept {
    const V e = hn::Sub(x, s2);
    s2 = hn::MulAdd(s2_e, e, hn::MulAdd(s2_s1, s1, s2));
    s1 = hn::MulAdd(s1_e, e, hn::Mul(s1_s1, s1));
  }
};

/// Two sections, from which both parts come.
template <class D>
struct Halver {
  using V = hn::Vec<D>;
  Mix<D> low, all;
  Bank<D> first, second;

  struct Parts {
    V low, high;
  };
  HWY_INLINE Parts next(V x) noexcept {
    const V once = first.out(low, x), whole = first.out(all, x);
    first.advance(x);
    const V twice = second.out(low, once);
    second.advance(once);
    return {twice, hn::Sub(whole, twice)};
  }
};

void run_tree(const SplitTree::Tunings& t, SplitTree& tree, const Pair* in, int frames, Pair* const* bands) {
  Halver<Two> middle{Mix<Two>(t[1].low), Mix<Two>(t[1].all), Bank<Two>(t[1].low), Bank<Two>(t[1].low)};
  Halver<Four> outer{Mix<Four>(t[0].low, t[2].low), Mix<Four>(t[0].all, t[2].all), Bank<Four>(t[0].low, t[2].low),
                     Bank<Four>(t[0].low, t[2].low)};
  const Mix<Four> turned(t[2].all, t[0].all);
  Bank<Four> turn(t[2].all, t[0].all);
  auto& [low, mid, high] = tree.splits;
  auto& [lower, upper] = tree.turns;
  middle.first.stand_at(mid.first);
  middle.second.stand_at(mid.second);
  outer.first.stand_at(low.first, high.first);
  outer.second.stand_at(low.second, high.second);
  turn.stand_at(lower, upper);
  for (int i = 0; i < frames; ++i) {
    const auto halves = middle.next(hn::LoadU(Two(), in[i].lane.data()));
    const auto both = hn::Combine(Four(), halves.high, halves.low);
    const auto parts = outer.next(turn.out(turned, both));
    turn.advance(both);
    store(parts.low, bands[0][i], bands[2][i]);
    store(parts.high, bands[1][i], bands[3][i]);
  }
  store(middle.first.s1, mid.first.s1);
  store(middle.first.s2, mid.first.s2);
  store(middle.second.s1, mid.second.s1);
  store(middle.second.s2, mid.second.s2);
  store(outer.first.s1, low.first.s1, high.first.s1);
  store(outer.first.s2, low.first.s2, high.first.s2);
  store(outer.second.s1, low.second.s1, high.second.s1);
  store(outer.second.s2, low.second.s2, high.second.s2);
  store(turn.s1, lower.s1, upper.s1);
  store(turn.s2, lower.s2, upper.s2);
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(run_tree);

void run_split_tree(const SplitTree::Tunings& tunings, SplitTree& tree, const Pair* in, int frames,
                    const std::array<Pair*, SplitTree::kBands>& bands) noexcept {
  HWY_DYNAMIC_DISPATCH(run_tree)(tunings, tree, in, frames, bands.data());
}

}  // namespace busbar
#endif
