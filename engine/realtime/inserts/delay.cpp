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
#include "engine/realtime/dsp/section.hpp"
#include "engine/realtime/dsp/sinc_line.hpp"
#include "engine/realtime/dsp/svf.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/kernels/pair_io.hpp"
#include "engine/realtime/kernels/sections.hpp"

namespace busbar {

namespace {

/// Echoes, free or in time with the session, one behind the other or from side to side. Wet only: `mix` is the
/// engine's.
/// Shape   io is [channels][frames], in place; ping-pong makes stereo of mono, which takes another plan and instance:
///         a mono one never crosses. Any other switch is a fade between two ways to feed the lines
/// Units   times in ms or notes; feedback and width in percent; corners of the filters in the feedback loop in Hz
/// State   two lines, two filters for both; how long the input has been silent
/// Errors  the time is exact to 0.001 frames; see dsp/sinc_line.hpp. Times below 16 frames are 16 frames. What still
///         rings 200 dB later, or ten minutes after the last input, is faded out
/// Source  in → line → out → filters → feedback → line. No part of the loop amplifies, and what is fed back is bent
///         above +12 dBFS, so that no setting and no move can make it run away
struct Echo {
  static constexpr bool kLinear = true;
  static bool lingers(std::span<const float>) noexcept { return true; }
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
       .travel = Travel::jump,
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
      {.index = kPingPong, .key = "ping_pong", .label = "Ping-pong", .kind = ParamKind::flag, .travel = Travel::jump},
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
  double rate = 48000.0;
  const SincTable* table = nullptr;
  Frames fade_length = 1;
  int in_channels = 2, out_count = 2;
  std::array<SincLine, 2> lines;
  Tap tap, next_tap;
  Frames fade_age = 0;
  bool fading = false;
  bool crossed = false;      // the law by which the lines are fed, or the one that is faded to
  Frames crossing_left = 0;  // of that fade
  bool started = false;
  Frames silent_for = 0;                        // frames since the input last was not zero
  Glide<1> feedback;                            // 0 … 1
  float low_cut_hz = 0.0f, high_cut_hz = 0.0f;  // what the tunings are for
  SectionTuning low_cut, high_cut;
  SectionState low_cut_state, high_cut_state;
  double tail_time = 0.0;  // what the tail is of
  float tail_feedback = 0.0f;
  Frames whole_tail = 0;
  SettleClock clock;

  /// The lines hold the longest note at the slowest tempo, which is longer than any time in ms.
  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    table = &SincTable::shared();
    fade_length = std::max<Frames>(1, to_frames(kMoveSeconds, rate));
    in_channels = args.channels;
    out_count = out_channels(args.channels, args.params);
    const double longest = std::max(0.001 * kParams[kTimeMs].max, note_seconds(0.0f, kParams[kTempo].min));
    const std::size_t memory = SincLine::memory_for(to_frames(longest, rate) + kRun);
    for (int c = 0; c < out_count; ++c) lines[at(c)].lend(args.memory.take<float>(memory));
    reset();
  }

  void reset() noexcept {
    forget();
    fading = started = false;
    crossing_left = 0;
    silent_for = kForever;
    clock.restart();
  }

  /// Of the lines no more is copied than will be heard. Where a mono delay begins to go from side to side, its echoes
  /// set out from the left; where it ends, the right ones come to the left.
  void take_over(const Echo& other) noexcept {
    const std::array own = lines;
    const int own_count = out_count;
    *this = other;
    out_count = own_count;
    const Frames needed = std::max(tap.whole, next_tap.whole) + kRun;
    lines = own;
    for (int c = 0; c < std::min(out_count, other.out_count); ++c) lines[at(c)].take_over(other.lines[at(c)], needed);
    if (out_count > other.out_count) spread();
    if (out_count < other.out_count) join(other.lines[1], needed);
  }

  void process(const ProcessArgs& args) noexcept {
    know_tail(args.params);
    aim(args.params);
    tune(args.params);
    clock.drive(
        args.io.frames(),
        [&](int first, int count) {
          for (int done = first; done < first + count;) {
            if (silent_for >= whole_tail) forget();
            const int part = std::min(first + count - done, longest_run());
            run(args, done, part);
            done += part;
            if (fading) end_fade(part);
            crossing_left = std::max<Frames>(crossing_left - part, 0);
            aim(args.params);
          }
        },
        [this] {
          low_cut_state.settle();
          high_cut_state.settle();
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
    return static_cast<Frames>(std::min((repeats + 2.0) * once + filters, most)) + Frames{3} * kRun +
           to_frames(kMoveSeconds, rate);
  }

 private:
  static constexpr Frames kForever = std::numeric_limits<Frames>::max() / 2;
  static constexpr double kTailDb = 200.0, kLongestTail = 600.0, kFilterTail = 0.2;  // s
  static constexpr double kShortest = 16.0;                                          // frames
  static constexpr float kLoudest = 4.0f;

  /// It takes a logarithm to tell.
  void know_tail(std::span<const float> params) noexcept {
    const double time = time_of(params, rate);
    if (whole_tail != 0 && time == tail_time && params[kFeedback] == tail_feedback) return;
    tail_time = time;
    tail_feedback = params[kFeedback];
    whole_tail = tail(params, rate);
  }

  static double time_of(std::span<const float> params, double rate) noexcept {
    const double seconds = params[kSync] > 0.5f ? note_seconds(params[kNote], params[kTempo])
                                                : 0.001 * static_cast<double>(params[kTimeMs]);
    return std::max(seconds * rate, kShortest);
  }

  void spread() noexcept {
    lines[1].clear();
    crossed = true;
    crossing_left = fade_length;
  }

  /// A filter of a sum is the sum of its filters.
  void join(const SincLine& right, Frames frames) noexcept {
    lines[0].add(right, frames);
    crossed = false;
    crossing_left = 0;
    for (SectionState* state : {&low_cut_state, &high_cut_state})
      for (Pair* held : {&state->s1, &state->s2}) held->lane = {held->lane[0] + held->lane[1], 0.0};
  }

  /// A change during a fade waits for its end; of those that wait the newest counts.
  void aim(std::span<const float> params) noexcept {
    aim_law(params);
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

  void aim_law(std::span<const float> params) noexcept {
    const bool wanted = in_channels == 2 ? params[kPingPong] > 0.5f : out_count == 2;
    if (crossing_left > 0 || wanted == crossed) return;
    crossing_left = started ? fade_length : 0;
    crossed = wanted;
  }

  void end_fade(int run) noexcept {
    fade_age += run;
    if (fade_age < fade_length) return;
    fading = false;
    tap = next_tap;
  }

  void tune(std::span<const float> params) noexcept {
    feedback.go_to({0.01 * static_cast<double>(params[kFeedback])}, kGrid);
    constexpr double kQ = std::numbers::sqrt2 / 2.0;
    const auto tuning = [&](float hz) {
      return SvfTuning::at(std::min(static_cast<double>(hz), 0.45 * rate), kQ, rate);
    };
    if (params[kLowCutHz] != low_cut_hz) low_cut = SectionTuning::high_of(tuning(params[kLowCutHz]));
    if (params[kHighCutHz] != high_cut_hz)
      high_cut = SectionTuning::second_order(tuning(params[kHighCutHz]).g, 1.0 / kQ, 0.0, 0.0, 1.0);
    low_cut_hz = params[kLowCutHz];
    high_cut_hz = params[kHighCutHz];
  }

  /// No call may read what it has yet to write, nor go beyond the end of a fade or of a tail.
  int longest_run() const noexcept {
    const Frames nearest = std::min(tap.whole, fading ? next_tap.whole : tap.whole) - SincLine::kAhead;
    const Frames faded = fading ? fade_length - fade_age : kRun;
    const Frames crossing = crossing_left > 0 ? crossing_left : kRun;
    const Frames ended = silent_for < whole_tail ? whole_tail - silent_for : kRun;
    return static_cast<int>(std::min({nearest, faded, crossing, ended, Frames{kRun}}));
  }

  void run(const ProcessArgs& args, int first, int count) noexcept {
    const AudioBlock io = args.io.part(first, count);
    const Frames silent_before = silent_for;
    count_silence(io);
    if (silent_before >= whole_tail && silent_for >= whole_tail) {
      for (int c = 0; c < io.channels(); ++c) std::ranges::fill(io.channel(c), 0.0f);
      feedback.advance(count);
      return;
    }
    std::array<Run, 2> late;
    for (int c = 0; c < out_count; ++c) read(lines[at(c)], count, late[at(c)]);
    if (silent_before + count > whole_tail - fade_length) fade_out(io, silent_before, late);
    feed(io, late);
    for (int c = 0; c < io.channels(); ++c) std::copy_n(late[at(c)].begin(), count, io.channel(c).begin());
    if (io.channels() == 2) narrow(args, first, io);
  }

  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  void forget() noexcept {
    for (SincLine& line : lines) line.clear();
    low_cut_state = high_cut_state = {};
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

  void read(const SincLine& line, int count, Run& out) const noexcept {
    line.read<kRun>(tap.whole, tap.weights.data(), count, out.data());
    if (!fading) return;
    Run next;
    line.read<kRun>(next_tap.whole, next_tap.weights.data(), count, next.data());
    for (int i = 0; i < count; ++i) {
      const double t = static_cast<double>(fade_age + i) / static_cast<double>(fade_length);
      const auto weight = static_cast<float>(smoothstep(t));
      out[at(i)] += weight * (next[at(i)] - out[at(i)]);
    }
  }

  /// The last of a tail.
  void fade_out(const AudioBlock& io, Frames silent, std::array<Run, 2>& late) const noexcept {
    for (int i = 0; i < io.frames(); ++i) {
      silent = is_silent(io, i) ? std::min(silent + 1, kForever) : 0;
      const double t = static_cast<double>(whole_tail - silent) / static_cast<double>(fade_length);
      const auto gain = static_cast<float>(smoothstep(std::clamp(t, 0.0, 1.0)));
      for (Run& run : late) run[at(i)] *= gain;
    }
  }

  /// What comes in, and what comes back, into the lines.
  void feed(const AudioBlock& io, const std::array<Run, 2>& late) noexcept {
    PairBuffer pairs;
    std::array<Run, 2> back = late;
    const AudioBlock whole(back[0].data(), back[1].data(), out_count, io.frames());
    load_pairs(whole, pairs);
    run_sections(std::array<SectionRef, 2>{{{&low_cut, &low_cut_state}, {&high_cut, &high_cut_state}}}, pairs.data(),
                 io.frames());
    share_out(pairs, io.frames());
    store_pairs(pairs, whole);
    for (int c = 0; c < out_count; ++c) bound(back[at(c)], io.frames());
    add_input(io, back);
    for (int c = 0; c < out_count; ++c) lines[at(c)].write(back[at(c)].data(), io.frames());
  }

  /// By the law that holds; while another one takes over, by a blend of both.
  void add_input(const AudioBlock& io, std::array<Run, 2>& back) const noexcept {
    if (crossing_left == 0) return crossed ? cross(io, back) : go_straight(io, back);
    std::array<Run, 2> straight = back;
    go_straight(io, straight);
    cross(io, back);
    for (int i = 0; i < io.frames(); ++i) {
      const double t = static_cast<double>(fade_length - crossing_left + i) / static_cast<double>(fade_length);
      const auto weight = static_cast<float>(crossed ? smoothstep(t) : 1.0 - smoothstep(t));
      for (std::size_t c = 0; c < back.size(); ++c)
        back[c][at(i)] = straight[c][at(i)] + weight * (back[c][at(i)] - straight[c][at(i)]);
    }
  }

  void go_straight(const AudioBlock& io, std::array<Run, 2>& back) const noexcept {
    for (int c = 0; c < in_channels; ++c)
      for (int i = 0; i < io.frames(); ++i) back[at(c)][at(i)] += io.channel(c)[at(i)];
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

  /// By the share that is fed back.
  void share_out(PairBuffer& pairs, int frames) noexcept {
    for (int i = 0; i < frames; ++i, feedback.advance())
      for (double& x : pairs[at(i)].lane) x *= feedback.now()[0];
  }

  /// A straight line up to kLoudest, never beyond twice that.
  static void bound(Run& row, int frames) noexcept {
    bool is_loud = false;
    for (int i = 0; i < frames; ++i) is_loud |= std::fabs(row[at(i)]) > kLoudest;
    for (int i = 0; i < frames && is_loud; ++i) row[at(i)] = bounded(row[at(i)]);
  }
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
