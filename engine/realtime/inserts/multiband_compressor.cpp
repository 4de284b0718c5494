#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/crossover.hpp"
#include "engine/realtime/dsp/envelope.hpp"
#include "engine/realtime/dsp/gain_curve.hpp"
#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/dsp/pair_io.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

constexpr std::size_t kBands = FourBands::kBands;

/// What a band has; after the common parameters they stand in this order, band after band.
enum BandParam : std::size_t { kThresholdDb, kRatio, kAttackMs, kReleaseMs, kMakeupDb, kOn, kSolo, kBandParams };
enum : ParamIndex { kCross1Hz, kCross2Hz, kCross3Hz, kKneeDb, kDryWet, kFirstBand };

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
  specs[kDryWet] = {.index = kDryWet,
                    .key = "dry_wet",
                    .label = "Dry/Wet",
                    .unit = Unit::percent,
                    .min = 0.0f,
                    .max = 100.0f,
                    .start = 100.0f,
                    .travel = Travel::frame};
  for (std::size_t band = 0; band < kBands; ++band)
    for (std::size_t what = 0; what < kBandParams; ++what)
      specs[param_of(band, static_cast<BandParam>(what))] = spec_of(band, static_cast<BandParam>(what));
  return specs;
}

/// Four compressors, each for a band of its own. Levels are peaks, the louder channel of the band counts for both.
/// Shape   io is [channels][frames], in place
/// Units   thresholds, make-up and knee in dB; attack and release in ms to 63.2 % of the change in dB; dry/wet in %
/// State   the crossover's integrators, and each band's reduction in dB; all in 64 bit
/// Errors  none while running; corners are put in rising order, below 0.45 of the sample rate. At unity the bands add
/// up
///         to an all-pass; dry/wet blends with the bands as they were, which have its phase, so that nothing combs
/// Source  dsp/crossover.hpp, dsp/gain_curve.hpp, dsp/envelope.hpp
struct MultibandCompressor {
  static constexpr auto kParams = make_params();

  struct Law {
    GainCurve<float> curve;
    double attack = 1.0, release = 1.0;  // shares of the way per frame
    float attack_ms = 0.0f, release_ms = 0.0f;
  };

  double sample_rate = 48000.0;
  SettleClock clock;
  FourBands crossover;
  std::array<Law, kBands> laws;
  std::array<double, kBands> reductions_db{};
  float largest_db = 0.0f;

  void prepare(const PrepareArgs& args) {
    sample_rate = args.sample_rate;
    crossover.prepare(args.sample_rate);
    reset();
  }

  void reset() noexcept {
    crossover.reset();
    reductions_db = {};
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
          for (double& reduction : reductions_db)
            if (reduction < kSettled) reduction = 0.0;
        });
  }

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
  using Levels = std::array<float, kSettleEvery>;
  using Bands = std::array<PairBuffer, kBands>;

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
      share(value(kAttackMs), law.attack_ms, law.attack);
      share(value(kReleaseMs), law.release_ms, law.release);
    }
  }

  void compress(const ProcessArgs& args, int first, int count) noexcept {
    const AudioBlock io = args.io.part(first, count);
    PairBuffer in;
    load_pairs(io, in);
    Bands bands;
    crossover.split(in.data(), count, {bands[0].data(), bands[1].data(), bands[2].data(), bands[3].data()});
    std::array<Levels, kBands> gains;
    for (std::size_t b = 0; b < kBands; ++b) measure(laws[b], bands[b], count, gains[b]);
    follow(count, gains);
    weigh(args, first, count, gains);
    add_up(bands, gains, count, in);
    store_pairs(in, io);
  }

  /// What the louder channel of each frame asks for: a reduction in dB.
  static void measure(const Law& law, const PairBuffer& band, int count, Levels& wanted) noexcept {
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      const double left = std::fabs(band[i].lane[0]), right = std::fabs(band[i].lane[1]);
      wanted[i] = static_cast<float>(left > right ? left : right);
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      wanted[i] = law.curve.reduction_db(fast_level_db(wanted[i]));
  }

  /// The same as dsp/envelope.hpp, all bands in one loop: each waits for its own last frame. Where the release is the
  /// quicker of the two, `sense` makes the smaller candidate the larger one.
  void follow(int count, std::array<Levels, kBands>& levels) noexcept {
    std::array<double, kBands> attack, keep_attack, release, keep_release, sense, s = reductions_db;
    for (std::size_t b = 0; b < kBands; ++b) {
      attack[b] = laws[b].attack, keep_attack[b] = 1.0 - attack[b];
      release[b] = laws[b].release, keep_release[b] = 1.0 - release[b];
      sense[b] = attack[b] >= release[b] ? 1.0 : -1.0;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      for (std::size_t b = 0; b < kBands; ++b) {
        const auto wanted = static_cast<double>(levels[b][i]);
        const double rising = sense[b] * (s[b] * keep_attack[b] + attack[b] * wanted);
        const double falling = sense[b] * (s[b] * keep_release[b] + release[b] * wanted);
        s[b] = sense[b] * (rising > falling ? rising : falling);
        levels[b][i] = static_cast<float>(s[b]);
      }
    reductions_db = s;
  }

  /// Reductions become the factors by which the bands enter the sum.
  void weigh(const ProcessArgs& args, int first, int count, std::array<Levels, kBands>& gains) noexcept {
    const bool moves = std::ranges::any_of(args.curves, [](const auto& curve) { return !curve.empty(); });
    std::array<Weight, kBands> standing;
    for (std::size_t b = 0; b < kBands; ++b) standing[b] = weight_of(args, b, static_cast<std::size_t>(first));
    for (std::size_t b = 0; b < kBands; ++b) {
      if (standing[b].share > 0.0f || moves)
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
          largest_db = std::max(largest_db, gains[b][i]);
      if (!moves) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) gains[b][i] = standing[b].factor(gains[b][i]);
        continue;
      }
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
        gains[b][i] = weight_of(args, b, static_cast<std::size_t>(first) + i).factor(gains[b][i]);
    }
  }

  /// A band's gain counts as far as the band is on and wet, and the band as far as no other one is soloed.
  struct Weight {
    float makeup_db, share, heard;
    float factor(float reduction_db) const noexcept {
      return heard * (1.0f + share * (fast_gain(makeup_db - reduction_db) - 1.0f));
    }
  };

  static Weight weight_of(const ProcessArgs& args, std::size_t band, std::size_t frame) noexcept {
    const auto value = [&](ParamIndex p) {
      const auto curve = args.curve(p);
      return curve.empty() ? args.params[p] : curve[frame];
    };
    float soloed = 0.0f;
    for (std::size_t b = 0; b < kBands; ++b) soloed = std::max(soloed, value(param_of(b, kSolo)));
    return {.makeup_db = value(param_of(band, kMakeupDb)),
            .share = 0.01f * value(kDryWet) * value(param_of(band, kOn)),
            .heard = std::min(1.0f, 1.0f - soloed + value(param_of(band, kSolo)))};
  }

  static void add_up(const Bands& bands, const std::array<Levels, kBands>& gains, int count, PairBuffer& out) noexcept {
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
      for (std::size_t c = 0; c < 2; ++c) {
        const auto part = [&](std::size_t b) { return bands[b][i].lane[c] * static_cast<double>(gains[b][i]); };
        out[i].lane[c] = (part(0) + part(1)) + (part(2) + part(3));
      }
  }
};

}  // namespace

InsertType multiband_compressor() {
  return insert_type<MultibandCompressor>("multiband_compressor", "Multiband compressor");
}

}  // namespace busbar
