#include "engine/control/commands/staging_trim.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "engine/control/model/param_value.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/core/strip_params.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

constexpr double kUsualTempo = 120.0;  // it does not matter here

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string shown(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", number);
  return text.data();
}

bool is_threshold(const ParamSpec& spec) {
  return spec.unit == Unit::decibels && (spec.key == "threshold_db" || spec.key.ends_with("_threshold_db"));
}

/// A gain in front of a threshold that stands still, and the one behind it.
struct Drive {
  const ParamSpec* in = nullptr;
  const ParamSpec* out = nullptr;
};
Drive find_drive(const InsertType& type) {
  for (const std::string_view key : {"output_db", "makeup_db"})
    if (const ParamSpec* out = find_param(type, key)) return {find_param(type, "input_db"), out};
  return {};
}

ParamValue value_of(const InsertSlot& slot, const ParamSpec& spec) {
  const auto set = slot.params.find(std::string(spec.key));
  if (set != slot.params.end()) return set->second;
  if (spec.kind == ParamKind::flag) return spec.start > 0.5f;
  return static_cast<double>(spec.start);
}

/// The switch of a processor that is on and finds its level by itself, and so makes up a second time.
const ParamSpec* find_own_makeup(const InsertType& type, const InsertSlot& slot) {
  for (const std::string_view key : {"auto_makeup", "level_match"})
    if (const ParamSpec* spec = find_param(type, key); spec != nullptr && value_of(slot, *spec) == ParamValue(true))
      return spec;
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
      refuse_range(name + " would go to " + shown(moved) + " dB, and its range is " + shown(range.min) + " to " +
                   shown(range.max) + " dB");
    value = moved;
  }
  void move(InsertSlot& slot, const ParamSpec& spec, double sign, const std::string& name) {
    ParamValue value = value_of(slot, spec);
    double* number = std::get_if<double>(&value);
    if (number == nullptr) return refuse(name + " is not a number, so it cannot follow");
    move(*number, sign, {static_cast<double>(spec.min), static_cast<double>(spec.max)}, name);
    if (is_refused_) return;
    if (const auto wrong = check_param(spec, value)) return refuse(name + ": " + wrong->what);
    slot.params[std::string(spec.key)] = value;
  }
  void refuse(std::string what, std::string mend = {}) {
    if (is_refused_) return;
    is_refused_ = true;
    what_ = std::move(what);
    mend_ = mend.empty() ? "bypass it, or set the trim without \"compensate\"" : std::move(mend);
  }
  /// `old`: the trim as it was.
  Error error(double old) const {
    if (!is_range_) return {"", what_, mend_};
    const double reach = std::clamp(old + (rise_ > 0 ? most_ : least_), kLevelRange.min, kLevelRange.max);
    return {"", what_, "the trim can go as far as " + shown(reach) + " dB"};
  }

 private:
  void refuse_range(std::string what) {
    is_range_ |= !is_refused_;
    refuse(std::move(what));
  }

  double rise_;
  double least_ = -std::numeric_limits<double>::infinity();  // how far all values seen so far let it fall,
  double most_ = std::numeric_limits<double>::infinity();    // and rise
  bool is_refused_ = false;
  bool is_range_ = false;
  std::string what_, mend_;
};

/// How an insert meets the signal that rises.
struct Meeting {
  bool hears = true;        ///< its detector listens to it
  bool passes = true;       ///< it goes through it
  bool is_matched = false;  ///< its level is brought to that of its input
};

/// False, and refused, if the insert finds another level whatever is done about it.
bool can_follow(Stage& stage, const InsertType& type, const InsertSlot& slot, const std::string& name,
                Meeting meeting) {
  const auto refuse = [&](const std::string& why, const std::string& mend = {}) {
    stage.refuse(name + " cannot be compensated: " + why, mend);
    return false;
  };
  const std::vector<float> params = resolve_params(type, slot, kUsualTempo);
  if (meeting.passes && type.lingers(params))
    return refuse("a " + quoted(slot.type) + " still gives out what went in at the old level");
  if (type.lags(params))
    return refuse("a " + quoted(slot.type) + " that is set like this lags behind a level that moves");
  if (meeting.passes && meeting.is_matched)
    return refuse("its level is matched to what it hears",
                  "set its match_level and the strip's match_inserts to false first");
  if (const ParamSpec* own = find_own_makeup(type, slot); own != nullptr && meeting.hears)
    return refuse(std::string(own->key) + " would make up as well", "set " + std::string(own->key) + " to false first");
  return true;
}

/// Moves what one insert needs, or refuses.
void move_insert(Stage& stage, InsertSlot& slot, const std::string& name, Meeting meeting, FindInsert find_insert) {
  const InsertType* type = find_insert(slot.type);
  if (type == nullptr) return stage.refuse(name + " is of a type that is not known here");
  if (!can_follow(stage, *type, slot, name, meeting) || type->is_linear) return;
  const auto move = [&](const ParamSpec& spec, double sign) {
    stage.move(slot, spec, sign, std::string(spec.key) + " of " + name);
  };
  bool is_known = false;
  for (const ParamSpec& spec : type->params) {
    if (!is_threshold(spec)) continue;
    is_known = true;
    if (meeting.hears) move(spec, +1);
  }
  if (const Drive drive = find_drive(*type); drive.in != nullptr) {
    is_known = true;
    if (meeting.hears) move(*drive.in, -1), move(*drive.out, +1);
  }
  if (type->drive_follows_level) {
    is_known = true;
    if (meeting.passes) move(*find_param(*type, "drive_db"), -1);
  }
  if (!is_known)
    stage.refuse(name + " cannot be compensated: a " + quoted(slot.type) +
                 " sounds different at another level, and has nothing known here that makes up for it");
}

/// The same, but a bypassed insert never refuses: what cannot follow is left as it is.
void move_slot(Stage& stage, const Strip& strip, InsertSlot& slot, Meeting meeting, FindInsert find_insert) {
  const std::string name = quoted(slot.id) + " of " + quoted(strip.id);
  meeting.is_matched = slot.match_level || strip.match_inserts;
  if (!slot.bypass && !strip.bypass_inserts) return move_insert(stage, slot, name, meeting, find_insert);
  Stage trial(stage.rise());
  InsertSlot moved = slot;
  move_insert(trial, moved, name, meeting, find_insert);
  if (!trial.is_refused()) slot = std::move(moved);
}

void move_strip(Stage& stage, Strip& strip, const Mixer& mixer, FindInsert find_insert) {
  for (Send& send : strip.sends)
    if (send.tap != Tap::post)
      stage.move(send.level.value, -1, kLevelRange, "the send of " + quoted(strip.id) + " to " + quoted(send.to));
  if (strip.summing == Summing::console)
    stage.move(strip.summing_drive_db, -1, kSummingDriveRange, "summing_drive_db of " + quoted(strip.id));
  for (InsertSlot& slot : strip.inserts) {
    const bool hears_other = slot.key && *slot.key != strip.id && mixer.find(*slot.key) != nullptr;
    move_slot(stage, strip, slot, {.hears = !hears_other}, find_insert);
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
      if (hears(slot)) move_slot(stage, moved, slot, {.hears = true, .passes = false}, find_insert);
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
