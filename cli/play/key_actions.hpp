#pragma once
#include <map>
#include <string>

#include "cli/play/keys.hpp"
#include "cli/play/meters.hpp"
#include "cli/play/screen.hpp"
#include "engine/live_play.hpp"

namespace busbar::cli {

/// Turns key presses into edits. What was asked for counts as the value for a moment, until the status tells of it, so
/// that quick presses add up.
class KeyActions {
 public:
  KeyActions(LivePlay& play, Meters& meters, const PlayScene& scene) : play_(play), meters_(meters), scene_(scene) {}

  void press(const KeyPress& press, const PlayStatus& status, double now_s);
  bool quit_asked() const noexcept { return quit_; }
  bool help() const noexcept { return help_; }

 private:
  void locate(double to_s, double now_s);
  void strip_key(Key key, const MeterRow& row, double now_s);
  void step_in_history(EditOp op);
  void set_switch(const std::string& address, bool now_on, double now_s);
  void set(const std::string& address, double wish, EditValue value, double now_s);
  double wished(const std::string& address, double otherwise, double now_s) const;

  struct Wish {
    double value = 0.0;
    double at_s = 0.0;
    std::string gesture{};
  };
  LivePlay& play_;
  Meters& meters_;
  const PlayScene& scene_;
  std::map<std::string, Wish> wishes_;
  std::uint64_t gestures_ = 0;
  bool quit_ = false;
  bool help_ = false;
};

}  // namespace busbar::cli
