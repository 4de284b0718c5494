#include "sessions/edit_between.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/control/commands/apply_command.hpp"
#include "engine/control/commands/mixer_change.hpp"
#include "sessions/edit_parts.hpp"
#include "sessions/edit_script.hpp"
#include "sessions/session_file.hpp"

namespace busbar {

namespace {

using nlohmann::json;

/// The lists of a session whose entries have ids, and what their addresses begin with. What others are routed to comes
/// first, since a strip that is added looks whether its sends go into cues.
constexpr auto kLists = std::to_array<std::pair<const char*, const char*>>(
    {{"buses", ""}, {"tracks", ""}, {"vcas", "/vca"}, {"mute_groups", "/mute_group"}, {"scenes", "/scene"}});
constexpr auto kSections = std::to_array<const char*>({"monitor", "talkback", "io", "transport"});

/// The entries of a list, or an empty one where a session leaves it out.
const json& list_of(const json& owner, const char* key) {
  static const json none = json::array();
  const auto found = owner.find(key);
  return found == owner.end() ? none : *found;
}

std::vector<std::string> ids_of(const json& list, const char* id_key) {
  std::vector<std::string> ids;
  for (const json& entry : list) ids.push_back(entry.at(id_key));
  return ids;
}

bool has(const std::vector<std::string>& ids, const std::string& id) { return std::ranges::find(ids, id) != ids.end(); }

/// Gathers the edits that lead from one session's JSON to another's.
class Between {
 public:
  Between(const json& before, const json& after) : before_(before), after_(after) {}

  Edit done() && {
    for (const auto& [key, root] : kLists) bring_entries(key, root);
    for (const auto& [key, root] : kLists) set_entries(key, root);
    for (const char* key : kSections) section(key);
    head();
    batch_.op = EditOp::batch;
    return std::move(batch_);
  }

 private:
  void note(EditOp op, std::string address, EditValue value = {}, std::optional<int> index = {}) {
    Edit edit;
    edit.op = op;
    edit.address = std::move(address);
    edit.value = std::move(value);
    edit.index = index;
    batch_.edits.push_back(std::move(edit));
  }

  /// The same entries, in the same order.
  void bring_entries(const char* key, const std::string& root) {
    const json& entries = list_of(after_, key);
    std::vector<std::string> ids = ids_of(list_of(before_, key), "id");
    const std::vector<std::string> wanted = ids_of(entries, "id");
    std::erase_if(ids, [&](const std::string& id) {
      const bool is_gone = !has(wanted, id);
      if (is_gone) note(EditOp::remove, root + "/" + id);
      return is_gone;
    });
    for (std::size_t at = 0; at < wanted.size(); ++at) {
      if (at < ids.size() && ids[at] == wanted[at]) continue;
      const bool is_new = !has(ids, wanted[at]);
      note(is_new ? EditOp::add : EditOp::move, root + "/" + wanted[at],
           is_new ? edit_value_of(entries[at]) : EditValue{}, static_cast<int>(at));
      std::erase(ids, wanted[at]);
      ids.insert(ids.begin() + static_cast<std::ptrdiff_t>(at), wanted[at]);
    }
  }

  void set_entries(const char* key, const std::string& root) {
    std::unordered_map<std::string_view, const json*> before;
    for (const json& entry : list_of(before_, key)) before[entry.at("id").get_ref<const std::string&>()] = &entry;
    for (const json& entry : list_of(after_, key)) {
      const std::string& id = entry.at("id").get_ref<const std::string&>();
      if (const auto old = before.find(id); old != before.end()) set_keys(*old->second, entry, root + "/" + id);
    }
  }

  void set_keys(const json& old, const json& now, const std::string& address) {
    for (const auto& [key, value] : old.items())
      if (!now.contains(key)) note(EditOp::set, address + "/" + key);
    for (const auto& [key, value] : now.items()) {
      const auto before = old.find(key);
      if (before != old.end() && *before == value) continue;
      const char* id_key = key == "inserts" ? "id" : key == "sends" ? "to" : "";
      if (before != old.end() && *id_key != '\0' && ids_of(*before, id_key) == ids_of(value, id_key))
        for (std::size_t i = 0; i < value.size(); ++i)
          set_keys((*before)[i], value[i], address + "/" + key + "/" + value[i].at(id_key).get<std::string>());
      else
        note(EditOp::set, address + "/" + key, edit_value_of(value));
    }
  }

  void section(const std::string& key) {
    const auto old = before_.find(key), now = after_.find(key);
    if (now == after_.end() && old != before_.end()) note(EditOp::remove, "/" + key);
    if (now == after_.end()) return;
    if (old == before_.end() && key != "transport") return note(EditOp::add, "/" + key, edit_value_of(*now));
    if (key != "transport") return set_keys(*old, *now, "/" + key);
    const json& markers = list_of(*now, "markers");  // of the transport nothing else can be edited
    if (old == before_.end() || list_of(*old, "markers") != markers)
      note(EditOp::set, "/transport/markers", edit_value_of(markers));
  }

  void head() {
    json old = before_, now = after_;
    for (json* session : {&old, &now}) {
      for (const auto& list : kLists) session->erase(list.first);
      for (const char* key : kSections) session->erase(key);
    }
    set_keys(old, now, "/session");
  }

  const json& before_;
  const json& after_;
  Edit batch_;
};

}  // namespace

std::optional<Edit> edit_between(const Mixer& before, const Mixer& after) {
  const json old = json::parse(write_session_text(before)), now = json::parse(write_session_text(after));
  Edit batch = Between(old, now).done();
  if (batch.edits.size() > kMaxBatch) return std::nullopt;
  const Result<Mixer> made = apply_edit(before, batch, edit_parts_anywhere);
  if (!made || !change_between(*made, after).empty()) return std::nullopt;
  return batch;
}

}  // namespace busbar
