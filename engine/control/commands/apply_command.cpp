#include "engine/control/commands/apply_command.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "engine/control/commands/set_value.hpp"
#include "engine/control/model/routing_rules.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// An edit on its way through: the mixer as it has become, and the edits that changed more than plain values, since
/// only those can break a rule.
struct Work {
  Mixer mixer;
  EditParts edit_parts;
  std::vector<const Edit*> structural;
};

Error misplaced(const Edit& edit) {
  const bool is_batch = edit.op == EditOp::batch;
  const std::string word = is_batch ? "batch" : edit.op == EditOp::undo ? "undo" : "redo";
  if (is_batch) return {edit.address, "a batch cannot hold a batch", "put its edits into the one around it"};
  return {edit.address, "'" + word + "' is an edit of what was done, not of the mixer", "give it a line of its own"};
}

std::optional<Error> apply_one(Work& work, const Edit& edit) {
  if (edit.op == EditOp::batch || edit.op == EditOp::undo || edit.op == EditOp::redo) return misplaced(edit);
  const AddressWords words = split_address(edit.address);
  if (words.empty()) return Error{edit.address, "this is not an address", "write it like /kick/fader_db"};
  // null resets a key to its default, which only the session's readers know.
  if (edit.op == EditOp::set && !std::holds_alternative<std::monostate>(edit.value)) {
    EditedValue value(edit);
    if (set_value(value, work.mixer, words)) return value.error();
  }
  if (edit.compensate) return Error{edit.address, "only a trim can be compensated", "leave \"compensate\" out"};
  if (work.edit_parts == nullptr)
    return Error{edit.address, "this is not the address of a plain value, and nothing else can be edited here",
                 "write addresses like /kick/fader_db or /kick/sends/cue1/level_db"};
  Result<Mixer> edited = work.edit_parts(work.mixer, edit);
  if (!edited) return edited.error();
  work.mixer = std::move(*edited);
  work.structural.push_back(&edit);
  return std::nullopt;
}

/// The id that a JSON pointer of `check_mixer` is about: `/tracks/3/sends/0/to` is about the fourth track.
std::string_view id_at(const Mixer& mixer, std::string_view pointer) {
  const AddressWords words = split_address(pointer);
  std::size_t place = 0;
  if (words.size() < 2 || std::from_chars(words[1].data(), words[1].data() + words[1].size(), place).ec != std::errc{})
    return {};
  const auto id_in = [&](const auto& list) { return place < list.size() ? std::string_view(list[place].id) : ""; };
  if (words[0] == "tracks") return place < mixer.tracks.size() ? std::string_view(mixer.tracks[place]->id) : "";
  if (words[0] == "buses") return place < mixer.buses.size() ? std::string_view(mixer.buses[place]->id) : "";
  if (words[0] == "vcas") return id_in(mixer.vcas);
  return words[0] == "mute_groups" ? id_in(mixer.mute_groups) : std::string_view{};
}

/// The edit to blame for a broken rule: the last one about the part that the rule names, else the last.
const Edit& culprit(const Work& work, std::string_view id) {
  for (auto edit = work.structural.rbegin(); edit != work.structural.rend(); ++edit) {
    const AddressWords words = split_address((*edit)->address);
    if (words[0] == id || (words.size() > 1 && words[1] == id && (words[0] == "vca" || words[0] == "mute_group")))
      return **edit;
  }
  return *work.structural.back();
}

std::optional<Error> check_rules(const Work& work) {
  if (work.structural.empty()) return std::nullopt;
  Findings found = check_mixer(work.mixer, find_insert_type);
  if (found.errors.empty()) return std::nullopt;
  Error& broken = found.errors.front();
  return Error{culprit(work, id_at(work.mixer, broken.where)).address, std::move(broken.what), std::move(broken.mend)};
}

/// The strip's inserts have keys that are there, but for those that were as they are: a session file may name others.
std::optional<Error> check_keys(const Work& work, const Strip& strip, const Strip* before) {
  for (const InsertSlot& slot : strip.inserts) {
    if (!slot.key || work.mixer.find(*slot.key) != nullptr) continue;
    const auto is_same = [&](const InsertSlot& old) { return old.id == slot.id && old.key == slot.key; };
    if (before != nullptr && std::ranges::any_of(before->inserts, is_same)) continue;
    return Error{culprit(work, strip.id).address,
                 "there is no strip '" + *slot.key + "' for the key of '" + slot.id + "'",
                 "give the id of a track or bus"};
  }
  return std::nullopt;
}

std::optional<Error> check_new_keys(const Work& work, const Mixer& before) {
  if (work.structural.empty()) return std::nullopt;
  for (const Strip* strip : work.mixer.strips()) {
    const Strip* old = before.find(strip->id);
    if (old == strip) continue;
    if (auto error = check_keys(work, *strip, old)) return error;
  }
  return std::nullopt;
}

}  // namespace

Result<Mixer> apply_edit(const Mixer& mixer, const Edit& edit, EditParts edit_parts) {
  Work work{mixer, edit_parts, {}};
  if (edit.op != EditOp::batch) {
    if (auto error = apply_one(work, edit)) return std::move(*error);
  } else {
    for (const Edit& part : edit.edits)
      if (auto error = apply_one(work, part)) return std::move(*error);
  }
  if (auto error = check_rules(work)) return std::move(*error);
  if (auto error = check_new_keys(work, mixer)) return std::move(*error);
  return std::move(work.mixer);
}

}  // namespace busbar
