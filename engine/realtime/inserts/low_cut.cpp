#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/svf.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// Removes rumble below a corner frequency, 12 dB per octave.
/// Shape   io is [channels][frames], processed in place
/// Units   corner in Hz (the -3 dB point when Q = 0.707); Q has none
/// State   two integrators per channel; kept across plan swaps, cleared by reset()
/// Errors  none while running; the range keeps the corner below Nyquist
/// Source  the high output of the state-variable filter in dsp/svf.hpp
struct LowCut {
  static constexpr bool kLinear = true;
  enum : ParamIndex { kCornerHz, kQ };
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kCornerHz,
       .key = "corner_hz",
       .label = "Corner",
       .unit = Unit::hertz,
       .min = 20.0f,
       .max = 400.0f,
       .start = 80.0f,
       .taper = Taper::log},
      {.index = kQ, .key = "q", .label = "Q", .min = 0.5f, .max = 4.0f, .start = 0.707f, .taper = Taper::log},
  });

  double sample_rate = 48000.0;
  SettleClock clock;
  std::array<SvfState, 2> state;

  void prepare(const PrepareArgs& args) {
    sample_rate = args.sample_rate;
    reset();
  }

  void reset() noexcept {
    clock.restart();
    state = {};
  }

  void take_over(const LowCut& other) noexcept { *this = other; }

  void process(const ProcessArgs& args) noexcept {
    const double corner = static_cast<double>(args.params[kCornerHz]);
    const SvfTuning tuning = SvfTuning::at(corner, static_cast<double>(args.params[kQ]), sample_rate);
    clock.drive(
        args.io.frames(), [&](int first, int count) { filter(tuning, args.io.part(first, count)); },
        [this] { std::ranges::for_each(state, &SvfState::settle); });
  }

  /// Both channels in one loop: each waits for its own last frame, so two cost no more time than one.
  void filter(const SvfTuning& tuning, const AudioBlock& io) noexcept {
    auto [left, right] = state;
    float* l = io.channel(0).data();
    if (io.channels() == 1) {
      for (int i = 0; i < io.frames(); ++i)
        l[i] = static_cast<float>(left.next(tuning, static_cast<double>(l[i])).high);
    } else {
      float* r = io.channel(1).data();
      for (int i = 0; i < io.frames(); ++i) {
        l[i] = static_cast<float>(left.next(tuning, static_cast<double>(l[i])).high);
        r[i] = static_cast<float>(right.next(tuning, static_cast<double>(r[i])).high);
      }
    }
    state = {left, right};
  }

  static Frames tail(std::span<const float> params, double rate) noexcept {
    const double corner = static_cast<double>(params[kCornerHz]);
    return settle_frames(SvfTuning::pole_radius(corner, static_cast<double>(params[kQ]), rate));
  }
};

}  // namespace

InsertType low_cut() { return insert_type<LowCut>("low_cut", "Low cut"); }

}  // namespace busbar
