#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/control/commands/address.hpp"
#include "engine/control/commands/apply_command.hpp"
#include "sessions/object_reader.hpp"

/// What the edits of parts share; used by `edit_*.cpp` of this folder only.
namespace busbar::parts {

inline std::string in_quotes(std::string_view id) { return "'" + std::string(id) + "'"; }

inline Error refused(const Edit& edit, std::string what, std::string mend) {
  return {edit.address, std::move(what), std::move(mend)};
}

/// Whether a text may stand in JSON.
bool is_utf8(std::string_view text);

/// The value of an edit as JSON.
Result<nlohmann::json> json_of(const Edit& edit);

/// An error that the session's reader found at a pointer within a part, as one of the edit. `at`: the pointer of what
/// the address names.
Error error_of(const Edit& edit, std::string_view at, const Error& found);

/// A part as JSON, and where in it an edit changed something.
struct Changed {
  nlohmann::json part;
  std::string at;         ///< pointer; empty: the part as a whole
  bool is_reset = false;  ///< the key was taken away
};

/// What a part is, for the way its address is followed.
enum class PartShape {
  strip,    ///< has an id; its sends are found by target, its inserts by id, an insert's parameters by key
  group,    ///< has an id
  section,  ///< has none
};

/// Sets, in a part, what `words` lead to from there on; null takes the key away, which gives it its default.
/// Error: nothing is there, or it is an id, which no `set` can change.
Result<Changed> set_in(nlohmann::json part, PartShape shape, std::span<const std::string_view> words, const Edit& edit);

/// Reads a changed part back with the session's reader, `read(json, report)`. Error: what the reader refuses, and keys
/// that it does not know, which a session file would keep.
template <typename Read>
auto read_back(const Changed& changed, const Edit& edit, Read read)
    -> Result<decltype(read(changed.part, std::declval<Report&>()))>;

/// Where an address that ends in a number or has an `index` wants an entry of a list; nothing: at the end.
Result<std::optional<std::size_t>> place_in(const Edit& edit, std::string_view number);

/// The number that an address ends in, if it is that of an entry of the list.
Result<std::size_t> entry_of(const Edit& edit, std::string_view number, std::size_t size, std::string_view what);

/// Puts an item where the edit wants it. Error: behind the end, or the list is full.
template <typename Item>
std::optional<Error> put_in(std::vector<Item>& list, Item item, const Edit& edit, std::optional<std::size_t> place,
                            std::size_t most) {
  const std::size_t size = list.size();
  if (size >= most)
    return refused(edit, "there are " + std::to_string(size) + " already, and no more fit", "take some away");
  if (place && *place > size)
    return refused(edit, "place " + std::to_string(*place) + " is behind the end of the list",
                   "give one from 0 to " + std::to_string(size) + ", or leave it out");
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(place.value_or(size)), std::move(item));
  return std::nullopt;
}

/// Moves an entry to the edit's `index`, counted with the entry taken out. Error: behind the end.
template <typename Item>
std::optional<Error> move_in(std::vector<Item>& list, std::size_t from, const Edit& edit) {
  if (!edit.index || *edit.index < 0) return refused(edit, "the move has no place", "give an \"index\" from 0");
  const auto to = static_cast<std::size_t>(*edit.index);
  if (to >= list.size())
    return refused(edit, "place " + std::to_string(to) + " is behind the end of the list",
                   "give one from 0 to " + std::to_string(list.size() - 1));
  Item item = std::move(list[from]);
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(from));
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(to), std::move(item));
  return std::nullopt;
}

/// Refuses a key that the reader does not know at the place of the change.
std::optional<Error> refuse_unknown(const Edit& edit, const Changed& changed, Findings found);

/// The part with null at the place of the change, for the reader to say whether it knows the key.
nlohmann::json probe_of(const Changed& changed);

template <typename Read>
auto read_back(const Changed& changed, const Edit& edit, Read read)
    -> Result<decltype(read(changed.part, std::declval<Report&>()))> {
  Report report;
  auto part = read(changed.part, report);
  if (report.has_errors()) return error_of(edit, changed.at, report.errors().front());
  if (changed.is_reset) {
    report = Report{};
    read(probe_of(changed), report);
  }
  if (auto error = refuse_unknown(edit, changed, report.take())) return std::move(*error);
  return part;
}

/// The edits of parts, by the first word of their address.
Result<Mixer> edit_strip(const Mixer& mixer, const Edit& edit, const AddressWords& words, bool allow_outside);
Result<Mixer> edit_group(const Mixer& mixer, const Edit& edit, const AddressWords& words);
Result<Mixer> edit_section(const Mixer& mixer, const Edit& edit, const AddressWords& words);
Result<Mixer> edit_session(const Mixer& mixer, const Edit& edit, const AddressWords& words);

/// Adds the inserts of a chain preset, in their order, to a strip: `add /drums/inserts` with `{"chain": "drum-bus"}`.
/// They get ids that are free there.
std::optional<Error> add_chain(Strip& strip, const Edit& edit);

/// The strip with one of its inserts at a preset: `set /drums/inserts/glue/preset` to `"drums"`.
Result<Strip> set_preset(const Edit& edit, Strip strip, std::string_view insert);

/// Takes an id out of the members of groups.
template <typename Groups>
void drop_member(Groups& groups, std::string_view id) {
  for (auto& group : groups) std::erase(group.members, id);
}

/// Takes a strip away, and every mention of it: its feeders go where it went, sends to it are dropped, side chains hear
/// their own input again. It must exist.
void remove_strip(Mixer& mixer, std::string_view id);

}  // namespace busbar::parts
