#include "engine/realtime/kernels/lone_section.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/lone_section.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "engine/realtime/kernels/pair_io-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

#if HWY_MAX_BYTES < 32 || HWY_TARGET == HWY_SCALAR

void run_lone(const SectionTuning& tuning, SectionState& of, SectionPast&, Pair* io, int frames) {
  const SectionTuning t = tuning;
  SectionState state = of;
  for (int i = 0; i < frames; ++i) io[i] = state.next(t, io[i]);
  of = state;
}

void run_rows(const SectionTuning& tuning, SectionState& state, SectionPast& past, float* left, float* right,
              int frames) {
  std::array<Pair, kSettleEvery> pairs;
  weave(left, right, pairs.front().lane.data(), static_cast<std::size_t>(frames));
  run_lone(tuning, state, past, pairs.data(), frames);
  unweave(pairs.front().lane.data(), left, right, static_cast<std::size_t>(frames));
}

#else

constexpr int kAtOnce = HWY_MAX_BYTES / static_cast<int>(sizeof(Pair));
constexpr std::size_t kLanes = 2 * kAtOnce;

/// What the state before a frame is made of: that of kAtOnce frames earlier, and what has come in since, the oldest
/// first.
struct Leap {
  double s1_s1, s1_s2, s2_s1, s2_s2;
  double s1_x[kAtOnce], s2_x[kAtOnce];

  static Leap kept(const SectionPast& past) noexcept {
    Leap leap;
    std::memcpy(&leap, past.leap.data(), sizeof leap);
    return leap;
  }
  void keep(SectionPast& past) const noexcept {
    static_assert(sizeof(Leap) <= sizeof past.leap);
    std::memcpy(past.leap.data(), this, sizeof *this);
  }

  static Leap of(const SectionTuning& t) noexcept {
    Leap leap{1.0, 0.0, 0.0, 1.0, {}, {}};
    double x1 = t.s1_e, x2 = t.s2_e;
    for (int k = kAtOnce; k-- > 0;) {
      leap.s1_x[k] = x1, leap.s2_x[k] = x2;
      step(t, x1, x2);
      step(t, leap.s1_s1, leap.s2_s1);
      step(t, leap.s1_s2, leap.s2_s2);
    }
    return leap;
  }

 private:
  static void step(const SectionTuning& t, double& s1, double& s2) noexcept {
    const double first = s1;
    s1 = t.s1_s1 * first - t.s1_e * s2;
    s2 = (s2 - t.s2_e * s2) + t.s2_s1 * first;
  }
};

/// A stretch, and before it as many frames of the past as are worked on at once.
struct Stretch {
  static constexpr std::size_t kRoom = 2 * (2 * kAtOnce + kSettleEvery);
  alignas(64) double x[kRoom], s1[kRoom], s2[kRoom];

  static void copy(const Pair* from, double* to, int frames) noexcept {
    for (int i = 0; i < frames; ++i)
      for (std::size_t c = 0; c < 2; ++c) to[2 * static_cast<std::size_t>(i) + c] = from[i].lane[c];
  }
  static void copy(const double* from, Pair* to, int frames) noexcept {
    for (int i = 0; i < frames; ++i)
      for (std::size_t c = 0; c < 2; ++c) to[i].lane[c] = from[2 * static_cast<std::size_t>(i) + c];
  }
};

/// While not enough of the past is known.
void run_one(const SectionTuning& tuning, SectionState& state, SectionPast& past, Pair& io) noexcept {
  const auto push = [](auto& row, const Pair& newest) {
    std::copy(row.begin() + 1, row.end(), row.begin());
    row.back() = newest;
  };
  push(past.s1, state.s1);
  push(past.s2, state.s2);
  push(past.x, io);
  if (++past.known == kAtOnce) Leap::of(tuning).keep(past);
  io = state.next(tuning, io);
}

HWY_INLINE void leap(const SectionTuning& tuning, const Leap& by, Stretch& in, double* out, int frames) noexcept {
  const hn::CappedTag<double, kLanes> d;
  using V = hn::Vec<decltype(d)>;
  const V s1_s1 = hn::Set(d, by.s1_s1), s1_s2 = hn::Set(d, by.s1_s2);
  const V s2_s1 = hn::Set(d, by.s2_s1), s2_s2 = hn::Set(d, by.s2_s2);
  const V through = hn::Set(d, tuning.through), e_out = hn::Set(d, tuning.e_out), s1_out = hn::Set(d, tuning.s1_out);
  V s1 = hn::Load(d, in.s1), s2 = hn::Load(d, in.s2);
  for (int i = 0; i < frames; i += kAtOnce) {
    const double* x = in.x + 2 * i;
    V in1 = hn::Mul(hn::Set(d, by.s1_x[0]), hn::Load(d, x));
    V in2 = hn::Mul(hn::Set(d, by.s2_x[0]), hn::Load(d, x));
    for (int k = 1; k < kAtOnce; ++k) {
      const V later = hn::LoadU(d, x + 2 * k);
      in1 = hn::MulAdd(hn::Set(d, by.s1_x[k]), later, in1);
      in2 = hn::MulAdd(hn::Set(d, by.s2_x[k]), later, in2);
    }
    const V next1 = hn::MulAdd(s1_s1, s1, hn::MulAdd(s1_s2, s2, in1));
    s2 = hn::MulAdd(s2_s2, s2, hn::MulAdd(s2_s1, s1, in2));
    s1 = next1;
    hn::Store(s1, d, in.s1 + kLanes + 2 * i);
    hn::Store(s2, d, in.s2 + kLanes + 2 * i);
    const V now = hn::Load(d, x + kLanes), e = hn::Sub(now, s2);
    hn::Store(hn::MulAdd(e_out, e, hn::MulAdd(through, now, hn::Mul(s1_out, s1))), d, out + 2 * i);
  }
}

/// fetch(x) puts what comes in at x, put(y) takes what goes out.
template <class Fetch, class Put>
HWY_INLINE void run_stretch(const SectionTuning& tuning, SectionState& state, SectionPast& past, int frames,
                            Fetch fetch, Put put) noexcept {
  Stretch in;
  alignas(64) double out[Stretch::kRoom];
  constexpr int kOlder = SectionPast::kMost - kAtOnce;
  Stretch::copy(past.x.data() + kOlder, in.x, kAtOnce);
  Stretch::copy(past.s1.data() + kOlder, in.s1, kAtOnce);
  Stretch::copy(past.s2.data() + kOlder, in.s2, kAtOnce);
  fetch(in.x + kLanes);
  std::fill_n(in.x + kLanes + 2 * frames, kLanes, 0.0);
  leap(tuning, Leap::kept(past), in, out, frames);
  put(out);
  Stretch::copy(in.x + 2 * frames, past.x.data() + kOlder, kAtOnce);
  Stretch::copy(in.s1 + 2 * frames, past.s1.data() + kOlder, kAtOnce);
  Stretch::copy(in.s2 + 2 * frames, past.s2.data() + kOlder, kAtOnce);
  state = {past.s1.back(), past.s2.back()};
  state.next(tuning, past.x.back());
}

void run_lone(const SectionTuning& tuning, SectionState& state, SectionPast& past, Pair* io, int frames) {
  assert(frames <= kSettleEvery);
  for (; frames > 0 && past.known < kAtOnce; ++io, --frames) run_one(tuning, state, past, *io);
  if (frames <= 0) return;
  run_stretch(
      tuning, state, past, frames, [io, frames](double* x) { Stretch::copy(io, x, frames); },
      [io, frames](const double* y) { Stretch::copy(y, io, frames); });
}

void run_rows(const SectionTuning& tuning, SectionState& state, SectionPast& past, float* left, float* right,
              int frames) {
  assert(frames <= kSettleEvery);
  for (; frames > 0 && past.known < kAtOnce; ++left, ++right, --frames) {
    Pair io{{static_cast<double>(*left), static_cast<double>(*right)}};
    run_one(tuning, state, past, io);
    *left = static_cast<float>(io.lane[0]);
    *right = static_cast<float>(io.lane[1]);
  }
  if (frames <= 0) return;
  const auto count = static_cast<std::size_t>(frames);
  run_stretch(
      tuning, state, past, frames, [left, right, count](double* x) HWY_ATTR { weave(left, right, x, count); },
      [left, right, count](const double* y) HWY_ATTR { unweave(y, left, right, count); });
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(run_lone);
HWY_EXPORT(run_rows);

void run_lone_section(const SectionTuning& tuning, SectionState& state, SectionPast& past, Pair* io,
                      int frames) noexcept {
  HWY_DYNAMIC_DISPATCH(run_lone)(tuning, state, past, io, frames);
}

void run_lone_section(const SectionTuning& tuning, SectionState& state, SectionPast& past,
                      const AudioBlock& io) noexcept {
  std::array<float, kSettleEvery> silence;
  float* right = silence.data();
  if (io.channels() == 2)
    right = io.channel(1).data();
  else
    silence.fill(0.0f);
  HWY_DYNAMIC_DISPATCH(run_rows)(tuning, state, past, io.channel(0).data(), right, io.frames());
}

}  // namespace busbar
#endif
