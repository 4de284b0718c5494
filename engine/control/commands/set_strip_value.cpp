#include <algorithm>

#include "engine/control/commands/set_value.hpp"
#include "engine/control/commands/staging_trim.hpp"
#include "engine/control/model/param_value.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

std::string quoted(std::string_view id) { return "'" + std::string(id) + "'"; }

bool set_send(EditedValue& value, Strip& strip, std::string_view to, std::string_view key) {
  if (key != "level_db" && key != "on" && key != "pan") return false;
  const auto send = std::ranges::find(strip.sends, to, &Send::to);
  if (send == strip.sends.end()) {
    value.refuse(quoted(strip.id) + " has no send to " + quoted(to), "add it first");
  } else if (key == "level_db") {
    value.level(send->level, kLevelRange);
  } else if (key == "on") {
    value.flag(send->on);
  } else if (value.word() != nullptr && *value.word() == "strip") {
    send->pan.reset();
  } else {
    double pan = 0.0;
    value.number(pan, kPanRange, ", or \"strip\"");
    send->pan = pan;
  }
  return true;
}

void set_param(EditedValue& value, InsertSlot& slot, const ParamSpec& spec) {
  ParamValue given;
  if (const auto* number = std::get_if<double>(&value.edit().value))
    given = *number;
  else if (const auto* flag = std::get_if<bool>(&value.edit().value))
    given = *flag;
  else if (const auto* word = value.word())
    given = *word;
  else
    return value.refuse("this wants a number, a switch or a word", "see 'busbar inserts " + slot.type + "'");
  if (const auto wrong = check_param(spec, given)) return value.refuse(wrong->what, wrong->mend);
  slot.params[std::string(spec.key)] = std::move(given);
}

bool set_insert(EditedValue& value, Strip& strip, std::string_view id, std::string_view key) {
  if (key == "id" || key == "type" || key == "key" || key == "params" || key == "preset") return false;
  const auto slot = std::ranges::find(strip.inserts, id, &InsertSlot::id);
  if (slot == strip.inserts.end()) {
    value.refuse(quoted(strip.id) + " has no insert " + quoted(id), "add it first");
    return true;
  }
  if (key == "bypass") {
    value.flag(slot->bypass);
  } else if (key == "match_level") {
    value.flag(slot->match_level);
  } else if (key == "mix") {
    value.number(slot->mix, kMixRange);
  } else if (const InsertType* type = find_insert_type(slot->type); type == nullptr) {
    value.refuse("the type " + quoted(slot->type) + " is not known here", "its settings are kept as they are");
  } else if (const ParamSpec* spec = find_param(*type, key); spec == nullptr) {
    value.refuse(quoted(slot->type) + " has no parameter " + quoted(key), "see 'busbar inserts " + slot->type + "'");
  } else {
    set_param(value, *slot, *spec);
  }
  return true;
}

void set_param_of_strip(EditedValue& value, Strip& strip, StripParam param) {
  switch (param) {
    case StripParam::trim_db:
      return value.level(strip.trim, kLevelRange);
    case StripParam::polarity:
      return value.flag(strip.polarity);
    case StripParam::fader_db:
      return value.level(strip.fader, kLevelRange);
    case StripParam::pan:
      return value.number(strip.pan, kPanRange);
    case StripParam::width:
      return value.number(strip.width, kWidthRange);
    case StripParam::mute:
      return value.flag(strip.mute);
    case StripParam::solo:
      return value.flag(strip.solo);
    case StripParam::solo_safe:
      return value.flag(strip.solo_safe);
  }
}

bool set_own_key(EditedValue& value, Strip& strip, std::string_view key) {
  if (key == "name") {
    value.text(strip.name);
    return true;
  }
  if (key == "follow_mute" && strip.kind == StripKind::cue) {
    value.flag(strip.follow_mute);
    if (strip.follow_mute && strip.is_protected)
      value.refuse(quoted(strip.id) + " is protected, so mutes do not reach it", "take its protection away first");
    return true;
  }
  const auto spec = std::ranges::find(kStripParams, key, &ParamSpec::key);
  if (spec == kStripParams.end()) return false;
  set_param_of_strip(value, strip, static_cast<StripParam>(spec->index));
  return true;
}

/// A trim whose followers make up for it.
bool set_trim(EditedValue& value, Mixer& mixer, const std::string& strip, std::string_view key) {
  if (key != "trim_db") {
    value.refuse("only a trim can be compensated", "leave \"compensate\" out");
    return true;
  }
  Decibels trim;
  value.level(trim, kLevelRange);
  if (value.error()) return true;
  Result<Mixer> staged = stage_trim(mixer, strip, trim, find_insert_type);
  if (staged)
    mixer = std::move(*staged);
  else
    value.refuse(staged.error().what, staged.error().mend);
  return true;
}

}  // namespace

bool set_strip_value(EditedValue& value, Mixer& mixer, const AddressWords& words) {
  if (words.size() != 2 && words.size() != 4) return false;
  const Strip* found = mixer.find(words[0]);
  if (found == nullptr) {
    value.refuse("there is no strip " + quoted(words[0]), "use the id of a track or bus");
    return true;
  }
  if (value.edit().compensate) return set_trim(value, mixer, found->id, words.size() == 2 ? words[1] : "");
  Strip strip = *found;
  bool is_plain = false;
  if (words.size() == 2)
    is_plain = set_own_key(value, strip, words[1]);
  else if (words[1] == "sends")
    is_plain = set_send(value, strip, words[2], words[3]);
  else if (words[1] == "inserts")
    is_plain = set_insert(value, strip, words[2], words[3]);
  if (!is_plain || value.error()) return is_plain;
  if (words.size() == 2 && words[1] == "solo" && strip.solo && mixer.solo_exclusive) clear_solos(mixer, strip.id);
  mixer.replace(std::move(strip));
  return true;
}

}  // namespace busbar
