#include <algorithm>

#include "engine/realtime/insert.hpp"
#include "sessions/json_text.hpp"
#include "sessions/part_editor.hpp"
#include "sessions/presets.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar::parts {

namespace {

using nlohmann::json;

/// `eq`, or `eq-2`, `eq-3` … if the strip has one already.
std::string free_id(const std::vector<InsertSlot>& taken, const std::string& base) {
  std::string id = base;
  for (int number = 2; std::ranges::find(taken, id, &InsertSlot::id) != taken.end(); ++number) {
    const std::string suffix = "-" + std::to_string(number);
    id = base.substr(0, 64 - suffix.size()) + suffix;
  }
  return id;
}

/// The name of the chain in `{"chain": "drum-bus"}`.
Result<std::string> chain_of(const Edit& edit) {
  const Result<json> value = json_of(edit);
  if (!value) return value.error();
  const std::string mend = "give { \"chain\": NAME } with the name of a chain, or add one insert as /strip/inserts/ID";
  if (!value->is_object() || !value->contains("chain") || !value->at("chain").is_string())
    return refused(edit, "this names no chain of inserts", mend);
  if (value->size() > 1) return refused(edit, "there is more here than the name of a chain", mend);
  return value->at("chain").get<std::string>();
}

}  // namespace

std::optional<Error> add_chain(Strip& strip, const Edit& edit) {
  const Result<std::string> key = chain_of(edit);
  if (!key) return key.error();
  Result<Preset> preset = find_preset("", *key);
  if (!preset) return refused(edit, preset.error().what, preset.error().mend);
  const auto place = place_in(edit, "");
  if (!place) return place.error();
  std::optional<std::size_t> at = *place;
  for (InsertSlot& slot : preset->inserts) {
    slot.id = free_id(strip.inserts, slot.id);
    if (auto error = put_in(strip.inserts, std::move(slot), edit, at, kMaxInserts)) return error;
    if (at) ++*at;
  }
  return std::nullopt;
}

Result<Strip> set_preset(const Edit& edit, Strip strip, std::string_view insert) {
  const auto slot = std::ranges::find(strip.inserts, insert, &InsertSlot::id);
  if (slot == strip.inserts.end())
    return refused(edit, in_quotes(strip.id) + " has no insert " + in_quotes(insert), "add it first");
  if (find_insert_type(slot->type) == nullptr)
    return refused(edit, "the type " + in_quotes(slot->type) + " is not known here",
                   "its settings are kept as they are");
  const auto* key = std::get_if<std::string>(&edit.value);
  if (key == nullptr)
    return refused(edit, "this wants the name of a preset", "see 'busbar inserts " + slot->type + "'");
  const Result<Preset> preset = find_preset(slot->type, *key);
  if (!preset) return refused(edit, preset.error().what, preset.error().mend);
  put_at_preset(*slot, *preset);
  return strip;
}

}  // namespace busbar::parts
