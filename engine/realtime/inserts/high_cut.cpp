#include <array>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/filter_band.hpp"
#include "engine/realtime/dsp/pair_io.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

constexpr auto kSlopes = std::to_array<float>({6.0f, 12.0f, 18.0f, 24.0f, 36.0f, 48.0f});

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

  void take_over(const HighCut& other) noexcept { *this = other; }

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
    s.kind = BandKind::low_pass;
    s.slope_db = static_cast<int>(params[kSlopeDb]);
    s.hz = static_cast<double>(params[kCornerHz]);
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

InsertType high_cut() { return insert_type<HighCut>("high_cut", "High cut"); }

}  // namespace busbar
