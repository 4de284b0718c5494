#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>

#include "engine/core/audio_block.hpp"
#include "engine/core/units.hpp"
#include "engine/realtime/dsp/glide.hpp"
#include "engine/realtime/dsp/level_match.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

/// Keeps level matching from lifting what no one expects: no lifted peak is more than 6 dB above the highest of the
/// bypassed signal's last seconds, or else it stays as it came out.
class LiftLimit {
 public:
  void prepare(double rate) noexcept {
    const auto per_frame = [rate](double per_second) { return std::pow(10.0, -per_second / (20.0 * rate)); };
    dry_fall_ = per_frame(kDryFall);
    wet_fall_ = per_frame(kWetFall);
  }

  /// Of `gain`, what may be used at a frame in which the two have these peaks.
  double hold(double gain, double dry, double wet) noexcept {
    dry_ = std::max(dry_ * dry_fall_, dry);
    wet_ = std::max(wet_ * wet_fall_, wet);
    if (gain <= 1.0 || gain * wet_ <= kHeadroom * dry_) return gain;
    return std::max(1.0, kHeadroom * dry_ / wet_);
  }

  void settle() noexcept {
    for (double* peak : {&dry_, &wet_})
      if (*peak < kSettled) *peak = 0.0;
  }

 private:
  static constexpr double kHeadroom = 2.0;
  static constexpr double kDryFall = 3.0, kWetFall = 20.0;  // dB a second
  double dry_fall_ = 1.0, wet_fall_ = 1.0, dry_ = 0.0, wet_ = 0.0;
};

/// Brings what leaves an insert to the loudness of what would if it were bypassed, so that the two compare like with
/// like. While an insert is matched, its blend is its mix alone, and `presence` what bypass moves: a bypass fades
/// between the matched and the dry, and never through something that is louder than both.
struct MatchState {
  LevelMatch loudness;
  Ramp<1> presence;
  Glide<1> gain;
  LiftLimit limit;
  SettleClock clock;
};

/// What bypass would put out, at the same time as the insert does.
struct Bypassed {
  AudioBlock signal;
  double gain = 1.0;  ///< where it has fewer channels than the insert puts out
  double at(int channel, std::size_t frame) const noexcept {
    return gain * static_cast<double>(signal.channel(std::min(channel, signal.channels() - 1))[frame]);
  }
  double peak(std::size_t frame) const noexcept {
    double most = 0.0;
    for (int c = 0; c < signal.channels(); ++c) most = std::max(most, std::fabs(at(c, frame)));
    return most;
  }
};

/// Turns frames of an insert's output, `io`, up or down in place, as much as each may be.
inline void turn(MatchState& match, const Bypassed& dry, const AudioBlock& io, int first, int count,
                 const double* presence) noexcept {
  std::array<double, kSettleEvery> gains, shares;
  const auto frames = static_cast<std::size_t>(count), offset = static_cast<std::size_t>(first);
  for (std::size_t i = 0; i < frames; ++i) {
    double peak = 0.0;
    for (int c = 0; c < io.channels(); ++c)
      peak = std::max(peak, std::fabs(static_cast<double>(io.channel(c)[offset + i])));
    match.gain.advance();
    const double wanted = match.gain.now()[0];
    gains[i] = match.limit.hold(wanted, dry.peak(offset + i), peak);
    shares[i] = gains[i] / wanted;
  }
  match.loudness.hear(dry.signal.part(first, count), io.part(first, count), dry.gain, {gains, shares});
  for (int c = 0; c < io.channels(); ++c)
    for (std::size_t i = 0; i < frames; ++i) {
      const double w = presence[offset + i];
      float& x = io.channel(c)[offset + i];
      x = static_cast<float>((1.0 - w) * dry.at(c, offset + i) + w * gains[i] * static_cast<double>(x));
    }
}

/// Matches an insert's output, `io`, in place. `curve` has room for a presence per frame. In frames in which bypass is
/// all that is heard the match stands still: how far a slice reaches beyond the end of a fade is to change nothing.
inline void match_level(MatchState& match, const Bypassed& dry, const AudioBlock& io, std::span<double> curve,
                        Frames now) noexcept {
  match.presence.fill(now, io.frames(), {curve.data()});
  int begin = 0, end = io.frames();
  while (end > begin && curve[static_cast<std::size_t>(end - 1)] == 0.0) --end;
  while (begin < end && curve[static_cast<std::size_t>(begin)] == 0.0) ++begin;
  for (int c = 0; c < io.channels(); ++c)
    for (int i = 0; i < io.frames(); ++i)
      if (i < begin || i >= end)
        io.channel(c)[static_cast<std::size_t>(i)] = static_cast<float>(dry.at(c, static_cast<std::size_t>(i)));
  match.clock.drive(
      end - begin, [&](int first, int count) { turn(match, dry, io, begin + first, count, curve.data()); },
      [&] {
        match.loudness.conclude(kSettleEvery);
        match.limit.settle();
        match.gain.go_to({match.loudness.gain()}, kSettleEvery);
      });
}

}  // namespace busbar
