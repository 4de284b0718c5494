#include "cli/chain_page.hpp"

#include <cstdio>
#include <string>

#include "cli/param_json.hpp"
#include "cli/print.hpp"

namespace busbar::cli {
namespace {

Json insert_json(const InsertSlot& slot) {
  Json::Object members{{"id", slot.id}, {"type", slot.type}};
  if (slot.bypass) members.emplace_back("bypass", true);
  if (slot.match_level) members.emplace_back("match_level", true);
  if (slot.mix != 1.0) members.emplace_back("mix", slot.mix);
  Json::Object params;
  for (const auto& [key, value] : slot.params) params.emplace_back(key, to_json(value));
  members.emplace_back("params", params);
  return members;
}

Json::Array inserts_json(const Preset& chain) {
  Json::Array inserts;
  for (const InsertSlot& slot : chain.inserts) inserts.push_back(insert_json(slot));
  return inserts;
}

std::string edit_of(const Preset& chain) {
  return R"({"op": "add", "address": "/STRIP/inserts", "value": {"chain": ")" + chain.key + "\"}}";
}

std::string value_text(const ParamValue& value) {
  if (const auto* word = std::get_if<std::string>(&value)) return *word;
  if (const bool* on = std::get_if<bool>(&value)) return *on ? "on" : "off";
  return number_text(std::get<double>(value));
}

/// A row for each setting, the insert named in its first.
void add_rows(Table& table, const InsertSlot& slot) {
  std::string id = slot.id, type = slot.type;
  const auto add = [&](const std::string& what, const std::string& value) {
    table.add({std::exchange(id, ""), std::exchange(type, ""), what, value});
  };
  if (slot.bypass) add("bypass", "on");
  if (slot.match_level) add("match_level", "on");
  if (slot.mix != 1.0) add("mix", number_text(slot.mix));
  for (const auto& [key, value] : slot.params) add(key, value_text(value));
  if (!id.empty()) add("", "");
}

}  // namespace

void print_chain(const Preset& chain, bool json) {
  if (json)
    return print_json(Json::Object{{"chain", chain.key},
                                   {"name", chain.name},
                                   {"about", chain.about},
                                   {"user", chain.is_users},
                                   {"inserts", inserts_json(chain)},
                                   {"edit", edit_of(chain)}});
  std::printf("%s: %s, a chain of %s%s\n", chain.key.c_str(), chain.name.c_str(),
              count_text(chain.inserts.size(), "insert").c_str(), chain.is_users ? " (yours)" : "");
  if (!chain.about.empty()) std::printf("%s\n", chain.about.c_str());
  std::printf("\n");
  Table table({{"insert"}, {"type"}, {"parameter"}, {"value"}});
  for (const InsertSlot& slot : chain.inserts) add_rows(table, slot);
  table.print();
  std::printf(
      "\n  By an edit, in a script or while it plays:\n    %s\n"
      "  In a session file: the \"inserts\" of 'busbar inserts %s --json', in a strip's own\n",
      edit_of(chain).c_str(), chain.key.c_str());
}

}  // namespace busbar::cli
