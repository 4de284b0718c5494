#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

#include "engine/core/audio_block.hpp"
#include "engine/core/units.hpp"
#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

/// K-weighting: how loud the ear finds a spectrum. 64 bit.
/// Source  ITU-R BS.1770-5, annex 1; its two filters for any rate, from the analogue prototypes they are made of:
///         a shelf of +4 dB above 1682 Hz, then a high-pass at 38 Hz (B. De Man, "Evaluation of Implementations of the
///         EBU R128 Loudness Measurement", AES 145, 2018)
struct KWeighting {
  struct Section {
    double b0, b1, b2, a1, a2;
  };
  std::array<Section, 2> sections{};

  static KWeighting at(double rate) noexcept {
    return {{shelf(std::min(1681.974450955533, 0.45 * rate), rate), high_pass(38.13547087602444, rate)}};
  }

 private:
  static Section shelf(double hz, double rate) noexcept {
    const double k = std::tan(std::numbers::pi * hz / rate), q = 0.7071752369554196;
    const double high = std::pow(10.0, 3.999843853973347 / 20.0), band = std::pow(high, 0.4996667741545416);
    const double norm = 1.0 / (1.0 + k / q + k * k);
    return {(high + band * k / q + k * k) * norm, 2.0 * (k * k - high) * norm, (high - band * k / q + k * k) * norm,
            2.0 * (k * k - 1.0) * norm, (1.0 - k / q + k * k) * norm};
  }
  static Section high_pass(double hz, double rate) noexcept {
    const double k = std::tan(std::numbers::pi * hz / rate), q = 0.5003270373238773;
    const double norm = 1.0 / (1.0 + k / q + k * k);
    return {1.0, -2.0, 1.0, 2.0 * (k * k - 1.0) * norm, (1.0 - k / q + k * k) * norm};
  }
};

/// Finds the gain that makes what comes out of a processor as loud as what went in. The loudness of either side is the
/// gated one of the last minute, by itself; what the gain has missed so far is made up for gently.
/// Shape   in and out frame by frame, one or two channels, aligned in time
/// Units   gain is linear, from -40 dB to +30 dB
/// State   four K-weightings and the powers of the last blocks; counts frames, never calls. Silence adds nothing to it
/// Source  ITU-R BS.1770-5: blocks of 400 ms every 100 ms, gates at -70 LUFS and 10 LU below the mean
class LevelMatch {
 public:
  /// What is known of the processor when it begins: nothing, so that some blocks must be heard first; or the gain, for
  /// one that puts out at once what it gets.
  enum class Start : std::uint8_t { unknown, guessed };

  void prepare(double rate) noexcept {
    weighting_ = KWeighting::at(rate);
    frames_of_part_ = kSettleEvery * std::max(1, static_cast<int>(std::lround(kPartSeconds * rate / kSettleEvery)));
    rise_ = 1.0 - std::exp(-kSettleEvery / (kRiseSeconds * rate));
    fall_ = 1.0 - std::exp(-kSettleEvery / (kFallSeconds * rate));
    restart(1.0);
  }

  /// Forgets everything; `gain` holds until something was heard. The first blocks may be shorter than the others.
  void restart(double gain, Start start = Start::guessed) noexcept {
    states_ = {};
    parts_ = {};
    part_ = {};
    part_frames_ = parts_heard_ = 0;
    next_ = count_ = fresh_ = 0;
    enough_ = start == Start::guessed ? 1 : kEnough;
    counted_ = start == Start::guessed ? 0 : kNever;
    gain_ = target_ = gain;
  }

  /// The processor is changed, which takes `frames`: what was heard of it before soon counts no more.
  void forget(Frames frames) noexcept {
    const auto parts = static_cast<int>(std::min<Frames>(frames / frames_of_part_, kBlocks));
    fresh_ = std::min(fresh_, -kParts - parts);
    if (counted_ != kNever) counted_ = std::min(counted_, -kSettling - parts);
  }

  /// The processor was changed so that it needs `ratio` times the gain.
  void foresee(double ratio) noexcept {
    forget(0);
    gain_ *= ratio;
    target_ *= ratio;
    const double power = 1.0 / (ratio * ratio);
    part_.out *= power;
    for (Powers& part : parts_) part.out *= power;
    for (int k = 1; k <= std::min(count_, kLeast); ++k) block(k).out *= power;
  }

  /// What became of the gain, by frame, where it was not used as it is: see `LiftLimit`.
  struct Use {
    std::span<const double> gains;   ///< what the output was multiplied by
    std::span<const double> shares;  ///< of the gain
  };

  /// Where `in` has fewer channels than `out`, both are compared to it, `in_gain` times as large.
  /// The states of all four filters run side by side, so that they take the time of one.
  void hear(const AudioBlock& in, const AudioBlock& out, double in_gain = 1.0, const Use& use = {}) noexcept {
    for (int i = 0; i < out.frames(); ++i) {
      const auto frame = static_cast<std::size_t>(i);
      // What is limited a little is part of what the processor does; what meets the limit hard is a surprise.
      const double used = use.shares.empty() ? 1.0 : use.shares[frame], share = used < kLeastUsed ? 1.0 : used;
      std::array<double, 4> x{};
      for (int c = 0; c < out.channels(); ++c) {
        const int from = std::min(c, in.channels() - 1);
        x[static_cast<std::size_t>(c)] = in_gain * bounded(in.channel(from)[frame]);
        x[static_cast<std::size_t>(c) + 2] = share * bounded(out.channel(c)[frame]);
      }
      for (std::size_t s = 0; s < 2; ++s) filter(weighting_.sections[s], states_[s], x);
      const double power = x[2] * x[2] + x[3] * x[3];
      const double gain = (use.gains.empty() ? gain_ : use.gains[frame]) / share;
      part_.in += x[0] * x[0] + x[1] * x[1];
      part_.out += power;
      part_.matched += gain * gain * power;
    }
  }

  /// Every so many frames, always kSettleEvery: draws the conclusion from what was heard.
  void conclude(int frames) noexcept {
    for (auto& section : states_)
      for (auto& state : section)
        for (double& s : state)
          if (std::fabs(s) < kSettled) s = 0.0;
    part_frames_ += frames;
    if (part_frames_ >= frames_of_part_) end_part();
    gain_ += (target_ > gain_ ? rise_ : fall_) * (target_ - gain_);
  }

  double gain() const noexcept { return gain_; }

 private:
  static constexpr double kPartSeconds = 0.1, kRiseSeconds = 0.2, kFallSeconds = 0.05;
  static constexpr double kMost = 31.6, kLeastGain = 0.01;
  static constexpr double kMakeUp = 1.19;      // 1.5 dB
  static constexpr double kMakeUpPower = 1.0;  // of the ratio of powers that was missed in kMakeUpFull blocks
  static constexpr int kMakeUpFull = 120;
  static constexpr double kLeastUsed = 0.5;
  static constexpr double kSilence = 1.17e-7;  // -70 LUFS
  static constexpr double kRelativeGate = 0.1;
  static constexpr int kParts = 4;      // of a block
  static constexpr int kBlocks = 600;   // remembered, one every part
  static constexpr int kEnough = 7;     // loud blocks of either side before anything is concluded
  static constexpr int kLeast = 7;      // blocks that are listened to, even if the processor has been changed since
  static constexpr int kSettling = 10;  // blocks until what is missed counts
  static constexpr int kNever = -1000000;
  using State = std::array<std::array<double, 4>, 2>;  // two integrators of four signals

  /// Of the input, the output, and the output after the gain it had.
  struct Powers {
    double in = 0.0, out = 0.0, matched = 0.0;
  };

  struct Gated {
    double mean = 0.0;
    int count = 0;
  };

  static void filter(const KWeighting::Section& f, State& s, std::array<double, 4>& x) noexcept {
    for (std::size_t k = 0; k < 4; ++k) {
      const double y = f.b0 * x[k] + s[0][k];
      s[0][k] = f.b1 * x[k] - f.a1 * y + s[1][k];
      s[1][k] = f.b2 * x[k] - f.a2 * y;
      x[k] = y;
    }
  }

  /// A single sample that is far too loud is not what the rest is measured by.
  static double bounded(float x) noexcept { return static_cast<double>(std::min(std::max(x, -64.0f), 64.0f)); }

  /// The k-th newest block, from 1.
  Powers& block(int k) noexcept { return blocks_[static_cast<std::size_t>((next_ + kBlocks - k) % kBlocks)]; }

  void end_part() noexcept {
    parts_[static_cast<std::size_t>(parts_heard_ % kParts)] = part_;
    part_ = {};
    part_frames_ = 0;
    parts_heard_ = parts_heard_ + 1 == 2 * kParts ? kParts : parts_heard_ + 1;
    Powers sum;
    for (const Powers& part : parts_) {
      sum.in += part.in;
      sum.out += part.out;
      sum.matched += part.matched;
    }
    const double share = 1.0 / (static_cast<double>(frames_of_part_) * std::min(parts_heard_, kParts));
    const Powers mean{sum.in * share, sum.out * share, sum.matched * share};
    if (mean.in < kSilence && mean.out < kSilence) return;
    blocks_[static_cast<std::size_t>(next_)] = mean;
    next_ = (next_ + 1) % kBlocks;
    count_ = std::min(count_ + 1, kBlocks);
    fresh_ = std::min(fresh_ + 1, kBlocks);
    if (counted_ != kNever) counted_ = std::min(counted_ + 1, kBlocks);
    aim();
  }

  /// While either side is silent the gain stays as it is. Of a processor that is not known yet, which may have to fill
  /// up first, only so much is believed that it is too loud.
  void aim() noexcept {
    const int reach = std::min(count_, std::max(fresh_, kLeast));
    const Gated in = gated(&Powers::in, reach), out = gated(&Powers::out, reach);
    const int heard = std::min(in.count, out.count);
    const bool is_new = counted_ == kNever && heard < enough_;
    if (heard == 0 || (heard < enough_ && !is_new)) return;
    if (counted_ == kNever && !is_new) counted_ = -kSettling;
    target_ = std::clamp(std::sqrt(in.mean / out.mean) * make_up(), kLeastGain, is_new ? 1.0 : kMost);
  }

  /// Brings the loudness of all that was put out since it had settled to that of all that came in.
  double make_up() noexcept {
    if (counted_ <= 0) return 1.0;
    const Gated in = gated(&Powers::in, counted_), matched = gated(&Powers::matched, counted_);
    if (std::min(in.count, matched.count) == 0) return 1.0;
    const double share = kMakeUpPower * std::min(counted_, kMakeUpFull) / kMakeUpFull;
    return std::clamp(std::pow(in.mean / matched.mean, share), 1.0 / kMakeUp, kMakeUp);
  }

  /// The mean of those of the newest blocks that both gates let through.
  Gated gated(double Powers::*side, int newest) noexcept {
    double gate = kSilence;
    Gated result;
    for (int pass = 0; pass < 2; ++pass) {
      result = {};
      for (int k = 1; k <= newest; ++k) {
        const double power = block(k).*side;
        if (power <= gate) continue;
        result.mean += power;
        ++result.count;
      }
      if (result.count == 0) return {};
      result.mean /= result.count;
      gate = std::max(kSilence, kRelativeGate * result.mean);
    }
    return result;
  }

  KWeighting weighting_;
  std::array<State, 2> states_{};
  double rise_ = 1.0, fall_ = 1.0;  // shares of the way that it goes in kSettleEvery frames
  int frames_of_part_ = kSettleEvery;
  Powers part_;  // sums of the part that runs
  int part_frames_ = 0;
  std::array<Powers, kParts> parts_{};
  int parts_heard_ = 0;  // modulo kParts where the next goes; kParts or more: there is a block
  std::array<Powers, kBlocks> blocks_{};
  int next_ = 0, count_ = 0;  // of the ring
  int fresh_ = 0;             // blocks since the processor was changed; negative: until then
  int counted_ = kNever;      // blocks since the gain had settled
  int enough_ = kEnough;
  double gain_ = 1.0, target_ = 1.0;
};

}  // namespace busbar
