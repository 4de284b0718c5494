#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/settle.hpp"
#include "engine/realtime/dsp/svf.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/widen.hpp"

namespace busbar {

namespace {

/// How far left and right lie apart, and nothing apart below a frequency: basses in the middle keep speakers and
/// records happy. Mid and side: M = (L+R)/2, S = (L-R)/2; the side is scaled and cut, the mid never touched.
/// Shape   io is [channels][frames], in place; a mono strip has no side and is left as it is
/// Units   width 0 (mono) … 1 (as it is) … 2 (side 6 dB up); corner in Hz, where the side is 3 dB down, 24 dB/octave;
///         at its minimum the cut is off
/// State   four integrators, and how far the cut is faded in
/// Errors  none; width 1 with the cut off passes every bit. The mono sum is the input's but for rounding
/// Source  A. Blumlein, British patent 394325; Butterworth's poles in two sections of dsp/svf.hpp
struct Width {
  static constexpr bool kLinear = true;
  enum : ParamIndex { kWidth, kMonoBelowHz };
  static constexpr float kOff = 10.0f;
  static constexpr std::array<double, 2> kQs{0.54119610014619698, 1.3065629648763765};
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kWidth,
       .key = "width",
       .label = "Width",
       .min = 0.0f,
       .max = 2.0f,
       .start = 1.0f,
       .travel = Travel::frame},
      {.index = kMonoBelowHz,
       .key = "mono_below_hz",
       .label = "Mono below",
       .unit = Unit::hertz,
       .min = kOff,
       .max = 500.0f,
       .start = kOff,
       .taper = Taper::log},
  });

  double sample_rate = 48000.0;
  Frames fade_length = 1;
  Frames faded = 0;  // frames of the fade to the cut side that are over; 0 while it is off
  bool started = false;
  int age = 0;          // of the filter, in frames, modulo kSettleEvery
  float corner = 0.0f;  // that of the tunings
  std::array<SvfTuning, 2> tunings{};
  std::array<SvfState, 2> state;

  void prepare(const PrepareArgs& args) {
    sample_rate = args.sample_rate;
    fade_length = std::max<Frames>(1, to_frames(kMoveSeconds, sample_rate));
    reset();
  }

  void reset() noexcept {
    faded = 0;
    started = false;
    age = 0;
    state = {};
  }

  void take_over(const Width& other) noexcept { *this = other; }

  void process(const ProcessArgs& args) noexcept {
    if (args.io.channels() == 1) return;
    const bool is_cut = args.params[kMonoBelowHz] > kOff;
    if (!started && is_cut) faded = fade_length;
    started = true;
    if (is_cut) tune(args.params[kMonoBelowHz]);
    const bool is_whole = !is_cut && faded == 0;
    if (is_whole && args.params[kWidth] == 1.0f && args.curve(kWidth).empty()) return;
    if (is_whole)
      widen(args.io, args.params[kWidth], args.curve(kWidth));
    else
      widen_cut(args, is_cut);
  }

  static Frames tail(std::span<const float> params, double rate) noexcept {
    if (params[kMonoBelowHz] <= kOff) return 0;
    Frames frames = 0;
    for (const double q : kQs)
      frames += settle_frames(SvfTuning::pole_radius(static_cast<double>(params[kMonoBelowHz]), q, rate));
    return frames;
  }

 private:
  void tune(float hz) noexcept {
    if (corner == hz) return;
    corner = hz;
    for (std::size_t k = 0; k < 2; ++k) tunings[k] = SvfTuning::at(static_cast<double>(hz), kQs[k], sample_rate);
  }

  void widen_cut(const ProcessArgs& args, bool is_cut) noexcept {
    const AudioBlock io = args.io;
    const auto curve = args.curve(kWidth);
    float *left = io.channel(0).data(), *right = io.channel(1).data();
    for (int i = 0; i < io.frames(); ++i) {
      const double width =
          static_cast<double>(curve.empty() ? args.params[kWidth] : curve[static_cast<std::size_t>(i)]);
      const bool is_whole = !is_cut && faded == 0;
      if (is_whole && width == 1.0) continue;
      const double l = static_cast<double>(left[i]), r = static_cast<double>(right[i]);
      const double mid = 0.5 * (l + r);
      double side = 0.5 * (l - r);
      if (!is_whole) side = cut(side, is_cut);
      left[i] = static_cast<float>(mid + width * side);
      right[i] = static_cast<float>(mid - width * side);
    }
  }

  /// The side without its lows, as far as that is faded in. A filter that begins passes what it hears first, so that a
  /// fade from the whole side starts without a step.
  double cut(double side, bool is_cut) noexcept {
    if (is_cut ? faded < fade_length : faded > 0) faded += is_cut ? 1 : -1;
    const double band = state[0].next(tunings[0], side).high;
    const double high = state[1].next(tunings[1], band).high;
    settle();
    if (faded == fade_length) return high;
    const double weight = smoothstep(static_cast<double>(faded) / static_cast<double>(fade_length));
    return side + weight * (high - side);
  }

  /// Once in a while, by a count that begins with the filter.
  void settle() noexcept {
    age = faded == 0 ? 0 : (age + 1) % kSettleEvery;
    if (faded == 0) state = {};
    if (age == 0) std::ranges::for_each(state, &SvfState::settle);
  }
};

}  // namespace

InsertType width() { return insert_type<Width>("width", "Width"); }

}  // namespace busbar
