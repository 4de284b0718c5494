#include "engine/control/commands/staging_trim.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "engine/control/model/param_value.hpp"
#include "engine/core/strip_params.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string shown(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", number);
  return text.data();
}

bool is_threshold(const ParamSpec& spec) {
  return spec.unit == Unit::decibels && (spec.key == "threshold_db" || spec.key.ends_with("_threshold_db"));
}

/// What drives a processor whose threshold stands still.
const ParamSpec* find_drive(const InsertType& type) {
  const ParamSpec* drive = find_param(type, "drive_db");
  return drive != nullptr ? drive : find_param(type, "input_db");
}

/// What makes up behind a drive.
const ParamSpec* find_makeup(const InsertType& type) {
  for (const std::string_view key : {"output_db", "makeup_db", "makeup"})
    if (const ParamSpec* spec = find_param(type, key); spec != nullptr && spec->unit == Unit::decibels) return spec;
  return nullptr;
}

/// Moves values by the change of a trim, and minds how far all of them together let the trim go.
class Stage {
 public:
  explicit Stage(double rise) : rise_(rise) {}

  double rise() const noexcept { return rise_; }
  bool is_refused() const noexcept { return is_refused_; }

  /// `sign`: +1 goes with the trim, −1 against it.
  void move(double& value, double sign, Range range, const std::string& name) {
    if (std::isinf(value)) return;
    const double moved = value + sign * rise_;
    least_ = std::max(least_, sign > 0 ? range.min - value : value - range.max);
    most_ = std::min(most_, sign > 0 ? range.max - value : value - range.min);
    if (!range.holds(moved))
      refuse(name + " would go to " + shown(moved) + " dB, and its range is " + shown(range.min) + " to " +
                 shown(range.max) + " dB",
             true);
    value = moved;
  }
  void move(InsertSlot& slot, const ParamSpec& spec, double sign, const std::string& name) {
    const auto set = slot.params.find(std::string(spec.key));
    ParamValue value = set == slot.params.end() ? ParamValue(static_cast<double>(spec.start)) : set->second;
    double* number = std::get_if<double>(&value);
    if (number == nullptr) return refuse(name + " is not a number, so it cannot follow", false);
    move(*number, sign, {static_cast<double>(spec.min), static_cast<double>(spec.max)}, name);
    if (is_refused_) return;
    if (const auto wrong = check_param(spec, value)) return refuse(name + ": " + wrong->what, false);
    slot.params[std::string(spec.key)] = value;
  }
  void refuse(std::string what, bool is_range) {
    if (is_refused_) return;
    is_refused_ = true;
    is_range_ = is_range;
    what_ = std::move(what);
  }
  /// `old`: the trim as it was.
  Error error(double old) const {
    if (!is_range_) return {"", what_, "set the trim without \"compensate\""};
    const double reach = std::clamp(old + (rise_ > 0 ? most_ : least_), kLevelRange.min, kLevelRange.max);
    return {"", what_, "the trim can go as far as " + shown(reach) + " dB"};
  }

 private:
  double rise_;
  double least_ = -std::numeric_limits<double>::infinity();  // how far all values seen so far let it fall,
  double most_ = std::numeric_limits<double>::infinity();    // and rise
  bool is_refused_ = false;
  bool is_range_ = false;
  std::string what_;
};

/// Moves what one insert needs. `hears`: its detector listens to the signal that rises; `passes`: so does its input.
void move_insert(Stage& stage, InsertSlot& slot, const std::string& name, bool hears, bool passes,
                 FindInsert find_insert) {
  const InsertType* type = find_insert(slot.type);
  if (type == nullptr) return stage.refuse(name + " is of a type that is not known here", false);
  if (type->is_linear) return;
  bool is_known = false;
  for (const ParamSpec& spec : type->params)
    if (is_threshold(spec)) {
      is_known = true;
      if (hears) stage.move(slot, spec, +1, std::string(spec.key) + " of " + name);
    }
  if (const ParamSpec* drive = find_drive(*type); drive != nullptr) {
    const ParamSpec* makeup = find_makeup(*type);
    is_known = makeup != nullptr || !passes;
    if (makeup != nullptr && passes) {
      stage.move(slot, *drive, -1, std::string(drive->key) + " of " + name);
      stage.move(slot, *makeup, +1, std::string(makeup->key) + " of " + name);
    }
  }
  if (!is_known)
    stage.refuse(name + " is a " + quoted(slot.type) + ", which sounds different at another level, and has nothing " +
                     "known here that makes up for it",
                 false);
}

/// The same, but a bypassed insert never refuses: what cannot follow is left as it is.
void move_slot(Stage& stage, InsertSlot& slot, const std::string& name, bool hears, bool passes,
               FindInsert find_insert) {
  if (!slot.bypass) return move_insert(stage, slot, name, hears, passes, find_insert);
  Stage trial(stage.rise());
  InsertSlot moved = slot;
  move_insert(trial, moved, name, hears, passes, find_insert);
  if (!trial.is_refused()) slot = std::move(moved);
}

void move_strip(Stage& stage, Strip& strip, const Mixer& mixer, FindInsert find_insert) {
  for (Send& send : strip.sends)
    if (send.tap != Tap::post)
      stage.move(send.level.value, -1, kLevelRange, "the send of " + quoted(strip.id) + " to " + quoted(send.to));
  for (InsertSlot& slot : strip.inserts) {
    const bool hears_other = slot.key && *slot.key != strip.id && mixer.find(*slot.key) != nullptr;
    move_slot(stage, slot, quoted(slot.id) + " of " + quoted(strip.id), !hears_other, true, find_insert);
  }
  stage.move(strip.fader.value, -1, kLevelRange, "the fader of " + quoted(strip.id));
}

/// Inserts of other strips that hear this one by their side chain.
void move_listeners(Stage& stage, Mixer& mixer, std::string_view key, FindInsert find_insert) {
  for (const Strip* strip : mixer.strips()) {
    const auto hears = [&](const InsertSlot& slot) { return slot.key && *slot.key == key; };
    if (strip->id == key || std::ranges::none_of(strip->inserts, hears)) continue;
    Strip moved = *strip;
    for (InsertSlot& slot : moved.inserts)
      if (hears(slot)) move_slot(stage, slot, quoted(slot.id) + " of " + quoted(moved.id), true, false, find_insert);
    mixer.replace(std::move(moved));
  }
}

}  // namespace

Result<Mixer> stage_trim(const Mixer& mixer, std::string_view id, Decibels trim, FindInsert find_insert) {
  const Strip* found = mixer.find(id);
  if (found == nullptr) return Error{"", "there is no strip " + quoted(id), "use the id of a track or bus"};
  if (found->trim == trim) return mixer;
  if (std::isinf(found->trim.value) || std::isinf(trim.value))
    return Error{"", "nothing makes up for a trim of -inf", "set the trim without \"compensate\""};
  if (!kLevelRange.holds(trim.value))
    return Error{"", "the trim is out of range", "give a level in dB from -120 to 12"};
  Stage stage(trim.value - found->trim.value);
  Mixer staged = mixer;
  Strip strip = *found;
  move_strip(stage, strip, mixer, find_insert);
  strip.trim = trim;
  staged.replace(std::move(strip));
  move_listeners(stage, staged, id, find_insert);
  if (stage.is_refused()) return stage.error(found->trim.value);
  return staged;
}

}  // namespace busbar
