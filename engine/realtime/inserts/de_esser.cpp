#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/envelope.hpp"
#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/dsp/sibilance.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/band_rows.hpp"
#include "engine/realtime/kernels/gain_rows.hpp"
#include "engine/realtime/kernels/pair_io.hpp"

namespace busbar {

namespace {

constexpr auto kSplitNames = std::to_array<std::string_view>({"split_band", "wide_band"});

/// Turns down the hiss of s, z and sh where it is too loud: the highs alone, or everything while it lasts.
/// Shape   io is [channels][frames], in place; the key, if there is one, is what is listened for
/// Units   frequency in Hz: sibilants lie around it, the cut reaches from 0.7 of it upwards; threshold, range in dB
/// State   integrators of the detector's high pass and of the shelf, the detector's peak, the reduction in dB
/// Errors  none; what is not reduced passes bit by bit, and nothing is delayed
/// Source  dsp/sibilance.hpp; the cut grows by 2 dB for each dB over the threshold until it has reached the range
struct DeEsser {
  enum : ParamIndex { kFrequencyHz, kThresholdDb, kRangeDb, kSplit, kListen };
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kFrequencyHz,
       .key = "frequency_hz",
       .label = "Frequency",
       .unit = Unit::hertz,
       .min = 2000.0f,
       .max = 12000.0f,
       .start = 6500.0f,
       .taper = Taper::log},
      {.index = kThresholdDb,
       .key = "threshold_db",
       .label = "Threshold",
       .unit = Unit::decibels,
       .min = -60.0f,
       .max = 0.0f,
       .start = -24.0f},
      {.index = kRangeDb,
       .key = "range_db",
       .label = "Range",
       .unit = Unit::decibels,
       .min = 0.0f,
       .max = 18.0f,
       .start = 6.0f},
      {.index = kSplit,
       .key = "split",
       .label = "Split",
       .kind = ParamKind::choice,
       .max = 1.0f,
       .travel = Travel::jump,
       .choices = kSplitNames},
      {.index = kListen, .key = "listen", .label = "Listen", .kind = ParamKind::flag, .travel = Travel::frame},
  });

  static constexpr double kAttackSeconds = 0.0005, kReleaseSeconds = 0.040;
  static constexpr float kSlope = 2.0f;

  double sample_rate = 48000.0;
  SettleClock clock;
  SibilanceFilters filters;
  PeakHold peak;
  Ballistics ballistics;
  Ballistics::Times times;
  SwitchFade wide;  // 0: the highs alone, 1: everything
  float largest_db = 0.0f;

  void prepare(const PrepareArgs& args) {
    sample_rate = args.sample_rate;
    filters.prepare(args.sample_rate);
    peak.prepare(args.sample_rate);
    wide.prepare(args.sample_rate);
    times = {step_share(kAttackSeconds, sample_rate), step_share(kReleaseSeconds, sample_rate)};
    reset();
  }

  void reset() noexcept {
    filters.reset();
    peak.reset();
    ballistics.reset();
    wide.reset();
    clock.restart();
    largest_db = 0.0f;
  }

  void take_over(const DeEsser& other) noexcept { *this = other; }

  float reduction_db() const noexcept { return largest_db; }

  void process(const ProcessArgs& args) noexcept {
    filters.set(static_cast<double>(args.params[kFrequencyHz]));
    wide.set(args.params[kSplit] != 0.0f);
    largest_db = 0.0f;
    clock.drive(
        args.io.frames(), [&](int first, int count) { work(args, first, count); },
        [this] {
          filters.settle();
          peak.settle();
          ballistics.settle();
        });
  }

  static Frames tail(std::span<const float> params, double rate) noexcept {
    return SibilanceFilters::tail(static_cast<double>(params[kFrequencyHz]), rate);
  }

 private:
  void work(const ProcessArgs& args, int first, int count) noexcept {
    const AudioBlock io = args.io.part(first, count);
    PairBuffer hiss, audio;
    load_pairs(args.key.part(first, count), hiss);
    load_pairs(io, audio);
    filters.pick(hiss.data(), count);
    BandRow reduction;
    detect(hiss, args.params, count, reduction);
    largest_db = std::max(largest_db, largest_of(reduction.data(), count));
    cut(audio, reduction, count);
    blend_listening(args, first, count, hiss, audio);
    store_pairs(audio, io);
  }

  void detect(const PairBuffer& hiss, std::span<const float> params, int count, BandRow& reduction) noexcept {
    louder_of(hiss, count, reduction);
    peak.follow(reduction.data(), count);
    clamp_levels(params[kThresholdDb], kSlope, params[kRangeDb], reduction.data(), count);
    ballistics.follow(times, reduction.data(), count);
  }

  void cut(PairBuffer& audio, const BandRow& reduction, int count) noexcept {
    if (wide.is_off()) return filters.cut_highs(audio.data(), reduction.data(), count);
    const PairBuffer whole = audio;
    filters.cut_highs(audio.data(), reduction.data(), count);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const double gain = static_cast<double>(fast_gain(-reduction[i])), weight = wide.next();
      if (weight > 0.0) fade(audio[i], whole[i].lane[0] * gain, whole[i].lane[1] * gain, weight);
    }
  }

  static void fade(Pair& x, double left, double right, double weight) noexcept {
    x.lane[0] = weight == 1.0 ? left : x.lane[0] + weight * (left - x.lane[0]);
    x.lane[1] = weight == 1.0 ? right : x.lane[1] + weight * (right - x.lane[1]);
  }

  static void blend_listening(const ProcessArgs& args, int first, int count, const PairBuffer& hiss,
                              PairBuffer& audio) noexcept {
    const auto curve = args.curve(kListen);
    if (curve.empty() && args.params[kListen] == 0.0f) return;
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const auto weight =
          static_cast<double>(curve.empty() ? args.params[kListen] : curve[static_cast<std::size_t>(first) + i]);
      if (weight > 0.0) fade(audio[i], hiss[i].lane[0], hiss[i].lane[1], weight);
    }
  }
};

}  // namespace

InsertType de_esser() { return insert_type<DeEsser>("de_esser", "De-esser"); }

}  // namespace busbar
