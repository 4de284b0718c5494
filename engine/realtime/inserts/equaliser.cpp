#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/filter_band.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/pair_io.hpp"

namespace busbar {

namespace {

constexpr std::size_t kBands = 8;
constexpr auto kTypeNames =
    std::to_array<std::string_view>({"bell", "low_shelf", "high_shelf", "high_pass", "low_pass", "tilt"});
constexpr auto kPlaceNames = std::to_array<std::string_view>({"stereo", "mid", "side"});
constexpr auto kSlopes = std::to_array<float>({6.0f, 12.0f, 18.0f, 24.0f, 36.0f, 48.0f});

/// What a band has; its parameters stand in this order, band after band.
enum BandParam : std::size_t { kOn, kType, kHz, kGainDb, kQ, kSlopeDb, kPlace, kBandParams };

struct BandNames {
  std::array<std::string_view, kBandParams> keys, labels;
};
#define BUSBAR_BAND(n)                                                                       \
  BandNames {                                                                                \
    {"band" #n "_on", "band" #n "_type",     "band" #n "_hz",   "band" #n "_gain_db",        \
     "band" #n "_q",  "band" #n "_slope_db", "band" #n "_place"},                            \
    {                                                                                        \
      "Band " #n, #n " Type", #n " Frequency", #n " Gain", #n " Q", #n " Slope", #n " Place" \
    }                                                                                        \
  }
constexpr std::array<BandNames, kBands> kNames{BUSBAR_BAND(1), BUSBAR_BAND(2), BUSBAR_BAND(3), BUSBAR_BAND(4),
                                               BUSBAR_BAND(5), BUSBAR_BAND(6), BUSBAR_BAND(7), BUSBAR_BAND(8)};
#undef BUSBAR_BAND

struct BandStart {
  BandKind kind;
  float hz;
};
constexpr std::array<BandStart, kBands> kStarts{{{BandKind::high_pass, 30.0f},
                                                 {BandKind::low_shelf, 100.0f},
                                                 {BandKind::bell, 250.0f},
                                                 {BandKind::bell, 800.0f},
                                                 {BandKind::bell, 2500.0f},
                                                 {BandKind::bell, 5000.0f},
                                                 {BandKind::high_shelf, 10000.0f},
                                                 {BandKind::low_pass, 18000.0f}}};

/// A band's type as a number of the session: the kinds stand in the order of their names, behind `off`.
constexpr BandKind kind_of(float type) noexcept {
  return static_cast<BandKind>(static_cast<int>(type) + static_cast<int>(BandKind::bell));
}

constexpr ParamSpec spec_of(std::size_t band, BandParam what) noexcept {
  ParamSpec spec{.index = static_cast<ParamIndex>(band * kBandParams + what),
                 .key = kNames[band].keys[what],
                 .label = kNames[band].labels[what]};
  switch (what) {
    case kOn:
      spec.kind = ParamKind::flag, spec.travel = Travel::jump;
      break;
    case kType:
      spec.kind = ParamKind::choice, spec.travel = Travel::jump, spec.choices = kTypeNames;
      spec.max = static_cast<float>(kTypeNames.size() - 1);
      spec.start = static_cast<float>(static_cast<int>(kStarts[band].kind) - static_cast<int>(BandKind::bell));
      break;
    case kHz:
      spec.unit = Unit::hertz, spec.min = 20.0f, spec.max = 20000.0f, spec.taper = Taper::log;
      spec.start = kStarts[band].hz;
      break;
    case kGainDb:
      spec.unit = Unit::decibels, spec.min = -24.0f, spec.max = 24.0f;
      break;
    case kQ:
      spec.min = 0.1f, spec.max = 18.0f, spec.taper = Taper::log;
      spec.start = kStarts[band].kind == BandKind::bell ? 1.0f : 0.707f;
      break;
    case kSlopeDb:
      spec.unit = Unit::decibels, spec.min = 6.0f, spec.max = 48.0f, spec.start = 12.0f, spec.steps = kSlopes;
      spec.travel = Travel::jump;
      break;
    default:
      spec.kind = ParamKind::choice, spec.travel = Travel::jump, spec.choices = kPlaceNames;
      spec.max = static_cast<float>(kPlaceNames.size() - 1);
  }
  return spec;
}

constexpr ParamIndex kOutputDb = kBands * kBandParams;

constexpr auto make_params() noexcept {
  std::array<ParamSpec, kOutputDb + 1> specs{};
  for (std::size_t band = 0; band < kBands; ++band)
    for (std::size_t what = 0; what < kBandParams; ++what)
      specs[band * kBandParams + what] = spec_of(band, static_cast<BandParam>(what));
  specs[kOutputDb] = {.index = kOutputDb,
                      .key = "output_db",
                      .label = "Output",
                      .unit = Unit::decibels,
                      .min = -24.0f,
                      .max = 24.0f,
                      .travel = Travel::frame};
  return specs;
}

BandSettings settings_of(std::span<const float> params, std::size_t band) noexcept {
  const std::span<const float> p = params.subspan(band * kBandParams, kBandParams);
  BandSettings s;
  s.kind = p[kOn] == 0.0f ? BandKind::off : kind_of(p[kType]);
  if (s.kind == BandKind::off) return s;
  s.place = static_cast<BandPlace>(static_cast<int>(p[kPlace]));
  s.slope_db = static_cast<int>(p[kSlopeDb]);
  s.hz = static_cast<double>(p[kHz]);
  s.gain_db = static_cast<double>(p[kGainDb]);
  s.q = static_cast<double>(p[kQ]);
  return s;
}

/// Eight bands in a row, each anything from a bell to a steep pass, on both channels, their middle or their sides.
/// Shape   io is [channels][frames], in place; on a mono strip the middle is all there is, and sides do nothing
/// Units   frequencies in Hz, gains in dB; Q has none; slopes in dB per octave
/// State   up to four sections a band, two integrators each and channel, in 64 bit; twice that during a fade
/// Errors  none while running; magnitudes within 0.25 dB of the analogue prototype to 20 kHz (see docs/math.md)
/// Source  R. Bristow-Johnson, Audio EQ Cookbook (prototypes); dsp/analogue_fit.hpp (their digital likeness)
struct Equaliser {
  static constexpr bool kLinear = true;
  static constexpr auto kParams = make_params();

  bool is_mono = false;
  SettleClock clock;
  std::array<FilterBand, kBands> bands;
  std::array<float, kOutputDb> followed{};  // what the bands were last set to
  bool follows = false;

  void prepare(const PrepareArgs& args) {
    is_mono = args.channels == 1;
    for (FilterBand& band : bands) band.prepare(args.sample_rate);
    clock.restart();
    follows = false;
  }

  void reset() noexcept {
    for (FilterBand& band : bands) band.reset();
    clock.restart();
    follows = false;
  }

  void take_over(const Equaliser& other) noexcept { *this = other; }

  void process(const ProcessArgs& args) noexcept {
    follow(args.params.first<kOutputDb>());
    const auto gains_db = args.curve(kOutputDb);
    clock.drive(
        args.io.frames(),
        [&](int first, int count) {
          const auto db = gains_db.empty() ? gains_db : gains_db.subspan(static_cast<std::size_t>(first));
          filter(args.io.part(first, count), args.params[kOutputDb], db);
        },
        [this] { std::ranges::for_each(bands, &FilterBand::settle); });
  }

  static Frames tail(std::span<const float> params, double rate) noexcept {
    double frames = 0.0, loudest_db = 0.0;
    for (std::size_t band = 0; band < kBands; ++band) add_tail(settings_of(params, band), rate, frames, loudest_db);
    return static_cast<Frames>(frames);
  }

 private:
  void follow(std::span<const float, kOutputDb> params) noexcept {
    if (follows && std::ranges::equal(params, followed)) return;
    for (std::size_t band = 0; band < kBands; ++band) bands[band].set(settings_of(params, band));
    std::ranges::copy(params, followed.begin());
    follows = true;
  }

  /// At most kSettleEvery frames.
  void filter(const AudioBlock& io, float gain_db, std::span<const float> gains_db) noexcept {
    const bool is_neutral = gain_db == 0.0f && gains_db.empty();
    if (is_neutral && std::ranges::all_of(bands, &FilterBand::is_idle)) return;
    PairBuffer pairs;
    load_pairs(io, pairs);
    run_bands(pairs.data(), io.frames());
    if (!is_neutral) amplify(pairs, io.frames(), gain_db, gains_db);
    store_pairs(pairs, io);
  }

  /// Bands that stand run together, in one loop from the first to the next that moves.
  void run_bands(Pair* io, int frames) noexcept {
    std::array<SectionRef, kBands * kMostSections> refs;
    std::size_t count = 0;
    const auto flush = [&] {
      run_sections(std::span(refs).first(count), io, frames);
      count = 0;
    };
    for (FilterBand& band : bands) {
      if (band.is_idle()) continue;
      if (band.is_plain(is_mono)) {
        count += band.sections(refs.data() + count);
        continue;
      }
      flush();
      band.run(io, frames, is_mono);
    }
    flush();
  }

  static void amplify(PairBuffer& pairs, int frames, float gain_db, std::span<const float> gains_db) noexcept {
    double gain = to_gain({static_cast<double>(gain_db)}).value;
    for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) {
      if (!gains_db.empty()) gain = to_gain({static_cast<double>(gains_db[i])}).value;
      for (double& x : pairs[i].lane) x *= gain;
    }
  }
};

}  // namespace

InsertType equaliser() { return insert_type<Equaliser>("equaliser", "Equaliser"); }

}  // namespace busbar
