#include <algorithm>

#include "engine/core/ids.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/json_text.hpp"
#include "sessions/presets.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

bool has_param(std::string_view type_key, std::string_view key) {
  const InsertType* type = find_insert_type(type_key);
  return type != nullptr && find_param(*type, key) != nullptr;
}

/// Numbers, switches and words go into the slot. A structure is an error for a parameter that is known here, else it
/// is returned to be kept, since a later version may know what it means.
json read_params(const json& value, const std::string& where, InsertSlot& slot, Report& report) {
  json kept = json::object();
  ObjectReader reader(value, where, "an object of parameters", report);
  if (!reader.is_object()) return kept;
  if (value.size() > kMaxParams) {
    report.error(where, "these are more than " + std::to_string(kMaxParams) + " parameters", "take some away");
    return kept;
  }
  for (const auto& [key, param] : value.items()) {
    if (key.size() > kMaxText) report.error(where, "the name of a parameter is too long", "shorten it");
    if (param.is_number())
      slot.params[key] = param.get<double>();
    else if (param.is_boolean())
      slot.params[key] = param.get<bool>();
    else if (std::string word; param.is_string() && read_text(param, word, reader.at(key), report))
      slot.params[key] = word;
    else if (has_param(slot.type, key))
      report.error(reader.at(key), shown_value(param) + " stands where a parameter is wanted",
                   "give a number, true or false, or a word");
    else if (!param.is_string())
      kept[key] = param;
  }
  return kept;
}

/// The values that a preset gives, over which those of the insert itself are put. From here on they stand for
/// themselves. A type that is not known here has no presets, and the name is kept with its other settings.
void take_preset(ObjectReader& reader, InsertSlot& slot, Report& report) {
  if (find_insert_type(slot.type) == nullptr) return;
  const json* value = reader.take("preset");
  std::string key;
  if (value == nullptr || !read_text(*value, key, reader.at("preset"), report)) return;
  if (const Result<Preset> preset = find_preset(slot.type, key))
    put_at_preset(slot, *preset);
  else
    report.error(reader.at("preset"), preset.error().what, preset.error().mend);
}

/// Adds the structures among the parameters to the unknown keys of the slot.
Extras with_params(const Extras& extras, json params) {
  if (params.empty()) return extras;
  json all = extras.empty() ? json::object() : json::parse(extras);
  all["params"] = std::move(params);
  return all.dump();
}

}  // namespace

std::string chain_mend(const json& name) {
  const std::string named = name.is_string() ? name.get<std::string>() : "";
  const std::string chain = is_well_formed_id(named) ? named : "drum-bus";
  return "write in \"inserts\" what 'busbar inserts " + chain +
         " --json' lists there, or add it by an edit: {\"op\": \"add\", \"address\": \"/STRIP/inserts\", \"value\": "
         "{\"chain\": \"" +
         chain + "\"}}";
}

InsertSlot read_insert(const json& value, const std::string& where, StripContext& context) {
  InsertSlot slot;
  ObjectReader reader(value, where, "an insert such as { \"id\": \"cut\", \"type\": \"low_cut\" }", context.report);
  if (value.is_object() && value.contains("chain") && !value.contains("type")) {
    context.report.error(where, "an insert is wanted here, and this names a chain", chain_mend(value.at("chain")));
    return slot;
  }
  reader.need_text("id", slot.id, "give it a name of a-z, 0-9, _ and -");
  reader.need_text("type", slot.type, "give the type of the insert, such as \"low_cut\"");
  take_preset(reader, slot, context.report);
  reader.flag("bypass", slot.bypass);
  reader.flag("match_level", slot.match_level);
  reader.number("mix", slot.mix, kMixRange, "give a number from 0 (dry) to 1 (wet)");
  if (const json* key = reader.take_or_null("key")) {
    std::string strip;
    if (read_text(*key, strip, reader.at("key"), context.report)) slot.key = std::move(strip);
  }
  json kept = json::object();
  if (const json* params = reader.take("params"))
    kept = read_params(*params, reader.at("params"), slot, context.report);
  slot.extras = with_params(reader.finish(), std::move(kept));
  return slot;
}

}  // namespace busbar
