#pragma once
#include <array>
#include <span>

#include "engine/core/audio_block.hpp"
#include "engine/core/param_spec.hpp"
#include "engine/realtime/dsp/filter_band.hpp"
#include "engine/realtime/dsp/settle.hpp"
#include "engine/realtime/kernels/pair_io.hpp"

namespace busbar {

/// The slopes of high and low cuts, in dB per octave.
inline constexpr auto kCutSlopes = std::to_array<float>({6.0f, 12.0f, 18.0f, 24.0f, 36.0f, 48.0f});

constexpr ParamSpec slope_param(ParamIndex index) noexcept {
  return {.index = index,
          .key = "slope_db",
          .label = "Slope",
          .unit = Unit::decibels,
          .min = 6.0f,
          .max = 48.0f,
          .start = 12.0f,
          .travel = Travel::jump,
          .steps = kCutSlopes};
}

/// A single band that is a processor by itself.
struct CutRun {
  SettleClock clock;
  FilterBand band;

  void prepare(double sample_rate) noexcept {
    band.prepare(sample_rate);
    clock.restart();
  }
  void reset() noexcept {
    band.reset();
    clock.restart();
  }
  void process(const BandSettings& settings, const AudioBlock& io) noexcept {
    band.set(settings);
    const auto run = [&](int first, int count) {
      const AudioBlock part = io.part(first, count);
      if (band.run_alone(part)) return;
      PairBuffer pairs;
      load_pairs(part, pairs);
      band.run(pairs.data(), count, part.channels() == 1);
      store_pairs(pairs, part);
    };
    clock.drive(io.frames(), run, [this] { band.settle(); });
  }
  static Frames tail(const BandSettings& settings, double sample_rate) noexcept {
    double frames = 0.0, loudest_db = 0.0;
    add_tail(settings, sample_rate, frames, loudest_db);
    return static_cast<Frames>(frames);
  }
};

}  // namespace busbar
