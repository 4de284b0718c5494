#include <algorithm>
#include <array>
#include <cctype>

#include "engine/control/commands/address.hpp"
#include "engine/control/commands/edit_history.hpp"
#include "engine/core/strip_params.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// A key or an id as words: `kick-gate` is `Kick gate`, `fader_db` is `Fader`.
std::string as_words(std::string_view key) {
  for (const std::string_view unit : {"_db", "_s", "_ms", "_hz", "_bpm", "_samples"})
    if (key.ends_with(unit) && key.size() > unit.size()) {
      key.remove_suffix(unit.size());
      break;
    }
  std::string words(key);
  std::ranges::replace_if(
      words, [](char c) { return c == '_' || c == '-'; }, ' ');
  if (!words.empty()) words.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.front())));
  return words;
}

std::string lower(std::string text) {
  if (!text.empty()) text.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
  return text;
}

template <typename Groups>
const std::string* name_in(const Groups& groups, std::string_view id) {
  const auto found = std::ranges::find_if(groups, [&](const auto& group) { return group.id == id; });
  return found == groups.end() || found->name.empty() ? nullptr : &found->name;
}

/// Names an edit by the mixer before it, and by the one after it what came with it.
class Namer {
 public:
  Namer(const Mixer& before, const Mixer* after) : before_(before), after_(after) {}

  std::string name(const Edit& edit) const {
    if (edit.op == EditOp::undo) return "Undo";
    if (edit.op == EditOp::redo) return "Redo";
    if (edit.op == EditOp::batch) return of_batch(edit);
    const AddressWords words = split_address(edit.address);
    if (words.empty()) return "Edit";
    const std::string_view first = words[0];
    if (first == "scene") return of_scene(edit, words);
    if (first == "vca" || first == "mute_group") return of_group(edit, words);
    if (first == "session") return words.size() > 1 && words[1] == "solo_clear" ? "Clear solos" : of_session(words);
    if (first == "transport") return verb(edit, words.size() > 3 ? "Marker " + as_words(words[3]) : "Marker");
    if (first == "monitor" || first == "talkback" || first == "io")
      return verb(edit, as_words(first == "io" ? "labels" : first) + of_rest(words, 1));
    return of_strip(edit, words);
  }

 private:
  static std::string verb(const Edit& edit, const std::string& what) {
    if (edit.op == EditOp::add) return "Add " + lower_if_common(what);
    if (edit.op == EditOp::remove) return "Remove " + lower_if_common(what);
    return edit.op == EditOp::move ? "Move " + lower_if_common(what) : what;
  }
  /// Words of ours begin small behind a verb, names of the user's stay as they are.
  static std::string lower_if_common(const std::string& what) {
    for (const std::string_view common : {"Send ", "Clip", "Marker", "VCA ", "Mute group ", "Scene "})
      if (what.starts_with(common) && common != "VCA ") return lower(what);
    return what;
  }
  static std::string of_rest(const AddressWords& words, std::size_t from) {
    return words.size() > from ? " " + lower(as_words(words.back())) : "";
  }

  std::string strip(std::string_view id) const {
    const Strip* found = before_.find(id);
    if (found == nullptr && after_ != nullptr) found = after_->find(id);
    return found == nullptr || found->name.empty() ? as_words(id) : found->name;
  }
  template <typename List>
  std::string group(List Mixer::*list, std::string_view id) const {
    const std::string* name = name_in(before_.*list, id);
    if (name == nullptr && after_ != nullptr) name = name_in(after_->*list, id);
    return name == nullptr ? as_words(id) : *name;
  }

  std::string of_batch(const Edit& edit) const {
    if (edit.edits.empty()) return "Batch";
    const std::string first = name(edit.edits.front());
    if (edit.edits.size() == 1) return first;
    return "Batch of " + std::to_string(edit.edits.size()) + ": " + first + ", …";
  }

  std::string of_scene(const Edit& edit, const AddressWords& words) const {
    const std::string scene = words.size() > 1 ? group(&Mixer::scenes, words[1]) : "scene";
    if (words.size() < 3) return edit.op == EditOp::add ? "Store " + scene : verb(edit, "Scene " + scene);
    if (words[2] == "recall" || words[2] == "update") return as_words(words[2]) + " " + scene;
    return as_words(words[2]) + " of scene " + scene;
  }

  std::string of_group(const Edit& edit, const AddressWords& words) const {
    if (words.size() < 2) return "Groups";
    const bool is_vca = words[0] == "vca";
    const std::string shown = is_vca ? group(&Mixer::vcas, words[1]) : group(&Mixer::mute_groups, words[1]);
    if (words.size() > 2) return as_words(words[2]) + " of " + shown;
    return verb(edit, (is_vca ? "VCA " : "Mute group ") + shown);
  }

  static std::string of_session(const AddressWords& words) {
    const std::string_view key = words.size() > 1 ? words[1] : "";
    return key == "name" ? "Name of the session" : as_words(key);
  }

  std::string of_strip(const Edit& edit, const AddressWords& words) const {
    const std::string shown = strip(words[0]);
    if (words.size() == 1) return edit.op == EditOp::set ? "All of " + shown : verb(edit, shown);
    if (edit.compensate) return "Staging trim of " + shown;
    if (words[1] == "sends" && words.size() > 2) return of_send(edit, words, shown);
    if (words[1] == "inserts" && words.size() > 2) return of_insert(edit, words, shown);
    if (words[1] == "source" && words.size() > 2 && words[2] == "clips")
      return verb(edit, words.size() > 4 ? "Clip " + lower(as_words(words[4])) : "Clip") + " of " + shown;
    const auto spec = std::ranges::find(kStripParams, words[1], &ParamSpec::key);
    return (spec != kStripParams.end() ? std::string(spec->label) : as_words(words[1])) + " of " + shown;
  }

  std::string of_send(const Edit& edit, const AddressWords& words, const std::string& from) const {
    const std::string send = "Send " + from + " → " + strip(words[2]);
    if (words.size() == 3) return verb(edit, send);
    return words[3] == "level_db" ? send : as_words(words[3]) + " of " + lower(send);
  }

  std::string of_insert(const Edit& edit, const AddressWords& words, const std::string& of) const {
    const std::string insert = as_words(words[2]);
    if (edit.op == EditOp::add) return "Add " + insert + " to " + of;
    if (edit.op == EditOp::remove) return "Remove " + insert + " from " + of;
    if (edit.op == EditOp::move) return "Move " + insert + " in " + of;
    if (words.size() == 3) return insert + " in " + of;
    return label_of(words) + " of " + insert + " in " + of;
  }
  std::string label_of(const AddressWords& words) const {
    const Strip* found = before_.find(words[0]);
    if (found == nullptr) return as_words(words[3]);
    const auto slot = std::ranges::find(found->inserts, words[2], &InsertSlot::id);
    const InsertType* type = slot == found->inserts.end() ? nullptr : find_insert_type(slot->type);
    if (type == nullptr) return as_words(words[3]);
    const ParamSpec* spec = find_param(*type, words[3]);
    return spec == nullptr ? as_words(words[3]) : std::string(spec->label);
  }

  const Mixer& before_;
  const Mixer* after_;
};

}  // namespace

std::string name_of(const Edit& edit, const Mixer& before, const Mixer* after) {
  return Namer(before, after).name(edit);
}

}  // namespace busbar
