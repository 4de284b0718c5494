#include <algorithm>

#include "sessions/control_reader.hpp"
#include "sessions/control_writer.hpp"
#include "sessions/part_editor.hpp"

namespace busbar::parts {

namespace {

using nlohmann::json;

/// What VCAs and mute groups differ in, for one code that edits both.
struct OfVcas {
  static constexpr std::string_view kName = "VCA";
  static std::vector<Vca>& list(Mixer& mixer) { return mixer.vcas; }
  static Vca read(const json& value, Report& report) { return read_vca(value, "", report); }
};
struct OfMuteGroups {
  static constexpr std::string_view kName = "mute group";
  static std::vector<MuteGroup>& list(Mixer& mixer) { return mixer.mute_groups; }
  static MuteGroup read(const json& value, Report& report) { return read_mute_group(value, "", report); }
};

/// The JSON of a whole group with the id of its address.
Result<Changed> whole(const Edit& edit, std::string_view id) {
  Result<json> value = json_of(edit);
  if (!value) return value.error();
  if (value->is_object() && !value->contains("id")) (*value)["id"] = std::string(id);
  if (value->is_object() && (*value)["id"] != std::string(id))
    return Error{edit.address + "/id", "this is not the id that the address names", "leave it out"};
  return Changed{std::move(*value), {}};
}

std::optional<Error> refuse_taken(const Mixer& mixer, const Edit& edit, std::string_view id) {
  const auto has = [&](const auto& groups) {
    return std::ranges::any_of(groups, [&](const auto& group) { return group.id == id; });
  };
  const std::string_view owner = mixer.find(id) != nullptr ? "strip"
                                 : has(mixer.vcas)         ? "VCA"
                                 : has(mixer.mute_groups)  ? "mute group"
                                                           : "";
  if (owner.empty()) return std::nullopt;
  return refused(edit, "there is a " + std::string(owner) + " " + in_quotes(id) + " already", "give another id");
}

template <typename Of>
Result<Mixer> add_one(Mixer mixer, const Edit& edit, const AddressWords& words) {
  auto& list = Of::list(mixer);
  const std::string_view id = words[1];
  const std::string name(Of::kName);
  if (words.size() != 2)
    return refused(edit, "only a whole " + name + " can be added here", "set its members as a list");
  if (auto taken = refuse_taken(mixer, edit, id)) return std::move(*taken);
  Result<Changed> value = whole(edit, id);
  if (!value) return value.error();
  auto group = read_back(*value, edit, Of::read);
  if (!group) return group.error();
  const auto place = place_in(edit, "");
  if (!place) return place.error();
  if (auto error = put_in(list, std::move(*group), edit, *place, kMaxGroups)) return std::move(*error);
  return mixer;
}

template <typename Of>
Result<Mixer> edit_one(Mixer mixer, const Edit& edit, const AddressWords& words) {
  auto& list = Of::list(mixer);
  const std::string_view id = words[1];
  const auto found = std::ranges::find_if(list, [&](const auto& group) { return group.id == id; });
  const std::string name(Of::kName);
  if (edit.op == EditOp::add) return add_one<Of>(std::move(mixer), edit, words);
  if (found == list.end()) return refused(edit, "there is no " + name + " " + in_quotes(id), "add it first");
  if (edit.op == EditOp::set) {
    Result<Changed> changed = words.size() == 2 ? whole(edit, id)
                                                : set_in(json::parse(tree_of(*found).written()), PartShape::group,
                                                         std::span(words).subspan(2), edit);
    if (!changed) return changed.error();
    auto group = read_back(*changed, edit, Of::read);
    if (!group) return group.error();
    *found = std::move(*group);
    return mixer;
  }
  if (words.size() != 2)
    return refused(edit, "only a whole " + name + " can be moved or removed here", "set its members as a list");
  if (edit.op == EditOp::move) {
    if (auto error = move_in(list, static_cast<std::size_t>(found - list.begin()), edit)) return std::move(*error);
    return mixer;
  }
  list.erase(found);
  drop_member(mixer.vcas, id);
  drop_member(mixer.mute_groups, id);
  return mixer;
}

}  // namespace

Result<Mixer> edit_group(const Mixer& mixer, const Edit& edit, const AddressWords& words) {
  if (words.size() < 2)
    return refused(edit, in_quotes(words[0]) + " is a word that addresses use themselves",
                   "write the id of a group behind it");
  return words[0] == "vca" ? edit_one<OfVcas>(mixer, edit, words) : edit_one<OfMuteGroups>(mixer, edit, words);
}

}  // namespace busbar::parts
