#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string_view>

#include "engine/realtime/dsp/delay_line.hpp"
#include "engine/realtime/dsp/peak_finder.hpp"
#include "engine/realtime/dsp/settle.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/hold_and_smooth.hpp"
#include "engine/realtime/kernels/true_peak.hpp"

namespace busbar {

namespace {

/// Keeps the peaks of the waveform, between samples too, under a ceiling.
/// Shape   io is [channels][frames], in place, 2 ms late; the key is not heard
/// Units   ceiling in dBTP (dB re full scale of the reconstructed waveform), drive in dB before it, release in ms
/// State   2 ms of the driven input, the wanted reduction over the same stretch, the release; below the ceiling the
///         gain is exactly 1 and every bit passes
/// Errors  peaks near half the rate that depend on samples more than `pairs` away; see docs/math.md
/// Source  look-ahead by a sliding maximum and a moving average of the same length: no peak meets a gain above its own.
///         G. W. McNally, "Dynamic Range Control of Digital Audio Signals", JAES 32(5), 1984, for the principle
struct Limiter {
  enum : ParamIndex { kCeilingDbtp, kDriveDb, kReleaseMs, kLink };
  static constexpr auto kReleaseNames = std::to_array<std::string_view>({"auto"});
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kCeilingDbtp,
       .key = "ceiling_dbtp",
       .label = "Ceiling",
       .unit = Unit::decibels,
       .min = -20.0f,
       .max = 0.0f,
       .start = -1.0f,
       .travel = Travel::frame},
      {.index = kDriveDb,
       .key = "drive_db",
       .label = "Drive",
       .unit = Unit::decibels,
       .min = 0.0f,
       .max = 24.0f,
       .start = 0.0f,
       .travel = Travel::frame},
      {.index = kReleaseMs,
       .key = "release_ms",
       .label = "Release",
       .unit = Unit::milliseconds,
       .min = 1.0f,
       .max = 1000.0f,
       .start = 100.0f,
       .taper = Taper::log,
       .travel = Travel::jump,
       .choices = kReleaseNames},
      {.index = kLink,
       .key = "link",
       .label = "Link",
       .unit = Unit::percent,
       .min = 0.0f,
       .max = 100.0f,
       .start = 100.0f,
       .travel = Travel::frame},
  });

  static constexpr int kMostFrames = HoldAndSmooth::kMostHold;  // of look-ahead: 2 ms at 384 kHz and more
  static constexpr int kRun = PeakFinder::kMost;
  static constexpr std::size_t kRunSize = static_cast<std::size_t>(kRun);
  using Run = std::array<float, kRunSize>;

  /// How the latency is spent at a rate.
  struct Layout {
    int pairs;  ///< neighbours on either side by which the waveform is known
    int ramp;   ///< frames over which the gain goes down to a peak
    int latency;
    static Layout at(double rate) noexcept {
      const int most = static_cast<int>(kSeconds * rate);
      Layout layout{};
      layout.pairs = std::clamp(most * 6 / 11, 6, 48);
      layout.latency = std::max(most, layout.pairs + kFinderExtra + kHold + 5);
      layout.ramp = layout.latency - layout.pairs - kFinderExtra - kHold;
      return layout;
    }
    static constexpr double kSeconds = 0.002;
    static constexpr int kFinderExtra = 2;
    static constexpr int kHold = 1;  ///< frames for which the gain stays down on either side of a peak
  };

  struct Side {
    DelayLine<float> late;
    PeakFinder finder;
  };

  /// A level in dB and the factor it comes to, worked out when it changes.
  struct Level {
    float db = 0.0f;
    double gain = 1.0;
    double at(float wanted_db) noexcept {
      if (wanted_db != db) gain = to_gain({static_cast<double>(db = wanted_db)}).value;
      return gain;
    }
  };

  double rate = 48000.0;
  Layout layout{};
  std::array<Side, 2> sides;
  DelayLine<float> late_ceiling;
  HoldAndSmooth smoothing;
  Frames calm = 0;  // since a gap last asked for a reduction
  Level ceiling_level, drive_level;
  SettleClock clock;
  float reduction = 0.0f;

  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    layout = Layout::at(rate);
    const std::size_t memory = std::bit_ceil(static_cast<std::size_t>(layout.latency + kRun));
    for (int c = 0; c < args.channels; ++c) {
      Side& side = sides[static_cast<std::size_t>(c)];
      side.late.lend(args.memory.take<float>(memory));
      side.finder.use(layout.pairs, 36.0);
    }
    const int half = (layout.ramp + 1) / 2;
    smoothing.use(layout.ramp + 1 + 2 * Layout::kHold, half, layout.ramp + 1 - half);
    late_ceiling.lend(args.memory.take<float>(memory));
    reset();
  }

  void reset() noexcept {
    for (Side& side : sides) {
      side.late.clear();
      side.finder.reset();
    }
    smoothing.reset();
    calm = 0;
    late_ceiling.clear();
    clock.restart();
    reduction = 0.0f;
  }

  void take_over(const Limiter& other) noexcept {
    const std::array own{sides[0].late, sides[1].late};
    const auto own_ceiling = late_ceiling;
    *this = other;
    for (std::size_t c = 0; c < own.size(); ++c) {
      sides[c].late = own[c];
      sides[c].late.take_over(other.sides[c].late);
    }
    late_ceiling = own_ceiling;
    late_ceiling.take_over(other.late_ceiling);
  }

  void process(const ProcessArgs& args) noexcept {
    const HoldAndSmooth::Release release = release_of(args.params[kReleaseMs]);
    reduction = 0.0f;
    clock.drive(
        args.io.frames(), [&](int first, int count) { run(args, release, first, count); },
        [this] { smoothing.settle(kInaudible); });
  }

  static Frames latency(std::span<const float>, double rate) noexcept { return Layout::at(rate).latency; }
  static Frames tail(std::span<const float>, double rate) noexcept { return Layout::at(rate).latency; }
  float reduction_db() const noexcept { return reduction; }

 private:
  using Wanted = std::array<Run, 2>;

  HoldAndSmooth::Release release_of(float release_ms) const noexcept {
    const bool is_auto = release_ms < kParams[kReleaseMs].min;
    const double fast = is_auto ? kAutoFast : 0.001 * static_cast<double>(release_ms);
    return {.keep_fast = std::exp(-1.0 / (fast * rate)),
            .keep_slow = std::exp(-1.0 / ((is_auto ? kAutoSlow : fast) * rate)),
            .slow_share = is_auto ? kAutoSlowShare : 0.0};
  }
  static constexpr double kAutoFast = 0.040, kAutoSlow = 1.5, kAutoSlowShare = 0.04;

  void run(const ProcessArgs& args, const HoldAndSmooth::Release& release, int first, int count) noexcept {
    const AudioBlock io = args.io.part(first, count);
    Run ceiling, inverse;
    fill_ceiling(args, first, count, ceiling, inverse);
    Wanted wanted;
    for (int c = 0; c < io.channels(); ++c) {
      Side& side = sides[static_cast<std::size_t>(c)];
      drive(args, first, io.channel(c));
      side.late.write(io.channel(c));
      look(side, io.channel(c), ceiling, inverse, wanted[static_cast<std::size_t>(c)]);
    }
    if (io.channels() == 2) link(args, first, count, wanted);
    late_ceiling.write(std::span(ceiling).first(static_cast<std::size_t>(count)));
    late_ceiling.read(layout.latency, std::span(ceiling).first(static_cast<std::size_t>(count)));
    for (int c = 0; c < io.channels(); ++c) sides[static_cast<std::size_t>(c)].late.read(layout.latency, io.channel(c));
    if (is_idle(io, wanted)) return;
    if (io.channels() == 1) wanted[1].fill(0.0f);
    reduction = std::max(reduction, hold_and_smooth(smoothing, release, wanted[0].data(), wanted[1].data(), count));
    for (int c = 0; c < io.channels(); ++c) apply(wanted[static_cast<std::size_t>(c)], ceiling, io.channel(c));
  }

  static float at(const ProcessArgs& args, ParamIndex p, int frame) noexcept {
    const auto curve = args.curve(p);
    return curve.empty() ? args.params[p] : curve[static_cast<std::size_t>(frame)];
  }

  void fill_ceiling(const ProcessArgs& args, int first, int count, Run& ceiling, Run& inverse) noexcept {
    const bool moves = !args.curve(kCeilingDbtp).empty();
    double gain = 1.0;
    for (int i = 0; i < count; ++i) {
      if (moves || i == 0) gain = ceiling_level.at(at(args, kCeilingDbtp, first + i));
      ceiling[static_cast<std::size_t>(i)] = static_cast<float>(gain);
      inverse[static_cast<std::size_t>(i)] = static_cast<float>(1.0 / gain);
    }
  }

  void drive(const ProcessArgs& args, int first, std::span<float> samples) noexcept {
    const bool moves = !args.curve(kDriveDb).empty();
    double gain = drive_level.at(at(args, kDriveDb, first));
    if (!moves && gain == 1.0) return;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (moves) gain = drive_level.at(at(args, kDriveDb, first + static_cast<int>(i)));
      samples[i] = static_cast<float>(gain * static_cast<double>(samples[i]));
    }
  }

  /// The reduction in dB that each gap asks for. One that asks at all asks for a little more: what the points between
  /// the samples may miss.
  static void look(Side& side, std::span<const float> in, const Run& ceiling, const Run& inverse,
                   Run& wanted) noexcept {
    const int count = static_cast<int>(in.size());
    const float floor = *std::min_element(ceiling.begin(), ceiling.begin() + count);
    side.finder.find(in.data(), count, floor, wanted.data());
    peaks_to_reductions(wanted.data(), inverse.data(), kMargin, count);
  }
  static constexpr double kInaudible = 1e-10;  // dB: rounds to no reduction at all
  static constexpr float kMargin = 0.12f;      // dB

  static void link(const ProcessArgs& args, int first, int count, Wanted& wanted) noexcept {
    for (int i = 0; i < count; ++i) {
      float &l = wanted[0][static_cast<std::size_t>(i)], &r = wanted[1][static_cast<std::size_t>(i)];
      const float share = 0.01f * at(args, kLink, first + i);
      const float most = std::max(l, r);
      l += share * (most - l);
      r += share * (most - r);
    }
  }

  /// Nothing is reduced, and nothing that was asked is still on its way.
  bool is_idle(const AudioBlock& io, const Wanted& wanted) noexcept {
    const auto frames = static_cast<std::size_t>(io.frames());
    bool asks = false;
    for (std::size_t c = 0; c < static_cast<std::size_t>(io.channels()); ++c)
      for (std::size_t i = 0; i < frames; ++i) asks |= wanted[c][i] > 0.0f;
    calm = asks ? 0 : std::min<Frames>(calm + io.frames(), 2 * kMostFrames);
    return calm > kMostFrames && smoothing.is_released();
  }

  static void apply(const Run& gains, const Run& ceiling, std::span<float> out) noexcept {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] *= gains[i];
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float least = -ceiling[i], x = out[i] < least ? least : out[i];
      out[i] = x > ceiling[i] ? ceiling[i] : x;
    }
  }
};

}  // namespace

InsertType limiter() { return insert_type<Limiter>("limiter", "Limiter"); }

}  // namespace busbar
