#pragma once
#include <string>
#include <vector>

#include "engine/live_play.hpp"

namespace busbar::cli {

/// One strip as the screen shows it.
struct MeterRow {
  std::string id;
  std::string name;
  StripKind kind = StripKind::track;
  double bar_db = 0.0;       ///< rises at once, falls slowly
  double held_db = 0.0;      ///< the highest of the last two seconds
  bool clips = false;        ///< in the last seconds it was over full scale
  bool has_clipped = false;  ///< since the start
  bool mute = false;
  bool solo = false;
  double fader_db = 0.0;
};

/// The meters of all strips over time, which of them are on the screen, and which one is chosen. Buses come first
/// (master, groups, auxes, cues), then tracks, each in the session's order. Where not all tracks have room the loudest
/// are shown; that is decided anew only now and then, so that the eye finds them where they were.
class Meters {
 public:
  void update(const std::vector<StripLevel>& levels, double now_s);
  /// The next (+1) or previous (-1) strip, whether it is on the screen or not.
  void choose(int step);
  /// Null without strips.
  const MeterRow* chosen() const;
  /// What `room` lines show, the chosen strip always among it.
  std::vector<const MeterRow*> shown(std::size_t room, double now_s);

 private:
  struct Meter {
    MeterRow row;
    double held_since_s = 0.0;
    double clipped_s = 0.0;
    double loud_db = 0.0;  ///< highest since it was last decided who is shown, or held then
    bool on_screen = false;
  };

  void set_up(const std::vector<StripLevel>& levels);
  void decide(std::size_t room, double now_s);
  std::size_t buses() const;

  std::vector<Meter> meters_;       ///< buses, then tracks
  std::vector<std::size_t> place_;  ///< of the n-th level in meters_
  std::vector<std::string> ids_;    ///< of the levels that place_ is for
  std::size_t chosen_ = 0;
  std::size_t top_ = 0;  ///< of the buses, where not even they have room
  double last_s_ = 0.0;
  double decided_s_ = 0.0;
  std::size_t decided_room_ = 0;
};

}  // namespace busbar::cli
