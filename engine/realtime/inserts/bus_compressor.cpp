#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>

#include "engine/realtime/dsp/detector.hpp"
#include "engine/realtime/dsp/dynamics_params.hpp"
#include "engine/realtime/dsp/envelope.hpp"
#include "engine/realtime/dsp/gain_curve.hpp"
#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/dsp/panel_curves.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

constexpr auto kReleaseNames = std::to_array<std::string_view>({"auto"});
constexpr auto kRatios = std::to_array<float>({2.0f, 4.0f, 10.0f});
constexpr auto kAttacks = std::to_array<float>({0.1f, 0.3f, 1.0f, 3.0f, 10.0f, 30.0f});
constexpr auto kReleases = std::to_array<float>({0.1f, 0.3f, 0.6f, 1.2f});

/// The compressor of a console's centre section: stepped values, a soft knee, a release that finds its own time.
/// Shape   io is [channels][frames], in place; both channels are always reduced by the louder one
/// Units   threshold on the panel's scale: 0 is -12 dBFS; times are those of 63.2 % of a change of gain in dB
/// State   key filter and reduction; nothing is late
/// Errors  none; while nothing is reduced or made up every bit passes
/// Source  values on the panel and the two sections of the automatic release (43 ms and 5.1 s) as in the handbooks of
///         the well-known hardware; curve and envelope: docs/math.md, "Dynamics"
struct BusCompressor {
  enum : ParamIndex { kThreshold, kRatio, kAttack, kRelease, kMakeup, kKeyLowCut };
  static constexpr auto kParams = std::to_array<ParamSpec>({
      decibel_param(kThreshold, "threshold_db", "Threshold", -15.0f, 15.0f, 0.0f),
      {.index = kRatio,
       .key = "ratio",
       .label = "Ratio",
       .unit = Unit::ratio,
       .min = 2.0f,
       .max = 10.0f,
       .start = 4.0f,
       .taper = Taper::log,
       .travel = Travel::frame,
       .steps = kRatios},
      {.index = kAttack,
       .key = "attack_ms",
       .label = "Attack",
       .unit = Unit::milliseconds,
       .min = 0.1f,
       .max = 30.0f,
       .start = 10.0f,
       .taper = Taper::log,
       .steps = kAttacks},
      {.index = kRelease,
       .key = "release_s",
       .label = "Release",
       .unit = Unit::seconds,
       .min = 0.1f,
       .max = 1.2f,
       .start = 0.3f,
       .taper = Taper::log,
       .travel = Travel::jump,
       .steps = kReleases,
       .choices = kReleaseNames},
      decibel_param(kMakeup, "makeup_db", "Make-up", -5.0f, 15.0f, 0.0f),
      key_low_cut_param(kKeyLowCut, "sidechain_hpf_hz"),
  });

  static constexpr int kPiece = Detector::kPiece;
  /// 43 ms from 91 kOhm and 0.47 uF, 5.1 s from 750 kOhm and 6.8 uF.
  static constexpr double kFastSeconds = 0.043, kSlowSeconds = 5.1, kSlowShare = 0.47 / (0.47 + 6.8);

  using Row = std::array<float, kPiece>;

  double rate = 48000.0;
  KeyFilter filter;
  ProgramEnvelope envelope;
  ProgramEnvelope::Times times;
  SettleClock clock;
  float attack_set = 0.0f, release_set = -1.0f;
  float most_reduction = 0.0f;

  float reduction_db() const noexcept { return most_reduction; }

  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    filter.prepare(rate);
    times.automatic = SeriesRelease::Times::of(kFastSeconds, kSlowSeconds, kSlowShare, rate);
    reset();
  }

  void reset() noexcept {
    filter.reset();
    envelope = {};
    clock.restart();
    most_reduction = 0.0f;
  }

  void take_over(const BusCompressor& other) noexcept { *this = other; }

  void process(const ProcessArgs& args) noexcept {
    follow_parameters(args.params);
    most_reduction = 0.0f;
    clock.drive(
        args.io.frames(), [&](int first, int count) { run(args, first, count); },
        [this] {
          filter.settle();
          envelope.settle();
        });
  }

 private:
  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  void follow_parameters(std::span<const float> p) noexcept {
    filter.tune(p[kKeyLowCut], kKeyLowCutOff, kKeyHighCutOff, kKeyHighCutOff);
    if (p[kAttack] != attack_set || p[kRelease] != release_set)
      times.set(static_cast<double>(p[kAttack]) / 1000.0, static_cast<double>(p[kRelease]), rate);
    attack_set = p[kAttack];
    release_set = p[kRelease];
    envelope.choose(p[kRelease] == 0.0f);
  }

  void run(const ProcessArgs& args, int first, int count) noexcept {
    Row reduction, makeup;
    louder_of_key(filter, args.key.part(first, count), reduction);
    bend(args, first, count, reduction);
    envelope.follow(times, reduction.data(), count);
    most_reduction = std::max(most_reduction, *std::max_element(reduction.begin(), reduction.begin() + count));
    const auto curve = args.curve(kMakeup);
    if (curve.empty())
      std::fill_n(makeup.begin(), count, args.params[kMakeup]);
    else
      std::copy_n(curve.begin() + first, count, makeup.begin());
    for (int c = 0; c < args.io.channels(); ++c) {
      float* samples = args.io.channel(c).data() + first;
      for (int i = 0; i < count; ++i) samples[i] *= fast_gain(makeup[at(i)] - reduction[at(i)]);
    }
  }

  /// Turns magnitudes into the reduction that the curve wants.
  void bend(const ProcessArgs& args, int first, int count, Row& row) const noexcept {
    const auto thresholds = args.curve(kThreshold), ratios = args.curve(kRatio);
    const auto curve_at = [&](std::size_t frame) {
      const float threshold = thresholds.empty() ? args.params[kThreshold] : thresholds[frame];
      const float ratio = ratios.empty() ? args.params[kRatio] : ratios[frame];
      return bus_compressor_curve(threshold, ratio);
    };
    if (thresholds.empty() && ratios.empty()) {
      const GainCurve<float> curve = curve_at(0);
      for (int i = 0; i < count; ++i) row[at(i)] = curve.reduction_db(fast_level_db(row[at(i)]));
    } else {
      for (int i = 0; i < count; ++i) row[at(i)] = curve_at(at(first + i)).reduction_db(fast_level_db(row[at(i)]));
    }
  }
};

}  // namespace

InsertType bus_compressor() { return insert_type<BusCompressor>("bus_compressor", "Bus compressor"); }

}  // namespace busbar
