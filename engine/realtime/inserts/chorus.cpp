#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

#include "engine/realtime/dsp/glide.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/settle.hpp"
#include "engine/realtime/dsp/sinc_line.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// Voices that drift around the original: each side hears up to four delayed copies whose delays swing like a sine.
/// Wet only: `mix` is the engine's.
/// Shape   io is [channels][frames], in place; mono becomes stereo, as if both sides had it 3 dB lower
/// Units   rate in Hz, delay and depth (how far the delay swings to either side) in ms; width in percent: how far the
///         swings of left and right are apart, 100 % a quarter of a turn
/// State   a line per input channel, the phase of the swing
/// Errors  a voice is delayed to 0.001 frames and flat to 0.003 dB up to 15 kHz; a delay never falls below 16 frames
/// Source  J. Dattorro, "Effect Design, Part 2: Delay-Line Modulation and Chorus", JAES 45(10), 1997, with
///         dsp/sinc_line.hpp as the interpolator
struct Chorus {
  static constexpr bool kLinear = true;
  static bool lingers(std::span<const float>) noexcept { return true; }
  enum : ParamIndex { kRateHz, kDepthMs, kDelayMs, kVoices, kWidth };
  static constexpr float kMostDelay = 50.0f, kMostDepth = 10.0f;
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kRateHz,
       .key = "rate_hz",
       .label = "Rate",
       .unit = Unit::hertz,
       .min = 0.01f,
       .max = 10.0f,
       .start = 0.6f,
       .taper = Taper::log},
      {.index = kDepthMs,
       .key = "depth_ms",
       .label = "Depth",
       .unit = Unit::milliseconds,
       .min = 0.0f,
       .max = kMostDepth,
       .start = 2.0f},
      {.index = kDelayMs,
       .key = "delay_ms",
       .label = "Delay",
       .unit = Unit::milliseconds,
       .min = 1.0f,
       .max = kMostDelay,
       .start = 12.0f,
       .taper = Taper::log},
      {.index = kVoices,
       .key = "voices",
       .label = "Voices",
       .min = 1.0f,
       .max = 4.0f,
       .start = 2.0f,
       .travel = Travel::jump,
       .whole = true},
      {.index = kWidth,
       .key = "width",
       .label = "Width",
       .unit = Unit::percent,
       .min = 0.0f,
       .max = 100.0f,
       .start = 100.0f},
  });

  static constexpr int kMostVoices = 4;
  static constexpr double kShortest = 16.0;  // frames

  /// A point on the unit circle that goes round.
  struct Turn {
    double cosine = 1.0, sine = 0.0;
    static Turn by(double turns) noexcept {
      const double angle = 2.0 * std::numbers::pi * turns;
      return {std::cos(angle), std::sin(angle)};
    }
    Turn operator*(const Turn& other) const noexcept {
      return {cosine * other.cosine - sine * other.sine, cosine * other.sine + sine * other.cosine};
    }
  };

  double rate = 48000.0;
  const SincTable* table = nullptr;
  int in_channels = 2;
  std::array<SincLine, 2> lines;
  Turn phase, step;
  std::array<Turn, kMostVoices> voice_at{};  // the voices' places on the circle
  float stepped_hz = 0.0f;                   // what `step` is for
  float shown_width = -1.0f;                 // what `side_at` is for
  Glide<2> side_at;                          // cosine and sine of the right side's lead
  Glide<kMostVoices> gains;
  double delay = 0.0, depth = 0.0;  // in frames, on their way
  double glide_share = 1.0;
  Frames fade = 1;
  bool started = false;
  SettleClock clock;

  void prepare(const PrepareArgs& args) {
    rate = args.sample_rate;
    table = &SincTable::shared();
    in_channels = args.channels;
    glide_share = -std::expm1(-1.0 / (kGlideSeconds * rate));
    fade = std::max<Frames>(1, to_frames(kMoveSeconds, rate));
    for (std::size_t v = 0; v < voice_at.size(); ++v) voice_at[v] = Turn::by(kVoicePlaces[v]);
    const std::size_t memory = SincLine::memory_for(longest(rate) + kSettleEvery);
    for (int c = 0; c < args.channels; ++c) lines[static_cast<std::size_t>(c)].lend(args.memory.take<float>(memory));
    reset();
  }

  void reset() noexcept {
    for (SincLine& line : lines) line.clear();
    phase = {};
    stepped_hz = 0.0f;
    shown_width = -1.0f;
    started = false;
    clock.restart();
  }

  void take_over(const Chorus& other) noexcept {
    const auto own = lines;
    *this = other;
    for (std::size_t c = 0; c < lines.size(); ++c) {
      lines[c] = own[c];
      if (static_cast<int>(c) < in_channels) lines[c].take_over(other.lines[c], longest(rate));
    }
  }

  void process(const ProcessArgs& args) noexcept {
    tune(args.params);
    clock.drive(
        args.io.frames(), [&](int first, int count) { run(args, args.io.part(first, count)); }, [this] { settle(); });
  }

  static int out_channels(int, std::span<const float>) noexcept { return 2; }
  /// Delay and depth may still be on their way from anywhere.
  static Frames tail(std::span<const float>, double rate) noexcept { return longest(rate); }

 private:
  static constexpr double kGlideSeconds = 0.05;
  static constexpr std::array<double, kMostVoices> kVoicePlaces{0.0, 0.5, 0.25, 0.75};  // of a turn

  static Frames longest(double rate) noexcept {
    const auto most = static_cast<double>(kMostDelay + kMostDepth);
    return static_cast<Frames>(std::max(0.001 * most * rate, kShortest)) + SincLine::kTaps;
  }

  void tune(std::span<const float> params) noexcept {
    if (params[kRateHz] != stepped_hz) {
      stepped_hz = params[kRateHz];
      step = Turn::by(static_cast<double>(stepped_hz) / rate);
    }
    const Turn lead = Turn::by(0.0025 * static_cast<double>(params[kWidth]));
    Glide<kMostVoices>::Values wanted{};
    const auto voices = static_cast<std::size_t>(params[kVoices]);
    const double share = in_channels == 1 ? std::numbers::sqrt2 / 2.0 : 1.0;
    for (std::size_t v = 0; v < voices; ++v) wanted[v] = share / std::sqrt(static_cast<double>(voices));
    if (params[kWidth] != shown_width && started) side_at.go_to({lead.cosine, lead.sine}, kGrid);
    if (started) {
      gains.go_to(wanted, fade);
    } else {
      side_at.stand_at({lead.cosine, lead.sine});
      gains.stand_at(wanted);
      delay = wanted_delay(params);
      depth = wanted_depth(params);
    }
    shown_width = params[kWidth];
    started = true;
  }

  double wanted_delay(std::span<const float> params) const noexcept {
    return std::max(0.001 * static_cast<double>(params[kDelayMs]) * rate, kShortest);
  }
  double wanted_depth(std::span<const float> params) const noexcept {
    return 0.001 * static_cast<double>(params[kDepthMs]) * rate;
  }

  void run(const ProcessArgs& args, const AudioBlock& io) noexcept {
    const double to_delay = wanted_delay(args.params), to_depth = wanted_depth(args.params);
    float* left = io.channel(0).data();
    float* right = io.channel(1).data();
    for (int i = 0; i < io.frames(); ++i) {
      lines[0].write(left + i, 1);
      if (in_channels == 2) lines[1].write(right + i, 1);
      delay += glide_share * (to_delay - delay);
      depth += glide_share * (to_depth - depth);
      const Turn lead{side_at.now()[0], side_at.now()[1]};
      left[i] = voices(lines[0], phase);
      right[i] = voices(in_channels == 2 ? lines[1] : lines[0], phase * lead);
      phase = phase * step;
      side_at.advance();
      gains.advance();
    }
  }

  /// The sum of one side's voices.
  float voices(const SincLine& line, const Turn& side) const noexcept {
    double sum = 0.0;
    for (std::size_t v = 0; v < kMostVoices; ++v) {
      const double gain = gains.now()[v];
      if (gain == 0.0) continue;
      const double swing = side.sine * voice_at[v].cosine + side.cosine * voice_at[v].sine;
      const double frames = std::max(delay + depth * swing, kShortest);
      const auto whole = static_cast<Frames>(frames);
      std::array<float, SincLine::kTaps> weights;
      table->weights(frames - static_cast<double>(whole), weights.data());
      sum += gain * static_cast<double>(line.read(whole + 1, weights.data()));
    }
    return static_cast<float>(sum);
  }

  /// Rounding would take the point off its circle in time.
  void settle() noexcept {
    const double to_circle = 1.0 / std::hypot(phase.cosine, phase.sine);
    phase.cosine *= to_circle;
    phase.sine *= to_circle;
  }
};

}  // namespace

InsertType chorus() { return insert_type<Chorus>("chorus", "Chorus"); }

}  // namespace busbar
