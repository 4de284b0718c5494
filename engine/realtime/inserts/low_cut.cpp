#include <array>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/filter_band.hpp"
#include "engine/realtime/dsp/pair_io.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

constexpr auto kSlopes = std::to_array<float>({6.0f, 12.0f, 18.0f, 24.0f, 36.0f, 48.0f});

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
      {.index = kSlopeDb,
       .key = "slope_db",
       .label = "Slope",
       .unit = Unit::decibels,
       .min = 6.0f,
       .max = 48.0f,
       .start = 12.0f,
       .travel = Travel::jump,
       .steps = kSlopes},
  });

  SettleClock clock;
  FilterBand band;

  void prepare(const PrepareArgs& args) {
    band.prepare(args.sample_rate);
    clock.restart();
  }

  void reset() noexcept {
    band.reset();
    clock.restart();
  }

  void take_over(const LowCut& other) noexcept { *this = other; }

  void process(const ProcessArgs& args) noexcept {
    band.set(settings_of(args.params));
    clock.drive(
        args.io.frames(), [&](int first, int count) { filter(args.io.part(first, count)); }, [this] { band.settle(); });
  }

  static Frames tail(std::span<const float> params, double rate) noexcept {
    double frames = 0.0, loudest_db = 0.0;
    add_tail(settings_of(params), rate, frames, loudest_db);
    return static_cast<Frames>(frames);
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

  void filter(const AudioBlock& io) noexcept {
    PairBuffer pairs;
    load_pairs(io, pairs);
    band.run(pairs.data(), io.frames(), io.channels() == 1);
    store_pairs(pairs, io);
  }
};

}  // namespace

InsertType low_cut() { return insert_type<LowCut>("low_cut", "Low cut"); }

}  // namespace busbar
