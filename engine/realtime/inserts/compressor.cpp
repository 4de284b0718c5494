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
#include "engine/realtime/dsp/late_audio.hpp"
#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/dsp/note.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/gain_rows.hpp"

namespace busbar {

namespace {

constexpr auto kRatioNames = std::to_array<std::string_view>({"inf"});
constexpr auto kReleaseNames = std::to_array<std::string_view>({"auto", "tempo"});
constexpr auto kDetectorNames = std::to_array<std::string_view>({"peak", "rms"});
constexpr auto kQualityNames = std::to_array<std::string_view>({"normal", "high"});

/// A clean compressor: key, filters, level in dB, static curve, attack and release in dB, gain.
/// Shape   io is [channels][frames], in place; the key is its own or another strip's, one or two channels
/// Units   levels in dB re full scale, times in ms: 63.2 % of a change of gain in dB; the detector reads sample peaks,
///         or the root mean square of the last 5 ms or so
/// State   filters, mean squares and reduction per channel, the audio of the look-ahead
/// Errors  none; at ratio 1, and while nothing is reduced or made up, every bit passes, late by the latency
/// Source  Giannoulis, Massberg, Reiss, "Digital Dynamic Range Compressor Design", JAES 60(6), 2012: feed-forward,
///         smooth branching in dB. docs/math.md, "Dynamics"
struct Compressor {
  enum : ParamIndex {
    kThreshold,
    kRatio,
    kKnee,
    kAttack,
    kRelease,
    kReleaseNote,
    kMakeup,
    kAutoMakeup,
    kDetector,
    kKeyLowCut,
    kKeyHighCut,
    kLink,
    kLookahead,
    kQuality,
    kTempo
  };
  static constexpr auto kParams = std::to_array<ParamSpec>({
      decibel_param(kThreshold, "threshold_db", "Threshold", -60.0f, 0.0f, -18.0f),
      {.index = kRatio,
       .key = "ratio",
       .label = "Ratio",
       .unit = Unit::ratio,
       .min = 1.0f,
       .max = 20.0f,
       .start = 4.0f,
       .taper = Taper::log,
       .travel = Travel::jump,
       .choices = kRatioNames},
      decibel_param(kKnee, "knee_db", "Knee", 0.0f, 24.0f, 6.0f),
      time_param(kAttack, "attack_ms", "Attack", 0.05f, 200.0f, 10.0f),
      {.index = kRelease,
       .key = "release_ms",
       .label = "Release",
       .unit = Unit::milliseconds,
       .min = 5.0f,
       .max = 3000.0f,
       .start = 100.0f,
       .taper = Taper::log,
       .travel = Travel::jump,
       .choices = kReleaseNames},
      choice_param(kReleaseNote, "release_note", "Release note", kNoteNames, kEighthNote),
      decibel_param(kMakeup, "makeup_db", "Make-up", -24.0f, 24.0f, 0.0f),
      {.index = kAutoMakeup,
       .key = "auto_makeup",
       .label = "Auto make-up",
       .kind = ParamKind::flag,
       .travel = Travel::frame},
      choice_param(kDetector, "detector", "Detector", kDetectorNames),
      key_low_cut_param(kKeyLowCut, "sidechain_hpf_hz"),
      key_high_cut_param(kKeyHighCut, "sidechain_lpf_hz"),
      {.index = kLink,
       .key = "link",
       .label = "Stereo link",
       .unit = Unit::percent,
       .max = 100.0f,
       .start = 100.0f,
       .travel = Travel::frame},
      lookahead_param(kLookahead),
      choice_param(kQuality, "quality", "Quality", kQualityNames, 0.0f, Travel::plan),
      tempo_param(kTempo),
  });

  static constexpr int kPiece = Detector::kPiece;
  static constexpr double kRmsSeconds = 0.005;
  /// Automatic release: a short peak is over within 60 ms but for 15 % of it,
  /// which take 1.2 s; so does most of a reduction held for long.
  static constexpr double kAutoFastSeconds = 0.060, kAutoSlowSeconds = 1.2, kAutoSlowShare = 0.15;
  /// The high quality's detector runs at this rate or above.
  static constexpr double kHighRate = 176400.0;

  using Row = Detector::Row;
  using Rows = Detector::Rows;

  /// What the parameters come to, frame by frame.
  struct Course {
    bool stands = true;      // all frames are as the first
    bool is_linked = true;   // both channels are reduced alike throughout
    bool hears_rms = false;  // somewhere
    std::array<GainCurve<float>, kPiece> curve;
    std::array<float, kPiece> makeup, apart, rms;
  };

  double rate = 48000.0;
  Frames glide = 1;
  LateAudio late;
  Detector detector;
  std::array<ProgramEnvelope, 2> envelopes;
  SettleClock clock;
  Frames now = 0;
  bool started = false;
  Ramp<1> slope, rms;  // a ratio and a detector that jump are glided to
  float ratio_set = 0.0f, detector_set = 0.0f, attack_set = 0.0f, release_set = 0.0f;
  ProgramEnvelope::Times times;
  float most_reduction = 0.0f;

  float reduction_db() const noexcept { return most_reduction; }

  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    detector.prepare(rate, filters(), stages_of(args.params, rate), kRmsSeconds);
    late.prepare(args, latency(args.params, rate), kPiece);
    glide = std::max<Frames>(1, to_frames(kMoveSeconds, rate));
    times.automatic = SeriesRelease::Times::of(kAutoFastSeconds, kAutoSlowSeconds, kAutoSlowShare, detector_rate());
    reset();
  }

  void reset() noexcept {
    late.clear();
    detector.reset();
    envelopes = {};
    clock.restart();
    now = 0;
    started = false;
    most_reduction = 0.0f;
  }

  void take_over(const Compressor& other) noexcept {
    const LateAudio own = late;
    *this = other;
    late = own;
    late.take_over(other.late);
  }

  void process(const ProcessArgs& args) noexcept {
    follow_parameters(args.params);
    most_reduction = 0.0f;
    clock.drive(
        args.io.frames(), [&](int first, int count) { run(args, first, count); }, [this] { settle(); });
  }

  static Frames latency(std::span<const float> params, double sample_rate) noexcept {
    return to_frames(static_cast<double>(params[kLookahead]) / 1000.0, sample_rate) +
           GainSampler::latency(filters(), stages_of(params, sample_rate));
  }
  static Frames tail(std::span<const float> params, double sample_rate) noexcept {
    return latency(params, sample_rate);
  }
  static bool lags(std::span<const float> params) noexcept { return params[kDetector] != 0.0f; }

 private:
  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  static GainSampler::Stages filters() noexcept {
    return {HalfBand::kaiser(16, 90.0), HalfBand::kaiser(5, 90.0), HalfBand::kaiser(4, 90.0)};
  }
  static int stages_of(std::span<const float> params, double sample_rate) noexcept {
    return params[kQuality] == 0.0f ? 0 : GainSampler::stages_for(sample_rate, kHighRate);
  }
  double detector_rate() const noexcept { return rate * detector.factor(); }

  void settle() noexcept {
    detector.settle();
    for (ProgramEnvelope& envelope : envelopes) envelope.settle();
  }

  /// At the start of a call: what does not come as a curve.
  void follow_parameters(std::span<const float> p) noexcept {
    detector.filter().tune(p[kKeyLowCut], kKeyLowCutOff, p[kKeyHighCut], kKeyHighCutOff);
    const double new_slope = p[kRatio] == 0.0f ? 1.0 : slope_of_ratio(static_cast<double>(p[kRatio]));
    const auto new_rms = static_cast<double>(p[kDetector]);
    if (!started) {
      slope.stand_at({new_slope});
      rms.stand_at({new_rms});
    } else {
      if (p[kRatio] != ratio_set) slope.go_to({new_slope}, now, glide);
      if (p[kDetector] != detector_set) {
        if (rms.at(now)[0] == 0.0 && !rms.moving()) detector.restart_means();
        rms.go_to({new_rms}, now, glide);
      }
    }
    ratio_set = p[kRatio];
    detector_set = p[kDetector];
    follow_times(p);
    started = true;
  }

  void follow_times(std::span<const float> p) noexcept {
    const float release =
        p[kRelease] == 1.0f ? static_cast<float>(1000.0 * note_seconds(p[kReleaseNote], p[kTempo])) : p[kRelease];
    if (!started || p[kAttack] != attack_set || release != release_set) {
      times.set(static_cast<double>(p[kAttack]) / 1000.0, static_cast<double>(release) / 1000.0, detector_rate());
      attack_set = p[kAttack];
      release_set = release;
    }
    for (ProgramEnvelope& envelope : envelopes) envelope.choose(p[kRelease] == 0.0f);
  }

  void run(const ProcessArgs& args, int first, int count) noexcept {
    const AudioBlock io = args.io.part(first, count), key = args.key.part(first, count);
    Course course;
    set_course(args, first, count, course);
    Rows rows;
    detector.listen(key, course.hears_rms, course.rms, rows);
    // One row for both channels, if their states are the same too: what an
    // oversampler holds is not looked at.
    const bool one = io.channels() == 1 || (detector.factor() == 1 && envelopes[0] == envelopes[1] &&
                                            (course.is_linked || key.channels() == 1));
    want(course, one, count * detector.factor(), rows);
    Rows gains;
    for (int c = 0; c < (one ? 1 : 2); ++c) {
      follow(c, count, rows[at(c)]);
      gains_of(course.makeup.data(), rows[at(c)].data(), gains[at(c)].data(), count);
    }
    if (one) envelopes[1] = envelopes[0];
    for (int c = 0; c < io.channels(); ++c) {
      late.process(c, io.channel(c));
      apply(gains[at(one ? 0 : c)], io.channel(c));
    }
    now += count;
  }

  void set_course(const ProcessArgs& args, int first, int count, Course& course) noexcept {
    course.stands = !slope.moving() && !rms.moving();
    for (const int p : {kThreshold, kKnee, kMakeup, kAutoMakeup, kLink})
      course.stands = course.stands && args.curve(static_cast<ParamIndex>(p)).empty();
    course.hears_rms = rms.moving() || rms.target()[0] != 0.0;
    for (int i = 0; i < (course.stands ? 1 : count); ++i) set_frame(args, first + i, i, course);
    if (!course.stands) return;
    std::fill_n(course.rms.begin() + 1, count - 1, course.rms[0]);
    std::fill_n(course.makeup.begin() + 1, count - 1, course.makeup[0]);
  }

  /// Frame i of the piece is frame `frame` of the call.
  void set_frame(const ProcessArgs& args, int frame, int i, Course& course) noexcept {
    const auto value = [&](ParamIndex p) {
      const auto curve = args.curve(p);
      return curve.empty() ? args.params[p] : curve[at(frame)];
    };
    const auto steep = static_cast<float>(slope.at(now + i)[0]);
    const auto curve = GainCurve<float>::of(value(kThreshold), steep, value(kKnee));
    course.curve[at(i)] = curve;
    course.makeup[at(i)] = value(kMakeup) + value(kAutoMakeup) * auto_makeup_db(curve);
    course.apart[at(i)] = 1.0f - 0.01f * value(kLink);
    course.rms[at(i)] = static_cast<float>(rms.at(now + i)[0]);
    course.is_linked = course.is_linked && value(kLink) == 100.0f;
  }

  /// Turns magnitudes into the reduction that the curve wants. Linked channels
  /// have the larger one's; half-way, half of either.
  void want(const Course& course, bool one, int count, Rows& rows) const noexcept {
    auto& [left, right] = rows;
    Row louder;
    Row& both = one ? left : louder;
    for (int i = 0; i < count; ++i) both[at(i)] = std::max(left[at(i)], right[at(i)]);
    bend(course, count, both);
    if (one) return;
    bend(course, count, left);
    bend(course, count, right);
    for (int i = 0; i < count; ++i) {
      const float apart = course.apart[course.stands ? 0 : at(i / detector.factor())], joined = 1.0f - apart;
      left[at(i)] = apart * left[at(i)] + joined * both[at(i)];
      right[at(i)] = apart * right[at(i)] + joined * both[at(i)];
    }
  }

  void bend(const Course& course, int count, Row& row) const noexcept {
    if (course.stands) {
      bend_levels(course.curve[0], row.data(), count);
    } else {
      for (int i = 0; i < count; ++i)
        row[at(i)] = course.curve[at(i / detector.factor())].reduction_db(fast_level_db(row[at(i)]));
    }
  }

  void follow(int channel, int count, Row& row) noexcept {
    envelopes[at(channel)].follow(times, row.data(), count * detector.factor());
    if (detector.factor() > 1) detector.sampler().gain_down(channel, row.data(), count);
    most_reduction = std::max(most_reduction, largest_of(row.data(), count));
  }

  static void apply(const Row& gains, std::span<float> io) noexcept {
    float* samples = io.data();
    for (std::size_t i = 0; i < io.size(); ++i) samples[i] *= gains[i];
  }
};

}  // namespace

InsertType compressor() { return insert_type<Compressor>("compressor", "Compressor"); }

}  // namespace busbar
