#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/crossover.hpp"
#include "engine/realtime/dsp/envelope.hpp"
#include "engine/realtime/dsp/gain_curve.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/band_rows.hpp"
#include "engine/realtime/kernels/gain_rows.hpp"
#include "engine/realtime/kernels/pair_io.hpp"

namespace busbar {

namespace {

constexpr std::size_t kBands = FourBands::kBands;

/// What a band has; after the common parameters they stand in this order, band after band.
enum BandParam : std::size_t { kThresholdDb, kRatio, kAttackMs, kReleaseMs, kMakeupDb, kOn, kSolo, kBandParams };
enum : ParamIndex { kCross1Hz, kCross2Hz, kCross3Hz, kKneeDb, kFirstBand };

struct BandNames {
  std::array<std::string_view, kBandParams> keys, labels;
};
#define BUSBAR_BAND(n)                                                                                 \
  BandNames {                                                                                          \
    {"band" #n "_threshold_db", "band" #n "_ratio", "band" #n "_attack_ms", "band" #n "_release_ms",   \
     "band" #n "_makeup_db",    "band" #n "_on",    "band" #n "_solo"},                                \
    {                                                                                                  \
#n " Threshold", #n " Ratio", #n " Attack", #n " Release", #n " Make-up", "Band " #n, #n " Solo" \
    }                                                                                                  \
  }
constexpr std::array<BandNames, kBands> kNames{BUSBAR_BAND(1), BUSBAR_BAND(2), BUSBAR_BAND(3), BUSBAR_BAND(4)};
#undef BUSBAR_BAND

/// Low bands have long periods, and want slower times.
constexpr std::array<float, kBands> kAttackStarts{30.0f, 20.0f, 10.0f, 5.0f};
constexpr std::array<float, kBands> kReleaseStarts{250.0f, 180.0f, 120.0f, 80.0f};

constexpr ParamIndex param_of(std::size_t band, BandParam what) noexcept {
  return static_cast<ParamIndex>(kFirstBand + band * kBandParams + what);
}

constexpr ParamSpec spec_of(std::size_t band, BandParam what) noexcept {
  ParamSpec spec{.index = param_of(band, what), .key = kNames[band].keys[what], .label = kNames[band].labels[what]};
  switch (what) {
    case kThresholdDb:
      spec.unit = Unit::decibels, spec.min = -60.0f, spec.max = 0.0f, spec.start = -18.0f;
      break;
    case kRatio:
      spec.unit = Unit::ratio, spec.min = 1.0f, spec.max = 20.0f, spec.start = 2.0f, spec.taper = Taper::log;
      break;
    case kAttackMs:
      spec.unit = Unit::milliseconds, spec.min = 0.1f, spec.max = 200.0f, spec.start = kAttackStarts[band];
      spec.taper = Taper::log;
      break;
    case kReleaseMs:
      spec.unit = Unit::milliseconds, spec.min = 10.0f, spec.max = 3000.0f, spec.start = kReleaseStarts[band];
      spec.taper = Taper::log;
      break;
    case kMakeupDb:
      spec.unit = Unit::decibels, spec.min = -24.0f, spec.max = 24.0f, spec.travel = Travel::frame;
      break;
    default:
      spec.kind = ParamKind::flag, spec.travel = Travel::frame, spec.start = what == kOn ? 1.0f : 0.0f;
  }
  return spec;
}

constexpr ParamSpec cross_spec(ParamIndex index, std::string_view key, std::string_view label, float start) noexcept {
  return {.index = index,
          .key = key,
          .label = label,
          .unit = Unit::hertz,
          .min = 20.0f,
          .max = 16000.0f,
          .start = start,
          .taper = Taper::log};
}

constexpr auto make_params() noexcept {
  std::array<ParamSpec, kFirstBand + kBands * kBandParams> specs{};
  specs[kCross1Hz] = cross_spec(kCross1Hz, "cross1_hz", "Cross 1", 120.0f);
  specs[kCross2Hz] = cross_spec(kCross2Hz, "cross2_hz", "Cross 2", 1000.0f);
  specs[kCross3Hz] = cross_spec(kCross3Hz, "cross3_hz", "Cross 3", 6000.0f);
  specs[kKneeDb] = {.index = kKneeDb,
                    .key = "knee_db",
                    .label = "Knee",
                    .unit = Unit::decibels,
                    .min = 0.0f,
                    .max = 24.0f,
                    .start = 6.0f};
  for (std::size_t band = 0; band < kBands; ++band)
    for (std::size_t what = 0; what < kBandParams; ++what)
      specs[param_of(band, static_cast<BandParam>(what))] = spec_of(band, static_cast<BandParam>(what));
  return specs;
}

/// Four compressors, each for a band of its own. Levels are peaks, the louder channel of the band counts for both.
/// Shape   io is [channels][frames], in place
/// Units   thresholds, make-up and knee in dB; attack and release in ms to 63.2 % of the change in dB
/// State   the crossover's integrators, and each band's reduction in dB; all in 64 bit
/// Errors  none while running; corners are put in rising order, below 0.45 of the sample rate. At unity the bands add
///         up to an all-pass, and so does the dry part of the mix, so that nothing combs
/// Source  dsp/crossover.hpp, dsp/gain_curve.hpp, dsp/envelope.hpp
struct MultibandCompressor {
  static constexpr bool kTurnsPhase = true;
  static constexpr auto kParams = make_params();

  struct Law {
    GainCurve<float> curve;
    float attack_ms = 0.0f, release_ms = 0.0f;
  };

  double sample_rate = 48000.0;
  SettleClock clock;
  FourBands crossover;
  std::array<Law, kBands> laws;
  BandEnvelopes envelopes;
  float largest_db = 0.0f;

  static constexpr BandRows kWhole = [] {
    BandRows rows{};
    for (BandRow& row : rows) row.fill(1.0f);
    return rows;
  }();

  void prepare(const PrepareArgs& args) {
    sample_rate = args.sample_rate;
    crossover.prepare(args.sample_rate);
    reset();
  }

  void reset() noexcept {
    crossover.reset();
    envelopes.reduction_db = {};
    clock.restart();
    largest_db = 0.0f;
  }

  void take_over(const MultibandCompressor& other) noexcept { *this = other; }

  float reduction_db() const noexcept { return largest_db; }

  void process(const ProcessArgs& args) noexcept {
    crossover.set(corners_of(args.params));
    largest_db = 0.0f;
    tune(args.params);
    clock.drive(
        args.io.frames(), [&](int first, int count) { compress(args, first, count); },
        [this] {
          crossover.settle();
          for (double& reduction : envelopes.reduction_db)
            if (reduction < kSettled) reduction = 0.0;
        });
  }

  /// The crossover turns the lows back by milliseconds.
  static bool lags(std::span<const float>) noexcept { return true; }
  /// A frame passes two splits and an all-pass, five sections.
  static Frames tail(std::span<const float> params, double rate) noexcept {
    const auto corners = corners_of(params);
    constexpr std::array<Frames, FourBands::kCorners> kSections{3, 2, 3};
    Frames frames = 0;
    for (std::size_t k = 0; k < corners.size(); ++k)
      frames +=
          kSections[k] * settle_frames(SvfTuning::pole_radius(std::min(corners[k], 0.45 * rate), std::sqrt(0.5), rate));
    return frames;
  }

 private:
  static FourBands::Corners corners_of(std::span<const float> params) noexcept {
    const float first = params[kCross1Hz], second = std::max(first, params[kCross2Hz]);
    const float third = std::max(second, params[kCross3Hz]);
    return {static_cast<double>(first), static_cast<double>(second), static_cast<double>(third)};
  }

  /// The exponentials are worked out where a time has changed only.
  void tune(std::span<const float> params) noexcept {
    const auto share = [&](float ms, float& known, double& of_way) {
      if (ms != known) of_way = step_share(0.001 * static_cast<double>(ms), sample_rate);
      known = ms;
    };
    for (std::size_t b = 0; b < kBands; ++b) {
      const auto value = [&](BandParam what) { return params[param_of(b, what)]; };
      Law& law = laws[b];
      law.curve = GainCurve<float>::of(value(kThresholdDb), slope_of_ratio(value(kRatio)), params[kKneeDb]);
      share(value(kAttackMs), law.attack_ms, envelopes.attack[b]);
      share(value(kReleaseMs), law.release_ms, envelopes.release[b]);
    }
  }

  void compress(const ProcessArgs& args, int first, int count) noexcept {
    const AudioBlock io = args.io.part(first, count);
    PairBuffer in;
    load_pairs(io, in);
    BandPairs bands;
    crossover.split(in.data(), count, {bands[0].data(), bands[1].data(), bands[2].data(), bands[3].data()});
    BandRows gains;
    for (std::size_t b = 0; b < kBands; ++b) {
      louder_of(bands[b], count, gains[b]);
      bend_levels(laws[b].curve, gains[b].data(), count);
    }
    follow_bands(envelopes, count, gains);
    weigh(args, first, count, gains);
    sum_bands(bands, gains, count, in);
    store_pairs(in, io);
    if (args.dry.empty()) return;
    sum_bands(bands, kWhole, count, in);
    store_pairs(in, args.dry.part(first, count));
  }

  /// Reductions become the factors by which the bands enter the sum.
  void weigh(const ProcessArgs& args, int first, int count, BandRows& gains) noexcept {
    const bool moves = std::ranges::any_of(args.curves, [](const auto& curve) { return !curve.empty(); });
    for (std::size_t b = 0; b < kBands; ++b) {
      const BandWeight standing = weight_of(args, b, static_cast<std::size_t>(first));
      if (standing.share > 0.0f || moves) largest_db = std::max(largest_db, largest_of(gains[b].data(), count));
      if (!moves) {
        weigh_band(standing, count, gains[b]);
        continue;
      }
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
        gains[b][i] = weight_of(args, b, static_cast<std::size_t>(first) + i).factor(gains[b][i]);
    }
  }

  static BandWeight weight_of(const ProcessArgs& args, std::size_t band, std::size_t frame) noexcept {
    const auto value = [&](ParamIndex p) {
      const auto curve = args.curve(p);
      return curve.empty() ? args.params[p] : curve[frame];
    };
    float soloed = 0.0f;
    for (std::size_t b = 0; b < kBands; ++b) soloed = std::max(soloed, value(param_of(b, kSolo)));
    return {.makeup_db = value(param_of(band, kMakeupDb)),
            .share = value(param_of(band, kOn)),
            .heard = std::min(1.0f, 1.0f - soloed + value(param_of(band, kSolo)))};
  }
};

}  // namespace

InsertType multiband_compressor() {
  return insert_type<MultibandCompressor>("multiband_compressor", "Multiband compressor");
}

}  // namespace busbar
