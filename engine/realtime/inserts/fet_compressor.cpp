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
#include "engine/realtime/dsp/panel_curves.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

constexpr auto kRatioNames = std::to_array<std::string_view>({"r4", "r8", "r12", "r20", "all"});

/// A limiting amplifier with a field-effect transistor: the input is driven into a threshold that stands still.
/// Shape   io is [channels][frames], in place; both channels are always reduced by the louder one
/// Units   dB; attack in microseconds, release in ms: 63.2 % of a change of gain in dB
/// State   the oversampler's past, the voltage of the release capacitor in dB of reduction, the delayed audio
/// Errors  none; while nothing is reduced, and both gains are 0 dB, every bit passes, late by the latency
/// Source  feedback: the detector hears the output y = x - s and wants s = k·(y - T) for y over T, k = ratio - 1 (all
///         in dB). Put y in, and s = (1 - 1/ratio)·(x - T): solved this way the loop has no delay at all. A diode
///         charges the capacitor towards that with the attack, a resistor discharges it towards nothing with the
///         release. docs/math.md, "Dynamics"
struct FetCompressor {
  enum : ParamIndex { kInput, kOutput, kAttack, kRelease, kRatio };
  static constexpr auto kParams = std::to_array<ParamSpec>({
      decibel_param(kInput, "input_db", "Input", -20.0f, 40.0f, 0.0f),
      decibel_param(kOutput, "output_db", "Output", -40.0f, 20.0f, 0.0f),
      {.index = kAttack,
       .key = "attack_us",
       .label = "Attack us",
       .min = 20.0f,
       .max = 800.0f,
       .start = 200.0f,
       .taper = Taper::log},
      time_param(kRelease, "release_ms", "Release", 50.0f, 1100.0f, 250.0f),
      choice_param(kRatio, "ratio", "Ratio", kRatioNames),
  });

  static_assert(kFetButtons.size() == kRatioNames.size());

  static constexpr int kPiece = Detector::kPiece;
  /// The loop runs at this rate or above.
  static constexpr double kLoopRate = 352800.0;

  using Row = Detector::Row;
  using Frames64 = std::array<float, kPiece>;

  /// What the parameters come to, frame by frame.
  struct Course {
    bool stands = true;
    std::array<GainCurve<float>, kPiece> curve;
    Frames64 gain_db;  // input and output together
  };

  double rate = 48000.0;
  Frames glide = 1;
  LateAudio late;
  Detector detector;
  Ramp<3> button;
  SettleClock clock;
  Frames now = 0;
  bool started = false;
  double reduction = 0.0;
  std::array<float, 2> past{};           // of the reduction at the rate of the audio
  double charge = 1.0, discharge = 0.0;  // share of the way per frame of the loop; what a frame leaves
  float ratio_set = 0.0f, attack_set = 0.0f, release_set = 0.0f;
  float most_reduction = 0.0f;

  float reduction_db() const noexcept { return most_reduction; }

  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    detector.prepare(rate, filters(), GainSampler::stages_for(rate, kLoopRate), 0.001);
    late.prepare(args, latency(args.params, rate), kPiece);
    glide = std::max<Frames>(1, to_frames(kMoveSeconds, rate));
    reset();
  }

  void reset() noexcept {
    late.clear();
    detector.reset();
    clock.restart();
    now = 0;
    started = false;
    reduction = 0.0;
    past = {};
    most_reduction = 0.0f;
  }

  void take_over(const FetCompressor& other) noexcept {
    const LateAudio own = late;
    *this = other;
    late = own;
    late.take_over(other.late);
  }

  void process(const ProcessArgs& args) noexcept {
    follow_parameters(args.params);
    most_reduction = 0.0f;
    clock.drive(
        args.io.frames(), [&](int first, int count) { run(args, first, count); },
        [this] {
          detector.settle();
          if (reduction < kSettled) reduction = 0.0;
        });
  }

  static Frames latency(std::span<const float>, double sample_rate) noexcept {
    return GainSampler::latency(filters(), GainSampler::stages_for(sample_rate, kLoopRate)) +
           (is_smoothed(sample_rate) ? 1 : 0);
  }
  static Frames tail(std::span<const float> params, double sample_rate) noexcept {
    return latency(params, sample_rate);
  }

 private:
  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  static GainSampler::Stages filters() noexcept {
    return {HalfBand::kaiser(6, 60.0), HalfBand::kaiser(3, 60.0), HalfBand::kaiser(2, 60.0)};
  }

  /// Below this rate the gain's overtones above 15 kHz or so, times the audio, would still fold back.
  static bool is_smoothed(double sample_rate) noexcept { return sample_rate < 64000.0; }

  void follow_parameters(std::span<const float> p) noexcept {
    const FetButton& b = kFetButtons[static_cast<std::size_t>(p[kRatio])];
    if (!started)
      button.stand_at({b.threshold_db, b.slope, b.knee_db});
    else if (p[kRatio] != ratio_set)
      button.go_to({b.threshold_db, b.slope, b.knee_db}, now, glide);
    ratio_set = p[kRatio];
    if (started && p[kAttack] == attack_set && p[kRelease] == release_set) return;
    started = true;
    charge = step_share(static_cast<double>(p[kAttack]) * 1e-6, rate * detector.factor());
    discharge = 1.0 - step_share(static_cast<double>(p[kRelease]) * 1e-3, rate * detector.factor());
    attack_set = p[kAttack];
    release_set = p[kRelease];
  }

  void run(const ProcessArgs& args, int first, int count) noexcept {
    Course course;
    set_course(args, first, count, course);
    Detector::Rows rows;
    constexpr Frames64 kNoRms{};
    detector.listen(args.key.part(first, count), false, kNoRms, rows);
    want(course, count * detector.factor(), rows);
    follow(count * detector.factor(), rows[0].data());
    if (detector.factor() > 1) detector.sampler().gain_down(0, rows[0].data(), count);
    if (is_smoothed(rate)) smooth(count, rows[0].data());
    most_reduction = std::max(most_reduction, *std::max_element(rows[0].begin(), rows[0].begin() + count));
    const AudioBlock io = args.io.part(first, count);
    for (int c = 0; c < io.channels(); ++c) {
      late.process(c, io.channel(c));
      apply(course, rows[0], io.channel(c));
    }
    now += count;
  }

  void set_course(const ProcessArgs& args, int first, int count, Course& course) noexcept {
    const auto inputs = args.curve(kInput), outputs = args.curve(kOutput);
    course.stands = inputs.empty() && outputs.empty() && !button.moving();
    for (int i = 0; i < (course.stands ? 1 : count); ++i) {
      const float input = inputs.empty() ? args.params[kInput] : inputs[at(first + i)];
      const float output = outputs.empty() ? args.params[kOutput] : outputs[at(first + i)];
      const auto [threshold, slope, knee] = button.at(now + i);
      course.curve[at(i)] = GainCurve<float>::of(static_cast<float>(threshold) - input, static_cast<float>(slope),
                                                 static_cast<float>(knee));
      course.gain_db[at(i)] = input + output;
    }
    if (course.stands) std::fill_n(course.gain_db.begin() + 1, count - 1, course.gain_db[0]);
  }

  /// Turns the magnitudes of the key into the reduction at which the loop comes to rest, in the first row.
  void want(const Course& course, int count, Detector::Rows& rows) const noexcept {
    float* left = rows[0].data();
    const float* right = rows[1].data();
    for (int i = 0; i < count; ++i) left[i] = fast_level_db(std::max(left[i], right[i]));
    if (course.stands) {
      const GainCurve<float> curve = course.curve[0];
      for (int i = 0; i < count; ++i) left[i] = curve.reduction_db(left[i]);
    } else {
      for (int i = 0; i < count; ++i) left[i] = course.curve[at(i / detector.factor())].reduction_db(left[i]);
    }
  }

  /// The capacitor: whichever leaves more in it, the charge through the diode or the discharge alone.
  void follow(int count, float* row) noexcept {
    const double keep = 1.0 - charge;
    double s = reduction;
    for (int i = 0; i < count; ++i) {
      const double charged = s * keep + charge * static_cast<double>(row[i]), left = s * discharge;
      s = charged > left ? charged : left;
      row[i] = static_cast<float>(s);
    }
    reduction = s;
  }

  /// (1, 2, 1)/4: no gain at half the rate, late by one frame.
  void smooth(int count, float* row) noexcept {
    auto [older, old] = past;
    for (int i = 0; i < count; ++i) {
      const float newest = row[i];
      row[i] = 0.25f * (older + newest) + 0.5f * old;
      older = old;
      old = newest;
    }
    past = {older, old};
  }

  void apply(const Course& course, const Row& row, std::span<float> io) const noexcept {
    float* samples = io.data();
    for (std::size_t i = 0; i < io.size(); ++i) samples[i] *= fast_gain(course.gain_db[i] - row[i]);
  }
};

}  // namespace

InsertType fet_compressor() { return insert_type<FetCompressor>("fet_compressor", "FET compressor"); }

}  // namespace busbar
