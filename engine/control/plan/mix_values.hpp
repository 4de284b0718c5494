#pragma once
#include <array>
#include <set>
#include <string>
#include <unordered_map>

#include "engine/control/model/mixer.hpp"
#include "engine/control/plan/routing.hpp"

namespace busbar {

/// The gains of one way out of a strip: see `PathState` for the order of `matrix`. The gate is 0 or 1.
struct PathTarget {
  std::array<double, 4> matrix{};
  double gate = 1.0;
  friend bool operator==(const PathTarget&, const PathTarget&) = default;
};

/// Gains of a mono strip at pan p, left and right, for a pan law of -3, -4.5, -6 or 0 dB at the centre.
/// The hard side's far gain is exactly 0, and the centre has the same bits on both sides.
std::array<double, 2> pan_gains(double pan_law_db, double pan);

/// Gains of a stereo strip at balance p: min(1, 1 − p) and min(1, 1 + p).
std::array<double, 2> balance_gains(double pan);

/// Mid/side width as a matrix, then balance. Width 1 is the identity, exactly.
std::array<double, 4> stereo_matrix(double width, double pan);

/// What the faders, VCAs, mute groups, mutes and solos of a mixer come to. Built afresh for each state of the mixer;
/// answers in 64 bit.
class MixValues {
 public:
  explicit MixValues(const Mixer& mixer);

  /// Trim and polarity as one gain.
  static double trim(const Strip& strip);
  /// The strip's way to its output, whatever that is: two channels, panned.
  PathTarget output(const Strip& strip, int channels) const;
  /// The strip on a single hardware channel: (L+R)/2, or itself at unity if it is mono.
  PathTarget mono_output(const Strip& strip, int channels) const;
  PathTarget send(const Strip& strip, const Send& send, int tap_channels) const;
  /// How much of an insert is heard: 0 bypassed or dry … 1 wet.
  static double blend(const RoutedInsert& insert) { return insert.bypass ? 0.0 : insert.slot->mix; }

  bool is_muted(const std::string& id) const { return muted_.contains(id); }
  /// True if solo in place silences the strip.
  bool is_silenced(const std::string& id) const { return silenced_.contains(id); }
  /// Fader times all VCAs.
  double fader_gain(const Strip& strip) const;

 private:
  void collect_groups(const Mixer& mixer);
  void collect_solo(const Mixer& mixer);
  double open(const Strip& strip) const {
    return strip.mute || is_muted(strip.id) || is_silenced(strip.id) ? 0.0 : 1.0;
  }
  /// While talkback is held, the programme of its cues is lowered.
  double dim_of(const Strip& strip, const std::string& to) const;

  double pan_law_db_;
  std::unordered_map<std::string, double> vca_gain_;  // by strip: product of all VCAs it reaches
  std::unordered_map<std::string, const Strip*> cues_;
  std::set<std::string> dimmed_;  // cues
  double dim_ = 1.0;
  std::set<std::string> muted_;
  std::set<std::string> silenced_;
};

}  // namespace busbar
