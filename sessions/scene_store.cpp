#include "sessions/scene_store.hpp"

#include <cmath>

#include "engine/realtime/insert.hpp"
#include "sessions/scene_read.hpp"
#include "sessions/session_words.hpp"
#include "sessions/strip_writer.hpp"

namespace busbar {

namespace {

using nlohmann::json;

/// Whole numbers without a point, as everywhere in a session.
json number_json(double number) {
  const bool is_whole = number == std::floor(number) && std::fabs(number) < 1e15;
  if (is_whole && !(number == 0.0 && std::signbit(number))) return static_cast<std::int64_t>(number);
  return number;
}

json level_json(Decibels level) { return level == kMinusInfinity ? json("-inf") : number_json(level.value); }

json param_json(const ParamValue& value) {
  if (const double* number = std::get_if<double>(&value)) return number_json(*number);
  if (const bool* on = std::get_if<bool>(&value)) return *on;
  return std::get<std::string>(value);
}

json send_json(const Send& send) {
  return {{"to", send.to},
          {"level_db", level_json(send.level)},
          {"tap", std::string(word_of(kTapWords, send.tap))},
          {"pan", send.pan ? number_json(*send.pan) : json("strip")},
          {"on", send.on}};
}

json insert_json(const InsertSlot& slot) {
  json result = {{"id", slot.id}, {"bypass", slot.bypass}, {"mix", number_json(slot.mix)}};
  if (const InsertType* type = find_insert_type(slot.type))
    for (const ParamSpec& spec : type->params)
      if (!spec.is_tempo) result["params"][std::string(spec.key)] = param_json(value_of(slot, spec));
  return result;
}

json output_json(const Output& output) {
  if (const auto* bus = std::get_if<ToBus>(&output)) return bus->id;
  if (const auto* hardware = std::get_if<ToHardware>(&output)) return json::parse(tree_of(*hardware).written());
  return "none";
}

json strip_json(const Strip& strip, const SceneScope& scope) {
  json result = json::object();
  const auto add = [&](std::string_view key, json value) {
    if (scope.has(key)) result[std::string(key)] = std::move(value);
  };
  add("trim_db", level_json(strip.trim));
  add("polarity", strip.polarity);
  add("fader_db", level_json(strip.fader));
  add("pan", number_json(strip.pan));
  add("width", number_json(strip.width));
  add("mute", strip.mute);
  add("solo", strip.solo);
  add("solo_safe", strip.solo_safe);
  add("output", output_json(strip.output));
  if (scope.has("inserts"))
    for (const InsertSlot& slot : strip.inserts) result["inserts"].push_back(insert_json(slot));
  for (const Send& send : strip.sends)
    if (scope.reaches("sends/" + send.to)) result["sends"].push_back(send_json(send));
  return result;
}

}  // namespace

json store_values(const Mixer& mixer, const SceneScope& scope, const std::set<std::string, std::less<>>& named) {
  json values = json::object();
  for (const Strip* strip : mixer.strips()) {
    if (is_protected_cue(*strip) && !named.contains(strip->id)) continue;
    if (json keys = strip_json(*strip, scope); !keys.empty()) values[strip->id] = std::move(keys);
  }
  if (scope.has("vcas"))
    for (const Vca& vca : mixer.vcas) values[vca.id] = {{"fader_db", level_json(vca.fader)}, {"mute", vca.mute}};
  if (scope.has("mute_groups"))
    for (const MuteGroup& group : mixer.mute_groups) values[group.id] = {{"mute", group.mute}};
  return values;
}

}  // namespace busbar
