#include "engine/control/commands/apply_command.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "engine/control/model/param_value.hpp"
#include "engine/core/strip_params.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

using Words = std::vector<std::string>;

Words split(std::string_view address) {
  Words words;
  while (!address.empty() && address.front() == '/') {
    const std::size_t next = std::min(address.find('/', 1), address.size());
    words.emplace_back(address.substr(1, next - 1));
    address.remove_prefix(next);
  }
  return words;
}

/// Reads an edit's value as what an address wants; the first refusal is kept.
class Setter {
 public:
  explicit Setter(const Edit& edit) : edit_(edit) {}

  void level(Decibels& target, Range range) {
    if (const auto* word = std::get_if<std::string>(&edit_.value); word != nullptr && *word == "-inf") {
      target = kMinusInfinity;
      return;
    }
    number(target.value, range, " dB, or \"-inf\"");
  }
  void number(double& target, Range range, std::string_view unit = "") {
    const double* value = std::get_if<double>(&edit_.value);
    if (value == nullptr || !range.holds(*value)) {
      std::array<char, 96> text{};
      std::snprintf(text.data(), text.size(), "give a number from %g to %g", range.min, range.max);
      refuse(value == nullptr ? "this wants a number" : "the value is out of range", text.data() + std::string(unit));
      return;
    }
    target = *value;
  }
  void flag(bool& target) {
    if (const bool* value = std::get_if<bool>(&edit_.value))
      target = *value;
    else
      refuse("this is a switch", "give true or false");
  }
  void word(std::string& target) {
    if (const auto* value = std::get_if<std::string>(&edit_.value))
      target = *value;
    else
      refuse("this wants a text", "put it in quotes");
  }
  void refuse(std::string what, std::string mend) {
    if (!error_) error_ = Error{edit_.address, std::move(what), std::move(mend)};
  }
  const Edit& edit() const { return edit_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  const Edit& edit_;
  std::optional<Error> error_;
};

void refuse_unknown(Setter& set, std::string_view key) {
  constexpr auto kShape = std::to_array<std::string_view>(
      {"output", "source", "sends", "inserts", "tap", "to", "key", "type", "id", "kind", "latency", "protected",
       "ceiling_dbfs", "parallel", "recall_safe", "members", "panic", "pan_law_db", "color"});
  if (std::ranges::find(kShape, key) != kShape.end())
    set.refuse("'" + std::string(key) + "' cannot be edited in this version", "change it in the session file");
  else
    set.refuse("there is no '" + std::string(key) + "' here",
               "write addresses like /kick/fader_db or /kick/sends/cue1/level_db");
}

void set_send(Setter& set, Strip& strip, const Words& words) {
  const auto send = std::ranges::find(strip.sends, words[2], &Send::to);
  if (send == strip.sends.end())
    return set.refuse("'" + strip.id + "' has no send to '" + words[2] + "'", "add it to the session first");
  const std::string& key = words[3];
  if (key == "level_db") return set.level(send->level, kLevelRange);
  if (key == "on") return set.flag(send->on);
  if (key != "pan") return refuse_unknown(set, key);
  if (const auto* word = std::get_if<std::string>(&set.edit().value); word != nullptr && *word == "strip") {
    send->pan.reset();
    return;
  }
  double pan = 0.0;
  set.number(pan, kPanRange, ", or \"strip\"");
  send->pan = pan;
}

void set_param(Setter& set, InsertSlot& slot, const std::string& key) {
  const InsertType* type = find_insert_type(slot.type);
  if (type == nullptr)
    return set.refuse("the type '" + slot.type + "' is not known here", "its settings are kept as they are");
  const auto spec = std::ranges::find(type->params, key, &ParamSpec::key);
  if (spec == type->params.end()) return refuse_unknown(set, key);
  if (spec->travel == Travel::plan)
    return set.refuse("'" + key + "' changes the latency, which edits cannot do in this version",
                      "change it in the session file");
  ParamValue value;
  if (const auto* number = std::get_if<double>(&set.edit().value))
    value = *number;
  else if (const auto* flag = std::get_if<bool>(&set.edit().value))
    value = *flag;
  else if (const auto* word = std::get_if<std::string>(&set.edit().value))
    value = *word;
  else
    return set.refuse("this wants a number, a switch or a word", "see 'busbar inserts " + slot.type + "'");
  if (const auto wrong = check_param(*spec, value)) return set.refuse(wrong->what, wrong->mend);
  slot.params[key] = value;
}

void set_insert(Setter& set, Strip& strip, const Words& words) {
  const auto slot = std::ranges::find(strip.inserts, words[2], &InsertSlot::id);
  if (slot == strip.inserts.end())
    return set.refuse("'" + strip.id + "' has no insert '" + words[2] + "'", "add it to the session first");
  const std::string& key = words[3];
  if (key == "bypass") return set.flag(slot->bypass);
  if (key == "mix") return set.number(slot->mix, kMixRange);
  set_param(set, *slot, key);
}

void set_strip_key(Setter& set, Strip& strip, const std::string& key) {
  if (key == "name") return set.word(strip.name);
  if (key == "follow_mute" && strip.kind == StripKind::cue) {
    set.flag(strip.follow_mute);
    if (strip.follow_mute && strip.is_protected)
      set.refuse("'" + strip.id + "' is protected, so mutes do not reach it", "take its protection away first");
    return;
  }
  const auto spec = std::ranges::find(kStripParams, key, &ParamSpec::key);
  if (spec == kStripParams.end()) return refuse_unknown(set, key);
  switch (static_cast<StripParam>(spec->index)) {
    case StripParam::trim_db:
      return set.level(strip.trim, kLevelRange);
    case StripParam::polarity:
      return set.flag(strip.polarity);
    case StripParam::fader_db:
      return set.level(strip.fader, kLevelRange);
    case StripParam::pan:
      return set.number(strip.pan, kPanRange);
    case StripParam::width:
      return set.number(strip.width, kWidthRange);
    case StripParam::mute:
      return set.flag(strip.mute);
    case StripParam::solo:
      return set.flag(strip.solo);
    case StripParam::solo_safe:
      return set.flag(strip.solo_safe);
  }
}

void set_strip(Setter& set, Mixer& mixer, const Words& words) {
  const Strip* found = mixer.find(words[0]);
  if (found == nullptr) return set.refuse("there is no strip '" + words[0] + "'", "use the id of a track or bus");
  Strip strip = *found;
  if (words.size() == 2)
    set_strip_key(set, strip, words[1]);
  else if (words.size() == 4 && words[1] == "sends")
    set_send(set, strip, words);
  else if (words.size() == 4 && words[1] == "inserts")
    set_insert(set, strip, words);
  else
    refuse_unknown(set, words.size() > 1 ? words[1] : words[0]);
  mixer.replace(std::move(strip));
}

void set_vca(Setter& set, Mixer& mixer, const Words& words) {
  const auto vca = std::ranges::find(mixer.vcas, words[1], &Vca::id);
  if (vca == mixer.vcas.end()) return set.refuse("there is no VCA '" + words[1] + "'", "use the id of a VCA");
  if (words[2] == "fader_db") return set.level(vca->fader, kLevelRange);
  if (words[2] == "mute") return set.flag(vca->mute);
  refuse_unknown(set, words[2]);
}

void set_mute_group(Setter& set, Mixer& mixer, const Words& words) {
  const auto group = std::ranges::find(mixer.mute_groups, words[1], &MuteGroup::id);
  if (group == mixer.mute_groups.end())
    return set.refuse("there is no mute group '" + words[1] + "'", "use the id of a mute group");
  if (words[2] == "mute") return set.flag(group->mute);
  refuse_unknown(set, words[2]);
}

void set_session(Setter& set, Mixer& mixer, const std::string& key) {
  if (key == "name") return set.word(mixer.name);
  if (key == "tempo_bpm") return set.number(mixer.tempo_bpm, kTempoRange);
  if (key == "solo_mode") {
    std::string mode;
    set.word(mode);
    if (mode == "in_place")
      mixer.solo_mode = SoloMode::in_place;
    else if (mode == "pfl")
      mixer.solo_mode = SoloMode::pfl;
    else if (mode == "afl")
      mixer.solo_mode = SoloMode::afl;
    else
      set.refuse("there is no solo mode of that name", "give \"in_place\", \"pfl\" or \"afl\"");
    return;
  }
  refuse_unknown(set, key);
}

/// Sets one value in place; the mixer is a copy that is thrown away if anything is refused.
std::optional<Error> set_value(Mixer& mixer, const Edit& edit) {
  Setter set(edit);
  const Words words = split(edit.address);
  if (words.size() < 2)
    set.refuse("this is not the address of a value", "write it like /kick/fader_db");
  else if (words[0] == "vca" && words.size() == 3)
    set_vca(set, mixer, words);
  else if (words[0] == "mute_group" && words.size() == 3)
    set_mute_group(set, mixer, words);
  else if (words[0] == "session" && words.size() == 2)
    set_session(set, mixer, words[1]);
  else if (words[0] == "scene" || words[0] == "monitor" || words[0] == "talkback" || words[0] == "transport")
    set.refuse("'" + words[0] + "' cannot be edited in this version", "change it in the session file");
  else
    set_strip(set, mixer, words);
  return set.error();
}

std::string_view word_of(EditOp op) {
  switch (op) {
    case EditOp::set:
      return "set";
    case EditOp::add:
      return "add";
    case EditOp::remove:
      return "remove";
    case EditOp::move:
      return "move";
    case EditOp::batch:
      return "batch";
    case EditOp::undo:
      return "undo";
    case EditOp::redo:
      return "redo";
  }
  return "";
}

std::optional<Error> apply_in_place(Mixer& mixer, const Edit& edit) {
  if (edit.op == EditOp::set) return set_value(mixer, edit);
  if (edit.op == EditOp::batch) {
    for (const Edit& part : edit.edits)
      if (auto error = apply_in_place(mixer, part)) return error;
    return std::nullopt;
  }
  return Error{edit.address,
               "'" + std::string(word_of(edit.op)) + "' cannot be done in this version, only 'set' and a 'batch' of it",
               "change the session file instead"};
}

}  // namespace

Result<Mixer> apply_edit(const Mixer& mixer, const Edit& edit) {
  Mixer edited = mixer;
  if (auto error = apply_in_place(edited, edit)) return std::move(*error);
  return edited;
}

}  // namespace busbar
