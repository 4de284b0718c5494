#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/reverb_network.hpp"
#include "engine/realtime/dsp/reverb_shape.hpp"
#include "engine/realtime/dsp/svf.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// The sound of a space, without the sound that went in: dry and wet are blended by the insert's mix.
/// Shape   io is [channels][frames], in place; mono becomes stereo, as if both sides had it 3 dB lower
/// Units   decay is the time to fall by 60 dB, the same at all frequencies while damping is at its maximum; at the
///         damping's frequency it is half as long. Width 100 % is the space as it is, 0 % mono
/// State   low cut, delay lines and losses of the network, and how long it has heard nothing
/// Errors  decay times within 5 %; 200 dB below what was heard last the tail is faded out and forgotten
/// Source  dsp/reverb_network.hpp
struct Reverb {
  static constexpr bool kLinear = true;
  static bool lingers(std::span<const float>) noexcept { return true; }
  enum : ParamIndex { kType, kSize, kDecayS, kPredelayMs, kDampingHz, kLowCutHz, kWidth, kModulation };
  static constexpr auto kTypes = std::to_array<std::string_view>({"room", "chamber", "hall", "plate"});
  static constexpr float kDampingOff = 20000.0f;
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kType,
       .key = "space",
       .label = "Space",
       .kind = ParamKind::choice,
       .max = 3.0f,
       .start = 2.0f,
       .travel = Travel::jump,
       .choices = kTypes},
      {.index = kSize,
       .key = "size",
       .label = "Size",
       .min = 0.5f,
       .max = 2.0f,
       .start = 1.0f,
       .taper = Taper::log,
       .travel = Travel::jump},
      {.index = kDecayS,
       .key = "decay_s",
       .label = "Decay",
       .unit = Unit::seconds,
       .min = 0.1f,
       .max = 20.0f,
       .start = 1.8f,
       .taper = Taper::log},
      {.index = kPredelayMs,
       .key = "predelay_ms",
       .label = "Pre-delay",
       .unit = Unit::milliseconds,
       .min = 0.0f,
       .max = 250.0f,
       .start = 0.0f,
       .travel = Travel::jump},
      {.index = kDampingHz,
       .key = "damping_hz",
       .label = "Damping",
       .unit = Unit::hertz,
       .min = 500.0f,
       .max = kDampingOff,
       .start = 8000.0f,
       .taper = Taper::log},
      {.index = kLowCutHz,
       .key = "low_cut_hz",
       .label = "Low cut",
       .unit = Unit::hertz,
       .min = 20.0f,
       .max = 1000.0f,
       .start = 40.0f,
       .taper = Taper::log},
      {.index = kWidth,
       .key = "width",
       .label = "Width",
       .unit = Unit::percent,
       .min = 0.0f,
       .max = 200.0f,
       .start = 100.0f,
       .travel = Travel::frame},
      {.index = kModulation,
       .key = "modulation",
       .label = "Modulation",
       .unit = Unit::percent,
       .min = 0.0f,
       .max = 100.0f,
       .start = 30.0f},
  });

  /// What the delays follow from.
  struct Space {
    float type, size, predelay_ms;
    bool operator==(const Space&) const = default;
    const ReverbShape& shape() const noexcept { return kReverbShapes[static_cast<std::size_t>(type)]; }
  };
  static Space space_of(std::span<const float> params) noexcept {
    return {params[kType], params[kSize], params[kPredelayMs]};
  }
  /// And what, besides, the losses.
  struct Decay {
    float seconds, damping_hz;
    bool operator==(const Decay&) const = default;
  };
  static Decay decay_of(std::span<const float> params) noexcept { return {params[kDecayS], params[kDampingHz]}; }

  double sample_rate = 48000.0;
  int channels = 2;
  ReverbNetwork network;
  SettleClock clock;
  std::array<SvfState, 2> low_cut;
  SvfTuning low_cut_tuning{};
  float low_cut_hz = 0.0f;
  Space space{}, left_space{};  // the one that is heard or faded to, and the one that is faded from
  Decay decay{};
  Frames whole_tail = 0;  // for the space as it is set
  Frames left = 0;        // frames until there is nothing left to hear; 0 while nothing sounds
  Frames fade_length = 1;

  void prepare(const PrepareArgs& args) {
    sample_rate = args.sample_rate;
    channels = args.channels;
    fade_length = std::max<Frames>(1, to_frames(kMoveSeconds, sample_rate));
    ReverbTaps longest;
    for (std::size_t type = 0; type < kTypes.size(); ++type) {
      const ReverbTaps taps = taps_of({static_cast<float>(type), kParams[kSize].max, kParams[kPredelayMs].max});
      for (std::size_t k = 0; k < 16; ++k) {
        longest.first[k] = std::max(longest.first[k], taps.first[k]);
        longest.second[k] = std::max(longest.second[k], taps.second[k]);
        longest.third[k] = std::max(longest.third[k], taps.third[k]);
        longest.loop[k] = std::max(longest.loop[k], taps.loop[k]);
      }
    }
    network.prepare(args.memory, sample_rate, longest);
    reset();
  }

  void reset() noexcept {
    network.clear();
    clock.restart();
    low_cut = {};
    left = 0;
  }

  void take_over(const Reverb& other) noexcept {
    if (other.left == 0) return reset();
    const ReverbNetwork own = network;
    *this = other;
    network = own;
    network.take_over(other.network);
  }

  void process(const ProcessArgs& args) noexcept {
    follow(args.params);
    for (int done = 0; done < args.io.frames();) {
      if (left == 0) {
        done = wait_for_sound(args.io, done);
        if (done == args.io.frames()) return;
        begin(args.params);
      }
      start_fade(args.params);
      const int longest = static_cast<int>(std::min<Frames>(network.longest_piece(), left));
      const int n = std::min(args.io.frames() - done, longest);
      run(args, done, n);
      done += n;
      if (left == 0) reset();
    }
  }

  /// 200 dB, and the way through the network.
  static Frames tail(std::span<const float> params, double rate) noexcept {
    const Space space = space_of(params);
    const double way = space.shape().longest_way() * static_cast<double>(space.size);
    const double seconds = 0.001 * (static_cast<double>(space.predelay_ms) + way + 10.0) +
                           200.0 / 60.0 * static_cast<double>(params[kDecayS]);
    return to_frames(seconds, rate) + 2 * kPiece;
  }

  static int out_channels(int, std::span<const float>) noexcept { return 2; }

 private:
  /// Before the first sound nothing has to be hidden, so that space and losses are at once what is asked for.
  void begin(std::span<const float> params) noexcept {
    space = space_of(params);
    decay = decay_of(params);
    network.stand_at(taps_of(space), gains_of(space, decay));
    network.set_turns(0.01 * static_cast<double>(params[kModulation]));
    left = whole_tail;
  }

  /// What changes with a call.
  void follow(std::span<const float> params) noexcept {
    if (low_cut_hz != params[kLowCutHz]) {
      low_cut_hz = params[kLowCutHz];
      low_cut_tuning = SvfTuning::at(static_cast<double>(low_cut_hz), std::numbers::sqrt2 / 2.0, sample_rate);
    }
    const Frames wanted_tail = tail(params, sample_rate);
    if (left > 0 && wanted_tail != whole_tail) left = std::max(left, wanted_tail);
    whole_tail = wanted_tail;
    if (left == 0) return;
    network.set_turns(0.01 * static_cast<double>(params[kModulation]));
    const Decay wanted = decay_of(params);
    if (wanted == decay) return;
    decay = wanted;
    if (network.fading())
      network.ramp_to(gains_of(left_space, decay), gains_of(space, decay));
    else
      network.ramp_to(gains_of(space, decay), {});
  }

  /// A change of delays during a fade waits for its end; of those that wait the newest counts.
  void start_fade(std::span<const float> params) noexcept {
    const Space wanted = space_of(params);
    if (network.fading() || wanted == space) return;
    left_space = space;
    space = wanted;
    network.fade_to(taps_of(space), gains_of(space, decay));
  }

  ReverbTaps taps_of(const Space& of) const noexcept {
    const ReverbShape& shape = of.shape();
    const double frames = 0.001 * sample_rate * static_cast<double>(of.size);
    const auto early = static_cast<int>(to_frames(0.001 * static_cast<double>(of.predelay_ms), sample_rate));
    ReverbTaps taps{.sparse = shape.sparse, .dense = shape.dense};
    for (std::size_t k = 0; k < 16; ++k) {
      taps.first[k] = early + static_cast<int>(std::lround(shape.first[k] * frames));
      taps.second[k] = static_cast<int>(std::lround(shape.second[k] * frames));
      taps.third[k] = static_cast<int>(std::lround(shape.third[k] * frames));
      taps.loop[k] = std::max(kPiece, static_cast<int>(std::lround(shape.loop[k] * frames)));
    }
    return taps;
  }

  /// A line of m frames loses 60·m/(T·rate) dB, so that a second of any way round loses the same. A filter of one pole
  /// loses as much again at the damping's frequency: (1-p)²/(1 - 2p·cos ω + p²) = g². Towards its maximum the damping
  /// vanishes. The level is that of noise through all rounds, the first echoes included.
  ReverbGains gains_of(const Space& of, const Decay& by) const noexcept {
    constexpr double kFadesOutAbove = 16000.0, kMostPerRound = 2.3;  // 20 dB
    const ReverbShape& shape = of.shape();
    const ReverbTaps taps = taps_of(of);
    const double per_frame = std::log(1000.0) / (static_cast<double>(by.seconds) * sample_rate);
    const auto damping_hz = static_cast<double>(by.damping_hz);
    const double share =
        std::clamp((static_cast<double>(kDampingOff) - damping_hz) / (20000.0 - kFadesOutAbove), 0.0, 1.0);
    const double cosine = std::cos(2.0 * std::numbers::pi * std::min(damping_hz / sample_rate, 0.49));
    ReverbGains gains;
    double mean = 0.0;
    for (std::size_t k = 0; k < 16; ++k) {
      const double loss = per_frame * static_cast<double>(taps.loop[k]);
      gains.gain[k] = std::exp(-loss);
      gains.pole[k] = pole_of(std::min(loss * share, kMostPerRound), cosine);
      mean += static_cast<double>(taps.loop[k]) / 16.0;
    }
    const double round = std::exp(-2.0 * per_frame * mean);
    const double early = static_cast<double>(shape.sparse * shape.sparse + shape.dense * shape.dense);
    gains.level = 1.0 / std::sqrt(2.0 * (round / (1.0 - round) + early));
    return gains;
  }

  /// The pole whose filter, of gain 1 at 0 Hz, has the gain e^-loss where the cosine of the angle is that.
  static double pole_of(double loss, double cosine) noexcept {
    const double lost = -std::expm1(-2.0 * loss);  // of the power
    if (lost == 0.0) return 0.0;
    const double b = (1.0 - (1.0 - lost) * cosine) / lost;
    return 1.0 / (b + std::sqrt(b * b - 1.0));
  }

  float input(const AudioBlock& io, int c, int i) const noexcept {
    return io.channel(channels == 1 ? 0 : c)[static_cast<std::size_t>(i)];
  }
  bool is_silent(const AudioBlock& io, int i) const noexcept {
    return input(io, 0, i) == 0.0f && input(io, 1, i) == 0.0f;
  }

  /// The first frame from `first` on that is to be heard; until then there is silence behind the insert, too.
  int wait_for_sound(const AudioBlock& io, int first) const noexcept {
    for (int i = first; i < io.frames(); ++i) {
      if (!is_silent(io, i)) return i;
      for (int c = 0; c < 2; ++c) io.channel(c)[static_cast<std::size_t>(i)] = 0.0f;
    }
    return io.frames();
  }

  /// A piece: n frames from `first` on.
  void run(const ProcessArgs& args, int first, int n) noexcept {
    const AudioBlock io = args.io.part(first, n);
    std::array<Piece, 2> in{};
    Piece mid, side, end;
    const bool ends = note_sound(io, end);
    clock.drive(
        n, [&](int from, int count) { cut_lows(io, from, count, in); },
        [this] { std::ranges::for_each(low_cut, &SvfState::settle); });
    network.run(in, n, mid, side);
    const auto curve = args.curve(kWidth);
    for (int i = 0; i < n; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const float width = curve.empty() ? args.params[kWidth] : curve[static_cast<std::size_t>(first + i)];
      const float wide = 0.01f * width * side[at];
      io.channel(0)[at] = mid[at] + wide;
      io.channel(1)[at] = mid[at] - wide;
    }
    if (!ends) return;
    for (int c = 0; c < 2; ++c)
      for (int i = 0; i < n; ++i) io.channel(c)[static_cast<std::size_t>(i)] *= end[static_cast<std::size_t>(i)];
  }

  /// Counts the frames since the last sound. True, and the gains with which a tail is faded out, if this is its end.
  bool note_sound(const AudioBlock& io, Piece& end) noexcept {
    const bool ends = left - io.frames() < fade_length;
    for (int i = 0; i < io.frames(); ++i) {
      left = is_silent(io, i) ? left - 1 : whole_tail;
      if (!ends) continue;
      const double t = static_cast<double>(left) / static_cast<double>(fade_length);
      end[static_cast<std::size_t>(i)] = static_cast<float>(smoothstep(std::min(t, 1.0)));
    }
    return ends;
  }

  void cut_lows(const AudioBlock& io, int first, int count, std::array<Piece, 2>& in) noexcept {
    const double share = channels == 1 ? std::numbers::sqrt2 / 2.0 : 1.0;
    auto [l, r] = low_cut;
    for (int i = first; i < first + count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      in[0][at] = static_cast<float>(l.next(low_cut_tuning, share * static_cast<double>(input(io, 0, i))).high);
      in[1][at] = static_cast<float>(r.next(low_cut_tuning, share * static_cast<double>(input(io, 1, i))).high);
    }
    low_cut = {l, r};
  }
};

}  // namespace

InsertType reverb() { return insert_type<Reverb>("reverb", "Reverb"); }

}  // namespace busbar
