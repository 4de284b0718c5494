#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/delay_line.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/scratch.hpp"

namespace busbar {

namespace {

/// Gain, polarity, left-right swap, mono, and two delays: one that is heard, one that is declared and so compensated.
/// Shape   io is [channels][frames], in place; swap and mono leave a mono strip as it is
/// Units   gain in dB; delays in frames; switches 0 … 1, in between while the engine moves them
/// State   the input of the last 96 000 frames and more, so that a delay can be turned up while it plays
/// Errors  none; neutral settings pass every bit
/// Source  out = gain · (1 - 2·polarity) · (own side · same + other side · cross), in 64 bit, rounded once
struct Utility {
  static constexpr bool kLinear = true;
  enum : ParamIndex { kGainDb, kPolarity, kSwap, kMono, kDelaySamples, kLatencySamples };
  static constexpr float kLongest = 96000.0f;
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kGainDb,
       .key = "gain_db",
       .label = "Gain",
       .unit = Unit::decibels,
       .min = -120.0f,
       .max = 24.0f,
       .start = 0.0f,
       .travel = Travel::frame},
      {.index = kPolarity, .key = "polarity", .label = "Polarity", .kind = ParamKind::flag, .travel = Travel::frame},
      {.index = kSwap, .key = "swap", .label = "Swap L/R", .kind = ParamKind::flag, .travel = Travel::frame},
      {.index = kMono, .key = "mono", .label = "Mono", .kind = ParamKind::flag, .travel = Travel::frame},
      {.index = kDelaySamples,
       .key = "delay_samples",
       .label = "Delay",
       .unit = Unit::frames,
       .min = 0.0f,
       .max = kLongest,
       .start = 0.0f,
       .travel = Travel::jump,
       .whole = true},
      {.index = kLatencySamples,
       .key = "latency_samples",
       .label = "Latency",
       .unit = Unit::frames,
       .min = 0.0f,
       .max = kLongest,
       .start = 0.0f,
       .travel = Travel::plan,
       .whole = true},
  });

  using Stereo = std::array<std::array<double, kSlice>, 2>;

  Frames fade_length = 1;
  std::array<DelayLine<float>, 2> lines;
  Frames delay = 0;       // what is heard, both delays together
  Frames next_delay = 0;  // what a fade leads to
  Frames fade_age = 0;    // frames since the fade began
  bool fading = false;
  bool started = false;  // before the first frame a delay is taken over without a fade

  /// The memory holds the whole range of `delay_samples`, since a change must land without allocation and must find the
  /// past: half a megabyte a channel, a whole one if `latency_samples` is long. What a set delay does not need is
  /// written to but never read.
  void prepare(const PrepareArgs& args) {
    fade_length = std::max<Frames>(1, to_frames(kMoveSeconds, args.sample_rate));
    const auto longest = static_cast<std::size_t>(kLongest) + static_cast<std::size_t>(args.params[kLatencySamples]);
    for (int c = 0; c < args.channels; ++c)
      lines[static_cast<std::size_t>(c)].lend(args.memory.take<float>(std::bit_ceil(longest + kSlice)));
    reset();
  }

  void reset() noexcept {
    for (DelayLine<float>& line : lines) line.clear();
    fading = false;
    started = false;
  }

  /// Where nothing is delayed the past is not worth a megabyte of copying: a delay turned up within two seconds begins
  /// in silence.
  void take_over(const Utility& other) noexcept {
    const bool uses_past = other.delay > 0 || other.fading;
    const auto own_lines = lines;
    *this = other;
    lines = own_lines;
    for (std::size_t c = 0; c < lines.size(); ++c)
      if (uses_past)
        lines[c].take_over(other.lines[c]);
      else
        lines[c].clear();
  }

  void process(const ProcessArgs& args) noexcept {
    const Frames wanted = delay_of(args.params);
    if (!started) delay = wanted;
    started = true;
    for (int done = 0; done < args.io.frames();) {
      start_fade(wanted);
      const int until_faded = fading ? static_cast<int>(fade_length - fade_age) : kSlice;
      const int run = std::min({args.io.frames() - done, until_faded, kSlice});
      process_run(args, done, run);
      done += run;
      if (fading) end_fade(run);
    }
  }

  static Frames latency(std::span<const float> params, double) noexcept {
    return static_cast<Frames>(params[kLatencySamples]);
  }
  static Frames tail(std::span<const float> params, double) noexcept { return delay_of(params); }
  static bool lingers(std::span<const float> params) noexcept { return params[kDelaySamples] > 0.0f; }

 private:
  static Frames delay_of(std::span<const float> params) noexcept {
    return static_cast<Frames>(params[kDelaySamples]) + static_cast<Frames>(params[kLatencySamples]);
  }

  /// A change during a fade waits for its end; of those that wait the newest counts.
  void start_fade(Frames wanted) noexcept {
    if (fading || wanted == delay) return;
    fading = true;
    fade_age = 0;
    next_delay = wanted;
  }

  void end_fade(int run) noexcept {
    fade_age += run;
    if (fade_age < fade_length) return;
    fading = false;
    delay = next_delay;
  }

  void process_run(const ProcessArgs& args, int first, int run) noexcept {
    const AudioBlock io = args.io.part(first, run);
    for (int c = 0; c < io.channels(); ++c) lines[static_cast<std::size_t>(c)].write(io.channel(c));
    const bool moves = std::ranges::any_of(args.curves, [](const auto& curve) { return !curve.empty(); });
    const Matrix standing = matrix_at(args, 0);
    if (!moves && !fading && delay == 0 && standing.is_neutral()) return;
    Stereo late;
    for (int c = 0; c < io.channels(); ++c) read_late(io, c, late[static_cast<std::size_t>(c)]);
    if (io.channels() == 1) std::ranges::copy_n(late[0].begin(), run, late[1].begin());
    for (int i = 0; i < run; ++i) write_frame(moves ? matrix_at(args, first + i) : standing, late, i, io);
  }

  /// The delayed input of a channel, in 64 bit.
  void read_late(const AudioBlock& io, int c, std::array<double, kSlice>& late) const noexcept {
    const DelayLine<float>& line = lines[static_cast<std::size_t>(c)];
    const auto frames = static_cast<std::size_t>(io.frames());
    std::array<float, kSlice> now, next;
    line.read(delay, std::span(now).first(frames));
    std::copy_n(now.begin(), frames, late.begin());
    if (!fading) return;
    line.read(next_delay, std::span(next).first(frames));
    for (std::size_t i = 0; i < frames; ++i) {
      const double t = static_cast<double>(fade_age + static_cast<Frames>(i)) / static_cast<double>(fade_length);
      const double weight = smoothstep(t);
      late[i] = (1.0 - weight) * late[i] + weight * static_cast<double>(next[i]);
    }
  }

  /// What a side gets of itself and of the other one.
  struct Matrix {
    double same, cross;
    bool is_neutral() const noexcept { return same == 1.0 && cross == 0.0; }
    /// A factor of 0 leaves its side out, so that one side's -0 or infinity never marks the other.
    double apply(double own, double other) const noexcept {
      if (cross == 0.0) return same * own;
      if (same == 0.0) return cross * other;
      return same * own + cross * other;
    }
  };

  /// The mixture at frame i of the call. Swap and mono are blends, so that a switch on its way has no edge.
  static Matrix matrix_at(const ProcessArgs& args, int i) noexcept {
    const auto value = [&](ParamIndex p) {
      const auto curve = args.curve(p);
      return static_cast<double>(curve.empty() ? args.params[p] : curve[static_cast<std::size_t>(i)]);
    };
    const double gain = to_gain({value(kGainDb)}).value * (1.0 - 2.0 * value(kPolarity));
    if (args.io.channels() == 1) return {gain, 0.0};
    const double swap = value(kSwap), mono = value(kMono);
    return {gain * ((1.0 - mono) * (1.0 - swap) + 0.5 * mono), gain * ((1.0 - mono) * swap + 0.5 * mono)};
  }

  static void write_frame(const Matrix& matrix, const Stereo& late, int i, const AudioBlock& io) noexcept {
    const auto at = static_cast<std::size_t>(i);
    io.channel(0)[at] = static_cast<float>(matrix.apply(late[0][at], late[1][at]));
    if (io.channels() == 2) io.channel(1)[at] = static_cast<float>(matrix.apply(late[1][at], late[0][at]));
  }
};

}  // namespace

InsertType utility() { return insert_type<Utility>("utility", "Utility"); }

}  // namespace busbar
