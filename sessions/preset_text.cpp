#include <algorithm>

#include "engine/control/model/param_value.hpp"
#include "engine/core/ids.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/json_text.hpp"
#include "sessions/json_tree.hpp"
#include "sessions/presets.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "busbar-preset";

void read_head(ObjectReader& reader, Preset& preset, Report& report) {
  std::string format;
  reader.need_text("format", format, "write \"busbar-preset\"");
  if (!format.empty() && format != kFormat)
    report.error(reader.at("format"), "this is no preset of Busbar", "write \"busbar-preset\"");
  double version = 0.0;
  if (const json* value = reader.need("version", "write 1"))
    if (read_number(*value, version, {1.0, 1e6}, "write 1", reader.at("version"), report) && version != 1.0)
      report.error(reader.at("version"), "this preset is of a later version", "take a newer Busbar, or save it as 1");
  reader.text("name", preset.name);
  reader.text("about", preset.about);
}

/// A preset stands on its own: it names no other preset and no strip.
void refuse_references(const json& value, const std::string& where, Report& report) {
  if (!value.is_object()) return;
  if (value.contains("preset"))
    report.error(where + "/preset", "a preset cannot be made of presets", "write its values as \"params\"");
  if (value.contains("key"))
    report.error(where + "/key", "a preset names no strip", "leave it out, and set the key once it is in use");
}

void read_single(ObjectReader& reader, const json& whole, Preset& preset, StripContext& context) {
  reader.need_text("type", preset.type, "give the type of processor, or a \"chain\"");
  json slot = {{"id", preset.key}, {"type", preset.type}};
  for (const char* key : {"params", "mix"})
    if (const json* value = reader.take(key)) slot[key] = *value;
  refuse_references(whole, "", context.report);
  preset.inserts.push_back(read_insert(slot, "", context));
}

void read_chain(ObjectReader& reader, Preset& preset, StripContext& context) {
  const json* list = reader.list("chain", kMaxInserts, "inserts");
  if (list == nullptr) return;
  if (list->empty()) context.report.error(reader.at("chain"), "the chain is empty", "give at least one insert");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string where = reader.at("chain") + "/" + std::to_string(i);
    const json& value = (*list)[i];
    refuse_references(value, where, context.report);
    if (context.report.has_errors()) return;
    InsertSlot slot = read_insert(value, where, context);
    if (!slot.id.empty() && !is_well_formed_id(slot.id))
      context.report.error(where + "/id", "'" + slot.id + "' is not an id", "use a-z, 0-9, _ and -");
    if (std::ranges::find(preset.inserts, slot.id, &InsertSlot::id) != preset.inserts.end())
      context.report.error(where + "/id", "the id '" + slot.id + "' stands twice", "give each insert its own");
    preset.inserts.push_back(std::move(slot));
  }
}

JsonTree params_of(const InsertSlot& slot) {
  JsonTree params = JsonTree::object();
  for (const auto& [key, value] : slot.params) params.add(key, JsonTree::param(value));
  return params;
}

void add_values(JsonTree& tree, const InsertSlot& slot) {
  tree.add("params", params_of(slot));
  if (slot.mix != 1.0) tree.add("mix", JsonTree::number(slot.mix));
}

JsonTree tree_of_entry(const InsertSlot& slot) {
  JsonTree tree = JsonTree::object();
  tree.add("id", JsonTree::text(slot.id)).add("type", JsonTree::text(slot.type));
  if (slot.bypass) tree.add("bypass", JsonTree::flag(true));
  if (slot.match_level) tree.add("match_level", JsonTree::flag(true));
  add_values(tree, slot);
  return tree;
}

void check_params(const InsertType& type, const InsertSlot& slot, const std::string& where, std::vector<Error>& wrong) {
  for (const auto& [key, value] : slot.params) {
    const std::string at = where + "/params/" + pointer_segment(key);
    const ParamSpec* spec = find_param(type, key);
    if (spec == nullptr) {
      wrong.push_back(
          {at, "'" + slot.type + "' has no parameter of that name", "see 'busbar inserts " + slot.type + "'"});
    } else if (auto fault = check_param(*spec, value)) {
      wrong.push_back({at, std::move(fault->what), std::move(fault->mend)});
    }
  }
}

}  // namespace

Result<Preset> read_preset_text(std::string_view key, std::string_view text) {
  const ParsedJson parsed = parse_json(text);
  if (!parsed.errors.empty()) return parsed.errors.front();
  Preset preset;
  preset.key = key;
  Report report;
  StripContext context{report};
  ObjectReader reader(parsed.value, "", "a preset", report);
  read_head(reader, preset, report);
  if (parsed.value.is_object() && parsed.value.contains("chain"))
    read_chain(reader, preset, context);
  else
    read_single(reader, parsed.value, preset, context);
  if (report.has_errors()) return report.errors().front();
  if (preset.name.empty()) preset.name = key;
  return preset;
}

std::string write_preset_text(const Preset& preset) {
  JsonTree tree = JsonTree::object();
  tree.broken().add("format", JsonTree::text(kFormat)).add("version", JsonTree::number(1.0));
  tree.add("name", JsonTree::text(preset.name));
  if (!preset.about.empty()) tree.add("about", JsonTree::text(preset.about));
  if (preset.type.empty()) {
    tree.add("chain", JsonTree::list_of(preset.inserts, tree_of_entry));
  } else {
    tree.add("type", JsonTree::text(preset.type));
    add_values(tree, preset.inserts.empty() ? InsertSlot{} : preset.inserts.front());
  }
  return tree.written() + "\n";
}

std::vector<Error> check_preset(const Preset& preset) {
  std::vector<Error> wrong;
  for (std::size_t i = 0; i < preset.inserts.size(); ++i) {
    const InsertSlot& slot = preset.inserts[i];
    const std::string where = preset.type.empty() ? "/chain/" + std::to_string(i) : "";
    if (const InsertType* type = find_insert_type(slot.type))
      check_params(*type, slot, where, wrong);
    else
      wrong.push_back({where + "/type", "there is no insert of type '" + slot.type + "'", "see 'busbar inserts'"});
  }
  return wrong;
}

void put_at_preset(InsertSlot& slot, const Preset& preset) {
  if (preset.inserts.empty()) return;
  slot.params = preset.inserts.front().params;
  slot.mix = preset.inserts.front().mix;
}

}  // namespace busbar
