#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>

#include "engine/realtime/dsp/dynamics_params.hpp"
#include "engine/realtime/dsp/envelope.hpp"
#include "engine/realtime/dsp/gate_gain.hpp"
#include "engine/realtime/dsp/key_filter.hpp"
#include "engine/realtime/dsp/late_audio.hpp"
#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

constexpr auto kModeNames = std::to_array<std::string_view>({"gate", "expander"});

/// Turns down what is quiet: a gate that is open or closed, or an expander that follows the level below its threshold.
/// Shape   io is [channels][frames], in place; both channels have the gain that the louder one of the key asks for
/// Units   levels of sample peaks in dB re full scale; times in ms: 63.2 % of a change of gain in dB
/// State   key filters, the gate's place on its way, the expander's held peak and reduction, the look-ahead's audio
/// Errors  none; open it passes every bit, late by the look-ahead
/// Source  the gate opens at the threshold and closes once the key has stayed `hysteresis` below it for the hold; the
///         expander's curve is out = T + ratio·(x - T) below T, down to the range. docs/math.md, "Dynamics"
struct Gate {
  enum : ParamIndex {
    kThreshold,
    kHysteresis,
    kAttack,
    kHold,
    kRelease,
    kRange,
    kMode,
    kRatio,
    kKeyLowCut,
    kKeyHighCut,
    kLookahead
  };
  static constexpr auto kParams = std::to_array<ParamSpec>({
      decibel_param(kThreshold, "threshold_db", "Threshold", -80.0f, 0.0f, -40.0f),
      decibel_param(kHysteresis, "hysteresis_db", "Hysteresis", 0.0f, 24.0f, 3.0f),
      time_param(kAttack, "attack_ms", "Attack", 0.01f, 200.0f, 1.0f),
      {.index = kHold, .key = "hold_ms", .label = "Hold", .unit = Unit::milliseconds, .max = 2000.0f, .start = 20.0f},
      time_param(kRelease, "release_ms", "Release", 5.0f, 4000.0f, 100.0f),
      decibel_param(kRange, "range_db", "Range", -120.0f, 0.0f, -80.0f),
      choice_param(kMode, "mode", "Mode", kModeNames),
      {.index = kRatio,
       .key = "ratio",
       .label = "Expander ratio",
       .unit = Unit::ratio,
       .min = 1.0f,
       .max = 100.0f,
       .start = 2.0f,
       .taper = Taper::log,
       .travel = Travel::frame},
      key_low_cut_param(kKeyLowCut, "key_hpf_hz"),
      key_high_cut_param(kKeyHighCut, "key_lpf_hz"),
      lookahead_param(kLookahead),
  });

  static constexpr int kPiece = kSettleEvery;
  /// A held peak falls to the level below it this quickly once the hold is over.
  static constexpr double kFallSeconds = 0.002;

  using Row = std::array<float, kPiece>;

  /// A parameter over the frames of a piece.
  struct Course {
    std::span<const float> curve;
    float value;
    float operator[](int i) const noexcept { return curve.empty() ? value : curve[static_cast<std::size_t>(i)]; }
  };

  double rate = 48000.0;
  Frames glide = 1;
  LateAudio late;
  KeyFilter filter;
  SettleClock clock;
  Frames now = 0;
  bool started = false;
  Ramp<1> expands;  // 0: gate, 1: expander
  float mode_set = 0.0f;
  GateGain gate;
  Frames quiet = 0;  // frames since the key was last above where the gate closes
  float held_db = 0.0f;
  Frames held_for = 0;
  Ballistics expansion;
  Ballistics::Times expansion_times;
  GateGain::Times gate_times{1.0, 1.0};
  Frames hold = 0;
  float fall = 1.0f;
  float attack_set = 0.0f, release_set = 0.0f;
  float most_reduction = 0.0f;

  float reduction_db() const noexcept { return most_reduction; }

  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    late.prepare(args, latency(args.params, rate), kPiece);
    glide = std::max<Frames>(1, to_frames(kMoveSeconds, rate));
    filter.prepare(rate);
    fall = static_cast<float>(step_share(kFallSeconds, rate));
    reset();
  }

  void reset() noexcept {
    late.clear();
    filter.reset();
    clock.restart();
    now = 0;
    started = false;
    gate.reset();
    quiet = 0;
    most_reduction = 0.0f;
  }

  void take_over(const Gate& other) noexcept {
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
          filter.settle();
          expansion.settle();
        });
  }

  static Frames latency(std::span<const float> params, double sample_rate) noexcept {
    return to_frames(static_cast<double>(params[kLookahead]) / 1000.0, sample_rate);
  }
  static Frames tail(std::span<const float> params, double sample_rate) noexcept {
    return latency(params, sample_rate);
  }

 private:
  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  void follow_parameters(std::span<const float> p) noexcept {
    filter.tune(p[kKeyLowCut], kKeyLowCutOff, p[kKeyHighCut], kKeyHighCutOff);
    hold = to_frames(static_cast<double>(p[kHold]) / 1000.0, rate);
    if (!started || p[kAttack] != attack_set || p[kRelease] != release_set) {
      const double attack = static_cast<double>(p[kAttack]) / 1000.0,
                   release = static_cast<double>(p[kRelease]) / 1000.0;
      gate_times = {attack * rate, release * rate};
      // To the expander's reduction it is the release that is a rise.
      expansion_times = {.attack = step_share(release, rate), .release = step_share(attack, rate)};
      attack_set = p[kAttack];
      release_set = p[kRelease];
    }
    follow_mode(p);
    started = true;
  }

  /// A mode begins without a reduction, while the other one fades.
  void follow_mode(std::span<const float> p) noexcept {
    const auto mode = static_cast<double>(p[kMode]);
    if (!started) {
      expands.stand_at({mode});
      begin_expander(-p[kRange]);
    } else if (p[kMode] != mode_set) {
      expands.at(now);
      if (!expands.moving() && mode == 1.0) begin_expander(0.0f);
      if (!expands.moving() && mode == 0.0) gate.stand_open();
      if (!expands.moving()) quiet = 0;
      expands.go_to({mode}, now, glide);
    }
    mode_set = p[kMode];
  }

  void begin_expander(float reduction) noexcept {
    expansion.stand_at(static_cast<double>(reduction));
    held_db = reduction > 0.0f ? kSilentDb : 0.0f;
    held_for = 0;
  }

  static constexpr float kSilentDb = -200.0f;

  void run(const ProcessArgs& args, int first, int count) noexcept {
    Row level, gain;
    louder_of_key(filter, args.key.part(first, count), level);
    for (int i = 0; i < count; ++i) level[at(i)] = fast_level_db(level[at(i)]);
    const bool moving = expands.moving();
    const bool gates = moving || expands.target()[0] == 0.0, expanding = moving || expands.target()[0] == 1.0;
    if (gates) run_gate(args, first, count, level, gain);
    if (expanding) {
      Row expanded;
      run_expander(args, first, count, level, expanded);
      for (int i = 0; i < count; ++i) {
        const auto share = static_cast<float>(moving ? expands.at(now + i)[0] : 1.0);
        gain[at(i)] = share == 1.0f ? expanded[at(i)] : (1.0f - share) * gain[at(i)] + share * expanded[at(i)];
      }
    }
    note_reduction(count, gain);
    const AudioBlock io = args.io.part(first, count);
    for (int c = 0; c < io.channels(); ++c) {
      late.process(c, io.channel(c));
      apply(gain, io.channel(c));
    }
    now += count;
  }

  static Course course(const ProcessArgs& args, ParamIndex p, int first) noexcept {
    const auto curve = args.curve(p);
    return {curve.empty() ? curve : curve.subspan(at(first)), args.params[p]};
  }

  void run_gate(const ProcessArgs& args, int first, int count, const Row& level, Row& gain) noexcept {
    const Course threshold = course(args, kThreshold, first), hysteresis = course(args, kHysteresis, first);
    const Course range = course(args, kRange, first);
    for (int i = 0; i < count; ++i) {
      const bool is_quiet = level[at(i)] < threshold[i] - hysteresis[i];
      quiet = is_quiet ? quiet + 1 : 0;
      const bool stays = !gate.is_closed() && !gate.is_closing() && quiet <= hold;
      const bool wants_open = level[at(i)] >= threshold[i] || stays;
      gain[at(i)] = static_cast<float>(gate.next(wants_open, static_cast<double>(range[i]), gate_times));
    }
  }

  void run_expander(const ProcessArgs& args, int first, int count, const Row& level, Row& gain) noexcept {
    const Course threshold = course(args, kThreshold, first), ratio = course(args, kRatio, first);
    const Course range = course(args, kRange, first);
    for (int i = 0; i < count; ++i) {
      hold_peak(level[at(i)]);
      const float under = std::max(threshold[i] - held_db, 0.0f);
      gain[at(i)] = std::min(under * (ratio[i] - 1.0f), -range[i]);
    }
    expansion.follow(expansion_times, gain.data(), count);
    for (int i = 0; i < count; ++i) gain[at(i)] = fast_gain(-gain[at(i)]);
  }

  /// The expander goes by peaks that are held, or it would follow every wave.
  void hold_peak(float level) noexcept {
    ++held_for;
    if (level >= held_db) {
      held_db = level;
      held_for = 0;
    } else if (held_for > hold) {
      held_db += fall * (level - held_db);
    }
  }

  void note_reduction(int count, const Row& gain) noexcept {
    const float least = *std::min_element(gain.begin(), gain.begin() + count);
    most_reduction = std::max(most_reduction, -fast_level_db(least));
  }

  void apply(const Row& gain, std::span<float> io) const noexcept {
    float* samples = io.data();
    for (std::size_t i = 0; i < io.size(); ++i) samples[i] *= gain[i];
  }
};

}  // namespace

InsertType gate() { return insert_type<Gate>("gate", "Gate / expander"); }

}  // namespace busbar
