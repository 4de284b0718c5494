#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>

#include "engine/realtime/dsp/dynamics_params.hpp"
#include "engine/realtime/dsp/envelope.hpp"
#include "engine/realtime/dsp/gain_curve.hpp"
#include "engine/realtime/dsp/gain_sampler.hpp"
#include "engine/realtime/dsp/late_audio.hpp"
#include "engine/realtime/dsp/panel_curves.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/fet_loop.hpp"

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

  static constexpr int kPiece = kSettleEvery;  // frames at a time
  static_assert(kPiece <= GainSampler::Filter::kMost && kPiece <= FetLoop::kMostFrames);
  /// The loop runs at this rate or above.
  static constexpr double kLoopRate = 352800.0;

  using Row = GainSampler::Buffer;
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
  GainSampler sampler;
  Ramp<3> button;
  SettleClock clock;
  Frames now = 0;
  bool started = false;
  FetLoop loop;
  std::array<float, 2> past{};  // of the reduction at the rate of the audio
  float ratio_set = 0.0f, attack_set = 0.0f, release_set = 0.0f;
  float most_reduction = 0.0f;

  float reduction_db() const noexcept { return most_reduction; }

  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    sampler.prepare(filters(), GainSampler::stages_for(rate, kLoopRate));
    late.prepare(args, latency(args.params, rate), kPiece);
    glide = std::max<Frames>(1, to_frames(kMoveSeconds, rate));
    reset();
  }

  void reset() noexcept {
    late.clear();
    sampler.reset();
    clock.restart();
    now = 0;
    started = false;
    loop.reduction = 0.0;
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
          if (loop.reduction < kSettled) loop.reduction = 0.0;
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
    const double loop_rate = rate * sampler.factor();
    loop.set(step_share(static_cast<double>(p[kAttack]) * 1e-6, loop_rate),
             step_share(static_cast<double>(p[kRelease]) * 1e-3, loop_rate), sampler.factor());
    attack_set = p[kAttack];
    release_set = p[kRelease];
  }

  void run(const ProcessArgs& args, int first, int count) noexcept {
    Course course;
    set_course(args, first, count, course);
    Row row;
    reduce(args.key.part(first, count), course, row);
    if (is_smoothed(rate)) smooth(count, row.data());
    Row gains;
    most_reduction = std::max(most_reduction, fet_gains(course.gain_db.data(), row.data(), count, gains.data()));
    const AudioBlock io = args.io.part(first, count);
    for (int c = 0; c < io.channels(); ++c) {
      late.process(c, io.channel(c));
      float* samples = io.channel(c).data();
      for (int i = 0; i < count; ++i) samples[i] *= gains[at(i)];
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

  /// The reduction in dB at the rate of the audio.
  void reduce(const AudioBlock& key, const Course& course, Row& row) noexcept {
    std::array<Row, 2> keys;
    for (int c = 0; c < key.channels(); ++c) sampler.key_up(c, key.channel(c).data(), key.frames(), keys[at(c)].data());
    const Row &left = keys[0], &right = keys[at(key.channels() - 1)];
    run_fet_loop(loop, course.curve.data(), course.stands, left.data(), right.data(), key.frames(), sampler.factor(),
                 row.data());
    sampler.gain_down(0, row.data(), key.frames());
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
};

}  // namespace

InsertType fet_compressor() { return insert_type<FetCompressor>("fet_compressor", "FET compressor"); }

}  // namespace busbar
