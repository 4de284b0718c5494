#include "cli/play/key_actions.hpp"

#include <algorithm>
#include <cmath>

#include "engine/core/strip_params.hpp"

namespace busbar::cli {
namespace {

constexpr double kStepSeconds = 5.0;
constexpr double kWishSeconds = 0.5;  // longer than an edit takes to show in the status
constexpr double kGestureSeconds = 1.0;
constexpr double kLowestFader = -60.0;  // by keys; below it is the bottom

double fader_step(double db, int step) {
  if (db < kLowestFader) return step > 0 ? kLowestFader : -INFINITY;
  const double next = db + step;
  return next < kLowestFader ? -INFINITY : std::min(next, kLevelRange.max);
}

}  // namespace

void KeyActions::press(const KeyPress& press, const PlayStatus& status, double now_s) {
  const double position = wished("/transport/locate_s", status.position_s, now_s);
  switch (press.key) {
    case Key::play:
      return set_switch("/transport/play", status.rolling, now_s);
    case Key::loop:
      return set_switch("/transport/looping", status.looping, now_s);
    case Key::back:
      return locate(position - kStepSeconds, now_s);
    case Key::forward:
      return locate(position + kStepSeconds, now_s);
    case Key::start:
      return locate(status.looping && status.loop_s ? status.loop_s->first : 0.0, now_s);
    case Key::marker:
      if (static_cast<std::size_t>(press.marker) <= scene_.markers.size())
        locate(scene_.markers[static_cast<std::size_t>(press.marker) - 1].at_s, now_s);
      return;
    case Key::up:
      return meters_.choose(-1);
    case Key::down:
      return meters_.choose(+1);
    case Key::mute:
    case Key::solo:
    case Key::louder:
    case Key::softer:
      if (const MeterRow* row = meters_.chosen()) strip_key(press.key, *row, now_s);
      return;
    case Key::undo:
    case Key::redo:
      return step_in_history(press.key == Key::undo ? EditOp::undo : EditOp::redo);
    case Key::help:
      help_ = !help_;
      return;
    case Key::quit:
      quit_ = true;
      return;
  }
}

void KeyActions::strip_key(Key key, const MeterRow& row, double now_s) {
  if (key == Key::mute) return set_switch("/" + row.id + "/mute", row.mute, now_s);
  if (key == Key::solo) return set_switch("/" + row.id + "/solo", row.solo, now_s);
  const std::string address = "/" + row.id + "/fader_db";
  const double db = fader_step(wished(address, row.fader_db, now_s), key == Key::louder ? +1 : -1);
  set(address, db, std::isinf(db) ? EditValue(std::string("-inf")) : EditValue(db), now_s);
}

void KeyActions::locate(double to_s, double now_s) {
  const double last = scene_.end_s > 0.0 ? scene_.end_s : INFINITY;
  const double target = std::clamp(to_s, 0.0, last);
  set("/transport/locate_s", target, target, now_s);
}

void KeyActions::set_switch(const std::string& address, bool now_on, double now_s) {
  const bool on = wished(address, now_on ? 1.0 : 0.0, now_s) != 0.0;
  set(address, on ? 0.0 : 1.0, !on, now_s);
}

/// What was wished for before may no longer be so.
void KeyActions::step_in_history(EditOp op) {
  wishes_.clear();
  Edit edit;
  edit.op = op;
  play_.post(std::move(edit));
}

void KeyActions::set(const std::string& address, double wish, EditValue value, double now_s) {
  // Presses in quick succession are one step of undo.
  Wish& wished = wishes_[address];
  if (wished.gesture.empty() || now_s - wished.at_s > kGestureSeconds)
    wished.gesture = "keys " + std::to_string(++gestures_);
  wished.value = wish;
  wished.at_s = now_s;
  Edit edit;
  edit.address = address;
  edit.value = std::move(value);
  if (std::holds_alternative<double>(edit.value) || std::holds_alternative<std::string>(edit.value))
    edit.gesture = wished.gesture;
  play_.post(std::move(edit));
}

double KeyActions::wished(const std::string& address, double otherwise, double now_s) const {
  const auto wish = wishes_.find(address);
  return wish != wishes_.end() && now_s - wish->second.at_s < kWishSeconds ? wish->second.value : otherwise;
}

}  // namespace busbar::cli
