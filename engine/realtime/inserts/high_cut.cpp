#include <array>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/cut_run.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// Takes away what is above a corner frequency, 6 to 48 dB per octave.
/// Shape   io is [channels][frames], processed in place
/// Units   corner in Hz, the -3 dB point; slope in dB per octave
/// State   two integrators per channel and 12 dB of slope; kept across plan swaps, cleared by reset()
/// Errors  none while running; corners above 0.42 of the sample rate (18.5 kHz at 44.1 kHz) sound like that one
/// Source  Butterworth, as dsp/analogue_fit.hpp brings it to the sample rate
struct HighCut {
  static constexpr bool kLinear = true;
  enum : ParamIndex { kCornerHz, kSlopeDb };
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kCornerHz,
       .key = "corner_hz",
       .label = "Corner",
       .unit = Unit::hertz,
       .min = 1000.0f,
       .max = 20000.0f,
       .start = 16000.0f,
       .taper = Taper::log},
      slope_param(kSlopeDb),
  });

  CutRun cut;

  void prepare(const PrepareArgs& args) { cut.prepare(args.sample_rate); }
  void reset() noexcept { cut.reset(); }
  void take_over(const HighCut& other) noexcept { *this = other; }
  void process(const ProcessArgs& args) noexcept { cut.process(settings_of(args.params), args.io); }

  static Frames tail(std::span<const float> params, double rate) noexcept {
    return CutRun::tail(settings_of(params), rate);
  }

 private:
  static BandSettings settings_of(std::span<const float> params) noexcept {
    BandSettings s;
    s.kind = BandKind::low_pass;
    s.slope_db = static_cast<int>(params[kSlopeDb]);
    s.hz = static_cast<double>(params[kCornerHz]);
    return s;
  }
};

}  // namespace

InsertType high_cut() { return insert_type<HighCut>("high_cut", "High cut"); }

}  // namespace busbar
