#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <span>
#include <string_view>

#include "engine/realtime/dsp/glide.hpp"
#include "engine/realtime/dsp/note.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/sinc_line.hpp"
#include "engine/realtime/dsp/svf.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// Echoes, free or in time with the session, one behind the other or from side to side. Wet only: `mix` is the
/// engine's.
/// Shape   io is [channels][frames], in place; ping-pong makes stereo of mono
/// Units   times in ms or notes; feedback and width in percent; corners of the filters in the feedback loop in Hz
/// State   two lines and two filters each; how long the input has been silent
/// Errors  the time is exact to 0.001 frames; see dsp/sinc_line.hpp. Times below 16 frames are 16 frames. What still
///         rings 200 dB later, or ten minutes after the last input, is faded out
/// Source  in → line → out → filters → feedback → line. No part of the loop amplifies, and what is fed back is bent
///         above +12 dBFS, so that no setting and no move can make it run away
struct Echo {
  static constexpr bool kLinear = true;
  enum : ParamIndex {
    kSync,
    kTimeMs,
    kNote,
    kFeedback,
    kPingPong,
    kLowCutHz,
    kHighCutHz,
    kWidth,
    kTempo,
  };
  static constexpr auto kSyncs = std::to_array<std::string_view>({"free", "tempo"});
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kSync,
       .key = "sync",
       .label = "Sync",
       .kind = ParamKind::choice,
       .max = 1.0f,
       .travel = Travel::plan,
       .choices = kSyncs},
      {.index = kTimeMs,
       .key = "time_ms",
       .label = "Time",
       .unit = Unit::milliseconds,
       .min = 1.0f,
       .max = 4000.0f,
       .start = 250.0f,
       .taper = Taper::log,
       .travel = Travel::jump},
      {.index = kNote,
       .key = "note",
       .label = "Note",
       .kind = ParamKind::choice,
       .max = static_cast<float>(kNoteNames.size() - 1),
       .start = static_cast<float>(kEighthNote),
       .travel = Travel::jump,
       .choices = kNoteNames},
      {.index = kFeedback,
       .key = "feedback",
       .label = "Feedback",
       .unit = Unit::percent,
       .min = 0.0f,
       .max = 100.0f,
       .start = 25.0f},
      {.index = kPingPong, .key = "ping_pong", .label = "Ping-pong", .kind = ParamKind::flag, .travel = Travel::plan},
      {.index = kLowCutHz,
       .key = "low_cut_hz",
       .label = "Low cut",
       .unit = Unit::hertz,
       .min = 20.0f,
       .max = 2000.0f,
       .start = 100.0f,
       .taper = Taper::log},
      {.index = kHighCutHz,
       .key = "high_cut_hz",
       .label = "High cut",
       .unit = Unit::hertz,
       .min = 500.0f,
       .max = 20000.0f,
       .start = 8000.0f,
       .taper = Taper::log},
      {.index = kWidth,
       .key = "width",
       .label = "Width",
       .unit = Unit::percent,
       .min = 0.0f,
       .max = 100.0f,
       .start = 100.0f,
       .travel = Travel::frame},
      tempo_param(kTempo),
  });

  static constexpr int kRun = 64;
  using Run = std::array<float, static_cast<std::size_t>(kRun)>;

  /// Where the line is read.
  struct Tap {
    double frames = 0.0;
    Frames whole = 0;
    std::array<float, SincLine::kTaps> weights{};
  };
  struct Side {
    SincLine line;
    SvfState low_cut, high_cut;
  };

  double rate = 48000.0;
  const SincTable* table = nullptr;
  Frames fade_length = 1;
  int in_channels = 2;
  bool ping_pong = false;
  std::array<Side, 2> sides;
  Tap tap, next_tap;
  Frames fade_age = 0;
  bool fading = false;
  bool started = false;
  Frames silent_for = 0;                        // frames since the input last was not zero
  Glide<1> feedback;                            // 0 … 1
  float low_cut_hz = 0.0f, high_cut_hz = 0.0f;  // what the tunings are for
  SvfTuning low_cut{}, high_cut{};
  SettleClock clock;

  /// In time with the session a slow tempo and a long note take more memory than any time in ms: so `sync` is a plan's.
  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    table = &SincTable::shared();
    fade_length = std::max<Frames>(1, to_frames(kMoveSeconds, rate));
    in_channels = args.channels;
    ping_pong = args.params[kPingPong] > 0.5f;
    const bool is_free = args.params[kSync] < 0.5f;
    const double longest = is_free ? 0.001 * kParams[kTimeMs].max : note_seconds(0.0f, kParams[kTempo].min);
    const std::size_t memory = SincLine::memory_for(to_frames(longest, rate) + kRun);
    for (int c = 0; c < out_channels(args.channels, args.params); ++c)
      sides[static_cast<std::size_t>(c)].line.lend(args.memory.take<float>(memory));
    reset();
  }

  void reset() noexcept {
    forget();
    fading = started = false;
    silent_for = kForever;
    clock.restart();
  }

  /// Of the lines no more is copied than will be heard.
  void take_over(const Echo& other) noexcept {
    const std::array own{sides[0].line, sides[1].line};
    *this = other;
    const Frames needed = std::max(tap.whole, next_tap.whole) + kRun;
    for (std::size_t c = 0; c < sides.size(); ++c) {
      sides[c].line = own[c];
      if (c == 0 || out_channels() == 2) sides[c].line.take_over(other.sides[c].line, needed);
    }
  }

  void process(const ProcessArgs& args) noexcept {
    const Frames whole_tail = tail(args.params, rate);
    aim(args.params);
    tune(args.params);
    clock.drive(
        args.io.frames(),
        [&](int first, int count) {
          for (int done = first; done < first + count;) {
            if (silent_for >= whole_tail) forget();
            const int part = std::min(first + count - done, longest_run(whole_tail));
            run(args, whole_tail, done, part);
            done += part;
            if (fading) end_fade(part);
            aim(args.params);
          }
        },
        [this] {
          for (Side& side : sides) {
            side.low_cut.settle();
            side.high_cut.settle();
          }
        });
  }

  static int out_channels(int channels, std::span<const float> params) noexcept {
    return params[kPingPong] > 0.5f ? 2 : channels;
  }

  /// The repeats until 200 dB below, at most ten minutes of them, and what the filters do to each of them.
  static Frames tail(std::span<const float> params, double rate) noexcept {
    const double once = time_of(params, rate), share = 0.01 * static_cast<double>(params[kFeedback]);
    const double repeats = share > 0.0 ? std::ceil(kTailDb / std::max(-20.0 * std::log10(share), 1e-6)) : 0.0;
    const double most = std::max(kLongestTail * rate, 3.0 * once);
    const double filters = share > 0.0 ? kFilterTail * rate : 0.0;
    return static_cast<Frames>(std::min((repeats + 2.0) * once + filters, most)) + 3 * kRun +
           to_frames(kMoveSeconds, rate);
  }

 private:
  static constexpr Frames kForever = std::numeric_limits<Frames>::max() / 2;
  static constexpr double kTailDb = 200.0, kLongestTail = 600.0, kFilterTail = 0.2;  // s
  static constexpr double kShortest = 16.0;                                          // frames
  static constexpr float kLoudest = 4.0f;

  int out_channels() const noexcept { return ping_pong ? 2 : in_channels; }

  static double time_of(std::span<const float> params, double rate) noexcept {
    const double seconds = params[kSync] > 0.5f ? note_seconds(params[kNote], params[kTempo])
                                                : 0.001 * static_cast<double>(params[kTimeMs]);
    return std::max(seconds * rate, kShortest);
  }

  /// A change during a fade waits for its end; of those that wait the newest counts.
  void aim(std::span<const float> params) noexcept {
    const double wanted = time_of(params, rate);
    if (fading || (started && wanted == tap.frames)) return;
    next_tap.frames = wanted;
    next_tap.whole = static_cast<Frames>(wanted);
    table->weights(wanted - static_cast<double>(next_tap.whole), next_tap.weights.data());
    if (!started) {
      tap = next_tap;
      feedback.stand_at({0.01 * static_cast<double>(params[kFeedback])});
    }
    fading = started;
    started = true;
    fade_age = 0;
  }

  void end_fade(int run) noexcept {
    fade_age += run;
    if (fade_age < fade_length) return;
    fading = false;
    tap = next_tap;
  }

  void tune(std::span<const float> params) noexcept {
    feedback.go_to({0.01 * static_cast<double>(params[kFeedback])}, kGrid);
    constexpr double kButterworth = std::numbers::sqrt2 / 2.0;
    if (params[kLowCutHz] != low_cut_hz)
      low_cut = SvfTuning::at(std::min(static_cast<double>(params[kLowCutHz]), 0.45 * rate), kButterworth, rate);
    if (params[kHighCutHz] != high_cut_hz)
      high_cut = SvfTuning::at(std::min(static_cast<double>(params[kHighCutHz]), 0.45 * rate), kButterworth, rate);
    low_cut_hz = params[kLowCutHz];
    high_cut_hz = params[kHighCutHz];
  }

  /// No call may read what it has yet to write, nor go beyond the end of a fade or of a tail.
  int longest_run(Frames whole_tail) const noexcept {
    const Frames nearest = std::min(tap.whole, fading ? next_tap.whole : tap.whole) - SincLine::kAhead;
    const Frames faded = fading ? fade_length - fade_age : kRun;
    const Frames ended = silent_for < whole_tail ? whole_tail - silent_for : kRun;
    return static_cast<int>(std::min({nearest, faded, ended, Frames{kRun}}));
  }

  void run(const ProcessArgs& args, Frames whole_tail, int first, int count) noexcept {
    const AudioBlock io = args.io.part(first, count);
    const Frames silent_before = silent_for;
    count_silence(io);
    if (silent_before >= whole_tail && silent_for >= whole_tail) {
      for (int c = 0; c < io.channels(); ++c) std::ranges::fill(io.channel(c), 0.0f);
      feedback.advance(count);
      return;
    }
    std::array<Run, 2> late;
    for (int c = 0; c < out_channels(); ++c) read(sides[at(c)], count, late[at(c)]);
    if (silent_before + count > whole_tail - fade_length) fade_out(io, silent_before, whole_tail, late);
    feed(io, late);
    for (int c = 0; c < io.channels(); ++c) std::copy_n(late[at(c)].begin(), count, io.channel(c).begin());
    if (io.channels() == 2) narrow(args, first, io);
  }

  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  void forget() noexcept {
    for (Side& side : sides) {
      side.line.clear();
      side.low_cut = side.high_cut = {};
    }
  }

  bool is_silent(const AudioBlock& io, int frame) const noexcept {
    return io.channel(0)[at(frame)] == 0.0f && (in_channels == 1 || io.channel(1)[at(frame)] == 0.0f);
  }

  void count_silence(const AudioBlock& io) noexcept {
    for (int i = io.frames(); i-- > 0;)
      if (!is_silent(io, i)) {
        silent_for = io.frames() - 1 - i;
        return;
      }
    silent_for = std::min(silent_for + io.frames(), kForever);
  }

  void read(const Side& side, int count, Run& out) const noexcept {
    side.line.read<kRun>(tap.whole, tap.weights.data(), count, out.data());
    if (!fading) return;
    Run next;
    side.line.read<kRun>(next_tap.whole, next_tap.weights.data(), count, next.data());
    for (int i = 0; i < count; ++i) {
      const double t = static_cast<double>(fade_age + i) / static_cast<double>(fade_length);
      const auto weight = static_cast<float>(smoothstep(t));
      out[at(i)] += weight * (next[at(i)] - out[at(i)]);
    }
  }

  /// The last of a tail.
  void fade_out(const AudioBlock& io, Frames silent, Frames whole_tail, std::array<Run, 2>& late) const noexcept {
    for (int i = 0; i < io.frames(); ++i) {
      silent = is_silent(io, i) ? std::min(silent + 1, kForever) : 0;
      const double t = static_cast<double>(whole_tail - silent) / static_cast<double>(fade_length);
      const auto gain = static_cast<float>(smoothstep(std::clamp(t, 0.0, 1.0)));
      for (Run& run : late) run[at(i)] *= gain;
    }
  }

  /// What comes in, and what comes back, into the lines.
  void feed(const AudioBlock& io, const std::array<Run, 2>& late) noexcept {
    std::array<Run, 2> back;
    for (int c = 0; c < out_channels(); ++c) {
      Side& side = sides[at(c)];
      SvfState low = side.low_cut, high = side.high_cut;
      Glide<1> share = feedback;
      for (int i = 0; i < io.frames(); ++i, share.advance()) {
        const double filtered =
            high.next(high_cut, low.next(low_cut, static_cast<double>(late[at(c)][at(i)])).high).low;
        back[at(c)][at(i)] = bounded(static_cast<float>(share.now()[0] * filtered));
      }
      side.low_cut = low;
      side.high_cut = high;
    }
    feedback.advance(io.frames());
    if (ping_pong)
      cross(io, back);
    else
      for (int c = 0; c < io.channels(); ++c)
        for (int i = 0; i < io.frames(); ++i) back[at(c)][at(i)] += io.channel(c)[at(i)];
    for (int c = 0; c < out_channels(); ++c) sides[at(c)].line.write(back[at(c)].data(), io.frames());
  }

  /// From side to side: the input, as mono, goes to the left line, the left one's echo to the right one and back.
  void cross(const AudioBlock& io, std::array<Run, 2>& back) const noexcept {
    for (int i = 0; i < io.frames(); ++i) {
      const float l = io.channel(0)[at(i)];
      const float mono = in_channels == 2 ? 0.5f * (l + io.channel(1)[at(i)]) : l;
      const float from_left = back[0][at(i)];
      back[0][at(i)] = mono + back[1][at(i)];
      back[1][at(i)] = from_left;
    }
  }

  /// A straight line up to kLoudest, never beyond twice that.
  static float bounded(float x) noexcept {
    const float magnitude = std::fabs(x);
    if (!(magnitude > kLoudest)) return x;
    const float over = magnitude - kLoudest;
    return std::copysign(kLoudest + kLoudest * (1.0f - kLoudest / (kLoudest + over)), x);
  }

  static void narrow(const ProcessArgs& args, int first, const AudioBlock& io) noexcept {
    const auto curve = args.curve(kWidth);
    if (curve.empty() && args.params[kWidth] == 100.0f) return;
    for (int i = 0; i < io.frames(); ++i) {
      const double width = 0.01 * static_cast<double>(curve.empty() ? args.params[kWidth] : curve[at(first + i)]);
      float &l = io.channel(0)[at(i)], &r = io.channel(1)[at(i)];
      const double same = 0.5 * (1.0 + width), other = 0.5 * (1.0 - width);
      const double left = static_cast<double>(l), right = static_cast<double>(r);
      l = static_cast<float>(same * left + other * right);
      r = static_cast<float>(same * right + other * left);
    }
  }
};

}  // namespace

InsertType delay() { return insert_type<Echo>("delay", "Delay"); }

}  // namespace busbar
