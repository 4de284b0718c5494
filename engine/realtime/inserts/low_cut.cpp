#include <array>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/cut_run.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// Removes rumble below a corner frequency, 6 to 48 dB per octave.
/// Shape   io is [channels][frames], processed in place
/// Units   corner in Hz (the -3 dB point; at 12 dB per octave when Q = 0.707); Q has none and counts at 12 dB only
/// State   two integrators per channel and 12 dB of slope; kept across plan swaps, cleared by reset()
/// Errors  none while running; the range keeps the corner below Nyquist
/// Source  12 dB: the high output of the state-variable filter in dsp/svf.hpp; else Butterworth, dsp/analogue_fit.hpp
struct LowCut {
  static constexpr bool kLinear = true;
  enum : ParamIndex { kCornerHz, kQ, kSlopeDb };
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
      slope_param(kSlopeDb),
  });

  CutRun cut;

  void prepare(const PrepareArgs& args) { cut.prepare(args.sample_rate); }
  void reset() noexcept { cut.reset(); }
  void take_over(const LowCut& other) noexcept { *this = other; }
  void process(const ProcessArgs& args) noexcept { cut.process(settings_of(args.params), args.io); }

  static Frames tail(std::span<const float> params, double rate) noexcept {
    return CutRun::tail(settings_of(params), rate);
  }

 private:
  static BandSettings settings_of(std::span<const float> params) noexcept {
    BandSettings s;
    s.slope_db = static_cast<int>(params[kSlopeDb]);
    s.kind = s.slope_db == 12 ? BandKind::rumble : BandKind::high_pass;
    s.hz = static_cast<double>(params[kCornerHz]);
    s.q = static_cast<double>(params[kQ]);
    return s;
  }
};

}  // namespace

InsertType low_cut() { return insert_type<LowCut>("low_cut", "Low cut"); }

}  // namespace busbar
