#include "engine/control/commands/set_value.hpp"

#include <algorithm>
#include <array>

namespace busbar {

namespace {

std::string quoted(std::string_view id) { return "'" + std::string(id) + "'"; }

template <typename Section>
Section& section(std::optional<Section>& place) {
  return place ? *place : place.emplace();
}

bool set_monitor(EditedValue& value, Mixer& mixer, std::string_view key) {
  if (key != "level_db" && key != "dim" && key != "mono" && key != "cut" && key != "polarity") return false;
  Monitor& monitor = section(mixer.monitor);
  if (key == "level_db")
    value.level(monitor.level, kLevelRange);
  else
    value.flag(key == "dim"    ? monitor.dim
               : key == "mono" ? monitor.mono
               : key == "cut"  ? monitor.cut
                               : monitor.polarity);
  return true;
}

bool set_talkback(EditedValue& value, Mixer& mixer, std::string_view key) {
  if (key == "on")
    value.flag(section(mixer.talkback).on);
  else if (key == "dim_db")
    value.level(section(mixer.talkback).dim, kLevelRange);
  else
    return false;
  return true;
}

void set_pan_law(EditedValue& value, Mixer& mixer) {
  constexpr auto kLaws = std::to_array({-3.0, -4.5, -6.0, 0.0});
  const double* law = std::get_if<double>(&value.edit().value);
  if (law == nullptr || std::ranges::find(kLaws, *law) == kLaws.end())
    value.refuse("there is no pan law of that name", "give -3, -4.5, -6 or 0");
  else
    mixer.pan_law_db = *law;
}

void set_solo_mode(EditedValue& value, Mixer& mixer) {
  const std::string mode = value.word() != nullptr ? *value.word() : "";
  if (mode == "in_place")
    mixer.solo_mode = SoloMode::in_place;
  else if (mode == "pfl")
    mixer.solo_mode = SoloMode::pfl;
  else if (mode == "afl")
    mixer.solo_mode = SoloMode::afl;
  else
    value.refuse("there is no solo mode of that name", "give \"in_place\", \"pfl\" or \"afl\"");
}

/// A trigger: true does it, false does nothing.
void press_solo_clear(EditedValue& value, Mixer& mixer) {
  bool is_pressed = false;
  value.flag(is_pressed);
  if (is_pressed) clear_solos(mixer);
}

bool set_session(EditedValue& value, Mixer& mixer, std::string_view key) {
  if (key == "name")
    value.text(mixer.name);
  else if (key == "tempo_bpm")
    value.number(mixer.tempo_bpm, kTempoRange);
  else if (key == "pan_law_db")
    set_pan_law(value, mixer);
  else if (key == "solo_mode")
    set_solo_mode(value, mixer);
  else if (key == "solo_exclusive")
    value.flag(mixer.solo_exclusive);
  else if (key == "solo_clear")
    press_solo_clear(value, mixer);
  else
    return false;
  return true;
}

}  // namespace

void clear_solos(Mixer& mixer, std::string_view but) {
  for (const Strip* strip : mixer.strips()) {
    if (!strip->solo || strip->id == but) continue;
    Strip quiet = *strip;
    quiet.solo = false;
    mixer.replace(std::move(quiet));
  }
}

bool set_group_value(EditedValue& value, Mixer& mixer, const AddressWords& words) {
  if (words.size() != 3 || (words[2] != "fader_db" && words[2] != "mute")) return false;
  if (words[0] == "mute_group") {
    if (words[2] != "mute") return false;
    const auto group = std::ranges::find(mixer.mute_groups, words[1], &MuteGroup::id);
    if (group == mixer.mute_groups.end())
      value.refuse("there is no mute group " + quoted(words[1]), "use the id of a mute group");
    else
      value.flag(group->mute);
    return true;
  }
  const auto vca = std::ranges::find(mixer.vcas, words[1], &Vca::id);
  if (vca == mixer.vcas.end())
    value.refuse("there is no VCA " + quoted(words[1]), "use the id of a VCA");
  else if (words[2] == "fader_db")
    value.level(vca->fader, kLevelRange);
  else
    value.flag(vca->mute);
  return true;
}

bool set_section_value(EditedValue& value, Mixer& mixer, const AddressWords& words) {
  if (words.size() != 2) return false;
  if (words[0] == "monitor") return set_monitor(value, mixer, words[1]);
  if (words[0] == "talkback") return set_talkback(value, mixer, words[1]);
  return set_session(value, mixer, words[1]);
}

bool set_value(EditedValue& value, Mixer& mixer, const AddressWords& words) {
  const std::string_view first = words.front();
  const bool is_group = first == "vca" || first == "mute_group";
  const bool is_section = first == "monitor" || first == "talkback" || first == "session";
  if (value.edit().compensate && (is_group || is_section)) {
    value.refuse("only a trim can be compensated", "leave \"compensate\" out");
    return true;
  }
  if (is_group) return set_group_value(value, mixer, words);
  if (is_section) return set_section_value(value, mixer, words);
  if (first == "scene" || first == "transport" || first == "io") return false;
  return set_strip_value(value, mixer, words);
}

}  // namespace busbar
