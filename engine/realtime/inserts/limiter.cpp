#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/realtime/dsp/delay_line.hpp"
#include "engine/realtime/dsp/hold_and_smooth.hpp"
#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/dsp/peak_finder.hpp"
#include "engine/realtime/dsp/settle.hpp"
#include "engine/realtime/insert.hpp"

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

  static constexpr int kMostFrames = 1024;  // of look-ahead: 2 ms at 384 kHz and more
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

  /// The reduction falls at once and comes back in an exponential of the dB. In auto, by two that are charged together:
  /// of a short peak little stays in the slow one, of a loud passage more and more.
  struct Release {
    struct Times {
      double keep_fast, keep_slow, slow_share;
    };
    double fast = 0.0, slow = 0.0;

    void follow(const Times& times, float* wanted, int count) noexcept {
      for (int i = 0; i < count; ++i) {
        fast *= times.keep_fast;
        slow *= times.keep_slow;
        const double charge = std::max(0.0, static_cast<double>(wanted[i]) - (fast + slow));
        fast += charge * (1.0 - times.slow_share);
        slow += charge * times.slow_share;
        wanted[i] = std::max(wanted[i], static_cast<float>(fast + slow));
      }
    }
    double value() const noexcept { return fast + slow; }
  };

  struct Side {
    DelayLine<float> late;
    PeakFinder finder;
    SlidingMax<kMostFrames> hold;
    Release release;
    SlidingSum<kMostFrames> first, second;
    Frames calm = 0;  // since a gap last asked for a reduction

    /// Nothing is reduced, and nothing that was asked is still on its way.
    bool is_idle() const noexcept { return calm > kMostFrames && release.value() == 0.0; }
  };

  double rate = 48000.0;
  Layout layout{};
  std::array<Side, 2> sides;
  DelayLine<float> late_ceiling;
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
      side.hold.use(layout.ramp + 1 + 2 * Layout::kHold);
      side.first.use((layout.ramp + 1) / 2);
      side.second.use(layout.ramp + 1 - (layout.ramp + 1) / 2);
    }
    late_ceiling.lend(args.memory.take<float>(memory));
    reset();
  }

  void reset() noexcept {
    for (Side& side : sides) {
      side.late.clear();
      side.finder.reset();
      side.hold.reset();
      side.release = {};
      side.calm = 0;
      side.first.reset();
      side.second.reset();
    }
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
    const Release::Times times = release_times(args.params[kReleaseMs]);
    reduction = 0.0f;
    clock.drive(
        args.io.frames(), [&](int first, int count) { run(args, times, first, count); },
        [this] {
          for (Side& side : sides)
            if (side.release.value() < kInaudible) side.release = {};
        });
  }

  static Frames latency(std::span<const float>, double rate) noexcept { return Layout::at(rate).latency; }
  static Frames tail(std::span<const float>, double rate) noexcept { return Layout::at(rate).latency; }
  float reduction_db() const noexcept { return reduction; }

 private:
  using Wanted = std::array<Run, 2>;

  Release::Times release_times(float release_ms) const noexcept {
    const bool is_auto = release_ms < kParams[kReleaseMs].min;
    const double fast = is_auto ? kAutoFast : 0.001 * static_cast<double>(release_ms);
    return {.keep_fast = std::exp(-1.0 / (fast * rate)),
            .keep_slow = std::exp(-1.0 / ((is_auto ? kAutoSlow : fast) * rate)),
            .slow_share = is_auto ? kAutoSlowShare : 0.0};
  }
  static constexpr double kAutoFast = 0.040, kAutoSlow = 1.5, kAutoSlowShare = 0.04;

  void run(const ProcessArgs& args, const Release::Times& times, int first, int count) noexcept {
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
    for (int c = 0; c < io.channels(); ++c)
      apply(sides[static_cast<std::size_t>(c)], times, wanted[static_cast<std::size_t>(c)], ceiling, io.channel(c));
  }

  static float at(const ProcessArgs& args, ParamIndex p, int frame) noexcept {
    const auto curve = args.curve(p);
    return curve.empty() ? args.params[p] : curve[static_cast<std::size_t>(frame)];
  }
  static double gain_of(float db) noexcept { return to_gain({static_cast<double>(db)}).value; }

  static void fill_ceiling(const ProcessArgs& args, int first, int count, Run& ceiling, Run& inverse) noexcept {
    const bool moves = !args.curve(kCeilingDbtp).empty();
    double gain = 1.0;
    for (int i = 0; i < count; ++i) {
      if (moves || i == 0) gain = gain_of(at(args, kCeilingDbtp, first + i));
      ceiling[static_cast<std::size_t>(i)] = static_cast<float>(gain);
      inverse[static_cast<std::size_t>(i)] = static_cast<float>(1.0 / gain);
    }
  }

  static void drive(const ProcessArgs& args, int first, std::span<float> samples) noexcept {
    const bool moves = !args.curve(kDriveDb).empty();
    double gain = gain_of(at(args, kDriveDb, first));
    if (!moves && gain == 1.0) return;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (moves) gain = gain_of(at(args, kDriveDb, first + static_cast<int>(i)));
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
    for (std::size_t i = 0; i < in.size(); ++i) {
      const float ratio = wanted[i] * inverse[i];
      wanted[i] = ratio > 1.0f ? ratio : 1.0f;  // not-a-number asks for nothing
    }
    for (std::size_t i = 0; i < in.size(); ++i) {
      const float over = 6.020599913f * fast_log2(wanted[i]);
      wanted[i] = over + (over < kMargin ? over : kMargin);
    }
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

  void apply(Side& side, const Release::Times& times, Run& wanted, const Run& ceiling, std::span<float> out) noexcept {
    const int count = static_cast<int>(out.size());
    side.late.read(layout.latency, out);
    const bool asks = std::any_of(wanted.begin(), wanted.begin() + count, [](float db) { return db > 0.0f; });
    side.calm = asks ? 0 : std::min<Frames>(side.calm + count, 2 * kMostFrames);
    if (side.is_idle()) return;
    for (int i = 0; i < count; ++i)
      wanted[static_cast<std::size_t>(i)] = side.hold.next(wanted[static_cast<std::size_t>(i)]);
    side.release.follow(times, wanted.data(), count);
    constexpr double kUnit = 4294967296.0;  // of a dB
    const double share = 1.0 / (kUnit * side.first.length() * side.second.length());
    for (int i = 0; i < count; ++i) {
      const auto k = static_cast<std::size_t>(i);
      const auto whole = static_cast<std::int64_t>(static_cast<double>(wanted[k]) * kUnit);
      wanted[k] = static_cast<float>(share * static_cast<double>(side.second.next(side.first.next(whole))));
    }
    reduction = std::max(reduction, *std::max_element(wanted.begin(), wanted.begin() + count));
    for (std::size_t i = 0; i < out.size(); ++i) wanted[i] = fast_gain(-wanted[i]);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] *= wanted[i];
    for (std::size_t i = 0; i < out.size(); ++i) {
      const float least = -ceiling[i], x = out[i] < least ? least : out[i];
      out[i] = x > ceiling[i] ? ceiling[i] : x;
    }
  }
};

}  // namespace

InsertType limiter() { return insert_type<Limiter>("limiter", "Limiter"); }

}  // namespace busbar
