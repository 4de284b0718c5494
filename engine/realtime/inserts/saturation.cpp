#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <string_view>

#include "engine/realtime/dsp/delay_line.hpp"
#include "engine/realtime/dsp/glide.hpp"
#include "engine/realtime/dsp/level_match.hpp"
#include "engine/realtime/dsp/oversampler.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/settle.hpp"
#include "engine/realtime/dsp/shelf.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/bend_curve.hpp"

namespace busbar {

namespace {

/// Harmonics of a tape, a transformer, a tube or a clipper.
/// Shape   io is [channels][frames], in place, late by the filters of the chosen quality
/// Units   drive in dB into the curve: the gain of small signals, whatever the model; colour -1 (the lows bend more) to
///         1 (the highs do)
/// State   the input while it is late, two shelves, half-band filters and a mean per channel; two powers if matched
/// Errors  0 dB of drive passes every bit; what folds back below 20 kHz, and what passes at other drives, see
///         docs/math.md
/// Source  y = E⁻¹(D(A·(t + k·t²))), t = tanh(u + c·u³ + 3c/5·u⁵), u = a·U(E(x)): a curve without memory between a
/// shelf
///         and its inverse, at 4 or 8 times the rate. a² = g² - 1 for a drive of g: a straight line at g = 1
struct Saturation {
  enum : ParamIndex { kModel, kDriveDb, kColour, kOutputDb, kLevelMatch, kQuality };
  static constexpr auto kModels = std::to_array<std::string_view>({"tape", "transformer", "tube", "clip"});
  static constexpr auto kQualities = std::to_array<std::string_view>({"eco", "normal", "high"});
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kModel,
       .key = "model",
       .label = "Model",
       .kind = ParamKind::choice,
       .max = 3.0f,
       .travel = Travel::jump,
       .choices = kModels},
      {.index = kDriveDb, .key = "drive_db", .label = "Drive", .unit = Unit::decibels, .min = 0.0f, .max = 24.0f},
      {.index = kColour, .key = "colour", .label = "Colour", .min = -1.0f, .max = 1.0f},
      {.index = kOutputDb, .key = "output_db", .label = "Output", .unit = Unit::decibels, .min = -24.0f, .max = 24.0f},
      {.index = kLevelMatch, .key = "level_match", .label = "Match", .kind = ParamKind::flag, .travel = Travel::jump},
      {.index = kQuality,
       .key = "quality",
       .label = "Quality",
       .kind = ParamKind::choice,
       .max = 2.0f,
       .start = 1.0f,
       .travel = Travel::plan,
       .choices = kQualities},
  });

  /// What makes one model another one.
  struct Model {
    double push;       ///< of the curve, at its shelf's centre, in dB
    double cubic;      ///< c above: 0 is soft, 1/3 a corner
    double even;       ///< k above: even harmonics
    double centre_hz;  ///< of the shelf
    double ratio_db;   ///< its highs over its lows, at colour 0
    double colour_db;  ///< what colour 1 adds to it
  };
  static constexpr std::array<Model, 4> kModelTable{{
      {.push = 0.0, .cubic = 0.0, .even = 0.0, .centre_hz = 2500.0, .ratio_db = 3.0, .colour_db = 9.0},
      {.push = -6.0, .cubic = 0.0, .even = 0.05, .centre_hz = 70.0, .ratio_db = -20.0, .colour_db = 6.0},
      {.push = 0.0, .cubic = 0.0, .even = 0.2, .centre_hz = 800.0, .ratio_db = 0.0, .colour_db = 9.0},
      {.push = 0.0, .cubic = 1.0 / 3.0, .even = 0.0, .centre_hz = 800.0, .ratio_db = 0.0, .colour_db = 9.0},
  }};

  /// Coefficients that glide.
  enum : std::size_t { kIn, kCubic, kEven, kCurve, kLeft, kDry, kGain, kInverseGain, kZero, kPole, kCount };
  using Coefs = Glide<kCount>;

  static constexpr int kRun = kSettleEvery;
  static constexpr std::size_t kRunSize = static_cast<std::size_t>(kRun);
  using Sampler = Oversampler<3>;
  using Block = std::array<float, kRunSize>;
  static_assert(Sampler::kMost == kRun);

  struct Side {
    DelayLine<float> late;
    Sampler sampler;
    ShelfState before, behind;
    double mean_once = 0.0, mean = 0.0;  // of what the even harmonics add
  };

  double rate = 48000.0;
  double mean_share = 0.0;
  int quality = 1;
  Frames fade = 1;
  std::array<Side, 2> sides;
  Coefs coefs;
  std::array<float, 3> tuned{};  // the parameters that the coefficients are for
  bool started = false;
  bool matches = false;
  LevelMatch match;
  double guessed = 1.0;  // make-up for the drive as it is set
  Glide<2> gain;         // output, match
  SettleClock clock;

  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    mean_share = 1.0 - std::exp(-2.0 * std::numbers::pi * kMeanHz / rate);
    quality = static_cast<int>(args.params[kQuality]);
    fade = std::max<Frames>(1, to_frames(kMoveSeconds, rate));
    match.prepare(rate);
    for (int c = 0; c < args.channels; ++c) {
      Side& side = sides[static_cast<std::size_t>(c)];
      use_filters(side.sampler, quality);
      const auto longest = static_cast<std::size_t>(side.sampler.latency()) + kRunSize;
      side.late.lend(args.memory.take<float>(std::bit_ceil(longest)));
    }
    reset();
  }

  void reset() noexcept {
    for (Side& side : sides) {
      side.late.clear();
      side.sampler.reset();
      side.before = side.behind = {};
      side.mean_once = side.mean = 0.0;
    }
    started = matches = false;
    match.restart(1.0);
    clock.restart();
  }

  void take_over(const Saturation& other) noexcept {
    const std::array own{sides[0].late, sides[1].late};
    *this = other;
    for (std::size_t c = 0; c < own.size(); ++c) {
      sides[c].late = own[c];
      sides[c].late.take_over(other.sides[c].late);
    }
  }

  void process(const ProcessArgs& args) noexcept {
    tune(args.params);
    clock.drive(
        args.io.frames(), [&](int first, int count) { run(args.io.part(first, count)); }, [this] { settle(); });
  }

  static Frames latency(std::span<const float> params, double) noexcept {
    const auto quality = static_cast<std::size_t>(params[kQuality]);
    return Sampler::latency_of(kPairs[quality], kStages[quality]);
  }

  /// What the filters hold, and then the slowest recurrence: the mean, or a shelf with its centre at 70 Hz.
  static Frames tail(std::span<const float> params, double rate) noexcept {
    return 3 * latency(params, rate) + settle_frames(std::exp(-2.0 * std::numbers::pi * kMeanHz / rate));
  }

 private:
  static constexpr double kMeanHz = 8.0;

  // By quality. Eight times the rate even where the filters are short: the corner of the clipper asks for it.
  static constexpr std::array<int, 3> kStages{2, 3, 3};
  static constexpr std::array<std::array<int, 3>, 3> kPairs{{{12, 4, 4}, {20, 5, 4}, {26, 7, 5}}};
  static constexpr std::array<std::array<double, 3>, 3> kAttenuation{
      {{60.0, 60.0, 60.0}, {80.0, 80.0, 60.0}, {105.0, 105.0, 105.0}}};  // dB

  static void use_filters(Sampler& sampler, int quality) {
    const auto q = static_cast<std::size_t>(quality);
    std::array<HalfBand, 3> filters;
    for (std::size_t s = 0; s < filters.size(); ++s) filters[s] = HalfBand::kaiser(kPairs[q][s], kAttenuation[q][s]);
    sampler.use(filters, kStages[q]);
  }

  void tune(std::span<const float> params) noexcept {
    const std::array<float, 3> wanted{params[kModel], params[kDriveDb], params[kColour]};
    const bool wants_match = params[kLevelMatch] > 0.5f;
    if (!started || wanted != tuned) {
      const double guessed_now = guess(params);
      if (!started)
        coefs.stand_at(values_of(params));
      else
        coefs.go_to(values_of(params), wanted[0] != tuned[0] ? fade : kGrid);
      if (matches) match.foresee(guessed_now / guessed);
      guessed = guessed_now;
      tuned = wanted;
    }
    if (wants_match && !matches) match.restart(guessed);
    const double output = to_gain({static_cast<double>(params[kOutputDb])}).value;
    const Glide<2>::Values gains{output, wants_match ? match.gain() : 1.0};
    if (!started)
      gain.stand_at(gains);
    else
      gain.go_to({output, wants_match == matches ? gain.target()[1] : gains[1]}, wants_match == matches ? kGrid : fade);
    matches = wants_match;
    started = true;
  }

  Coefs::Values values_of(std::span<const float> params) const noexcept {
    const Model& model = kModelTable[static_cast<std::size_t>(params[kModel])];
    const double g = to_gain({static_cast<double>(params[kDriveDb])}).value;
    const double push = to_gain({model.push}).value;
    const double bend = g * g - 1.0;
    const double a = std::sqrt(std::max(bend, kLeastBend)) * push;
    const double amount = std::min(1.0, bend / kLeastBend);  // below 0.0004 dB of drive the curve fades out
    const double left = 1.0 / (g * g);                       // of the input passes beside the filters
    const double ratio = model.ratio_db + model.colour_db * static_cast<double>(params[kColour]);
    const ShelfTuning shelf = ShelfTuning::at(std::min(model.centre_hz, 0.4 * rate), ratio, rate);
    Coefs::Values v{};
    v[kIn] = a;
    v[kCubic] = model.cubic;
    v[kEven] = model.even;
    v[kCurve] = amount * g / a;
    v[kLeft] = amount * left;
    v[kDry] = g * (1.0 - amount) + amount * left;
    v[kGain] = shelf.gain;
    v[kInverseGain] = shelf.inverse_gain;
    v[kZero] = shelf.zero;
    v[kPole] = shelf.pole;
    return v;
  }
  static constexpr double kLeastBend = 1e-4;

  /// The make-up for a tone of -12 dBFS, until something was heard.
  static double guess(std::span<const float> params) noexcept {
    const double g = to_gain({static_cast<double>(params[kDriveDb])}).value;
    const double u = 0.25 * std::sqrt(g * g - 1.0);
    return u > 0.0 ? u / (g * std::tanh(u)) : 1.0;
  }

  void run(const AudioBlock& io) noexcept {
    std::array<Block, 2> dry, wet;
    const AudioBlock late(dry[0].data(), dry[1].data(), io.channels(), io.frames());
    const AudioBlock bent(wet[0].data(), wet[1].data(), io.channels(), io.frames());
    for (int c = 0; c < io.channels(); ++c) {
      Side& side = sides[static_cast<std::size_t>(c)];
      side.late.write(io.channel(c));
      side.late.read(side.sampler.latency(), late.channel(c));
    }
    if (io.channels() == 1)
      colour<1>(io, late, bent);
    else
      colour<2>(io, late, bent);
    if (matches) match.hear(late, io);
    coefs.advance(io.frames());
    finish(io);
  }

  /// `io` becomes what it is before level and output. Both channels in one loop where each frame waits for the last.
  template <int kChannels>
  void colour(const AudioBlock& io, const AudioBlock& late, const AudioBlock& bent) noexcept {
    over_frames<kChannels>(io, &Side::before, [&](ShelfState& shelf, int c, std::size_t i, const Coefs::Values& v) {
      const auto x = static_cast<double>(io.channel(c)[i]);
      bent.channel(c)[i] = static_cast<float>(v[kGain] * shelf.emphasise(v[kZero], v[kPole], x));
    });
    std::array<Block, kChannels> means;
    const bool has_even = has_even_harmonics();
    for (int c = 0; c < kChannels; ++c)
      bend(sides[static_cast<std::size_t>(c)], bent.channel(c), means[static_cast<std::size_t>(c)]);
    if (has_even) subtract_means(bent, means);
    over_frames<kChannels>(io, &Side::behind, [&](ShelfState& shelf, int c, std::size_t i, const Coefs::Values& v) {
      const auto x = static_cast<double>(bent.channel(c)[i]);
      const double y = v[kInverseGain] * shelf.restore(v[kZero], v[kPole], x);
      io.channel(c)[i] = static_cast<float>(v[kDry] * static_cast<double>(late.channel(c)[i]) + y);
    });
  }

  /// Calls what is to be done for each frame and channel, with the coefficients of the frame. The shelves are brought
  /// close by for that: in memory each frame would wait for the last one's store.
  template <int kChannels, typename Do>
  void over_frames(const AudioBlock& io, ShelfState Side::*which, Do what) noexcept {
    std::array<ShelfState, kChannels> shelves;
    for (std::size_t c = 0; c < kChannels; ++c) shelves[c] = sides[c].*which;
    const auto frames = static_cast<std::size_t>(io.frames());
    Coefs at_frame = coefs;
    const Coefs::Values standing = coefs.now();
    const bool moving = coefs.moving();
    for (std::size_t i = 0; i < frames; ++i) {
      for (int c = 0; c < kChannels; ++c)
        what(shelves[static_cast<std::size_t>(c)], c, i, moving ? at_frame.now() : standing);
      if (moving) at_frame.advance();
    }
    for (std::size_t c = 0; c < kChannels; ++c) sides[c].*which = shelves[c];
  }

  bool has_even_harmonics() const noexcept {
    return coefs.moving() || coefs.now()[kEven] != 0.0 || sides[0].mean != 0.0 || sides[1].mean != 0.0 ||
           sides[0].mean_once != 0.0 || sides[1].mean_once != 0.0;
  }

  template <std::size_t kChannels>
  void subtract_means(const AudioBlock& bent, const std::array<Block, kChannels>& means) noexcept {
    const double keep = 1.0 - mean_share;
    std::array<double, kChannels> once, mean;
    for (std::size_t c = 0; c < kChannels; ++c) once[c] = sides[c].mean_once, mean[c] = sides[c].mean;
    float* const out[2] = {bent.channel(0).data(), bent.channel(static_cast<int>(kChannels) - 1).data()};
    for (std::size_t i = 0; i < static_cast<std::size_t>(bent.frames()); ++i)
      for (std::size_t c = 0; c < kChannels; ++c) {
        once[c] = keep * once[c] + mean_share * static_cast<double>(means[c][i]);
        mean[c] = keep * mean[c] + mean_share * once[c];
        out[c][i] = static_cast<float>(static_cast<double>(out[c][i]) - mean[c]);
      }
    for (std::size_t c = 0; c < kChannels; ++c) sides[c].mean_once = once[c], sides[c].mean = mean[c];
  }

  /// The curve, at the higher rate; `means` get what the even harmonics of each frame add on average.
  void bend(Side& side, std::span<float> samples, Block& means) noexcept {
    const int count = static_cast<int>(samples.size()), factor = side.sampler.factor();
    Sampler::Buffer buffer;
    side.sampler.up(samples.data(), count, buffer.data());
    if (coefs.moving()) {
      Coefs at_frame = coefs;
      for (int i = 0; i < count; ++i, at_frame.advance())
        shape(at_frame.now(), factor, 1, buffer.data() + i * factor, means.data() + i);
    } else {
      shape(coefs.now(), factor, count, buffer.data(), means.data());
    }
    side.sampler.down(buffer.data(), count, samples.data());
  }

  static void shape(const Coefs::Values& c, int factor, int count, float* samples, float* means) noexcept {
    const BendCurve by{.in = static_cast<float>(c[kIn]),
                       .cubic = static_cast<float>(c[kCubic]),
                       .even = static_cast<float>(c[kEven]),
                       .curve = static_cast<float>(c[kCurve]),
                       .left = static_cast<float>(c[kLeft])};
    Sampler::Buffer evens;
    bend_samples(by, count * factor, samples, evens.data());
    std::fill_n(means, count, 0.0f);
    for (int i = 0; i < count && by.even != 0.0f; ++i) means[i] = mean_of(evens.data() + i * factor, factor);
  }

  /// Of 4 or 8, in four sums that do not wait for each other.
  static float mean_of(const float* x, int count) noexcept {
    std::array<float, 4> sums{x[0], x[1], x[2], x[3]};
    for (int k = 4; k < count; ++k) sums[static_cast<std::size_t>(k % 4)] += x[k];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) / static_cast<float>(count);
  }

  /// Level and output.
  void finish(const AudioBlock& io) noexcept {
    Glide<2> at_frame = gain;
    for (int c = 0; c < io.channels(); ++c) {
      at_frame = gain;
      if (!gain.moving() && gain.now()[0] * gain.now()[1] == 1.0) break;
      for (float& x : io.channel(c)) {
        x = static_cast<float>(static_cast<double>(x) * (at_frame.now()[0] * at_frame.now()[1]));
        at_frame.advance();
      }
    }
    gain.advance(io.frames());
  }

  void settle() noexcept {
    for (Side& side : sides) {
      side.before.settle();
      side.behind.settle();
      if (std::fabs(side.mean_once) < kSettled && std::fabs(side.mean) < kSettled) side.mean_once = side.mean = 0.0;
    }
    if (!matches) return;
    match.conclude(kSettleEvery);
    gain.go_to({gain.target()[0], match.gain()}, kSettleEvery);
  }
};

}  // namespace

InsertType saturation() { return insert_type<Saturation>("saturation", "Saturation"); }

}  // namespace busbar
