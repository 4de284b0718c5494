#include <algorithm>

#include "engine/control/model/param_value.hpp"
#include "engine/core/ids.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/control_reader.hpp"
#include "sessions/json_text.hpp"
#include "sessions/part_editor.hpp"
#include "sessions/session_file.hpp"
#include "sessions/strip_reader.hpp"
#include "sessions/strip_writer.hpp"

namespace busbar::parts {

namespace {

using nlohmann::json;

/// The value as text for the readers of parts, which report what is wrong with it.
Result<std::string> text_of(const Edit& edit) {
  Result<json> value = json_of(edit);
  if (!value) return value.error();
  return value->dump(-1, ' ', false, json::error_handler_t::replace);
}

template <typename Part>
Result<Part> as_part(const Edit& edit, Result<Part> part) {
  return part ? std::move(part) : error_of(edit, "", part.error());
}

/// An insert that came with the edit must be one of those there are: a session keeps others, but nobody wants to add
/// what cannot be heard.
std::optional<Error> refuse_unknown_types(const Edit& edit, const Strip* before, const Strip& after) {
  for (const InsertSlot& slot : after.inserts) {
    const auto is_same = [&](const InsertSlot& old) { return old.id == slot.id && old.type == slot.type; };
    if (find_insert_type(slot.type) != nullptr || (before != nullptr && std::ranges::any_of(before->inserts, is_same)))
      continue;
    std::string known;
    for (const InsertType& type : insert_types()) known += (known.empty() ? "" : ", ") + std::string(type.key);
    return refused(edit, "there is no insert of type " + in_quotes(slot.type), "give one of: " + known);
  }
  return std::nullopt;
}

/// What a session file keeps with a warning, nobody wants to say anew.
std::optional<Error> refuse_unknown_words(const Edit& edit, const Strip* before, const Strip& after) {
  for (const std::string& word : after.recall_safe) {
    if (before != nullptr && std::ranges::find(before->recall_safe, word) != before->recall_safe.end()) continue;
    if (auto wrong = wrong_safe_word(after, word)) return refused(edit, wrong->what, wrong->mend);
  }
  return std::nullopt;
}

std::string_view owner_of(const Mixer& mixer, std::string_view id) {
  if (mixer.find(id) != nullptr) return "strip";
  if (std::ranges::find(mixer.vcas, id, &Vca::id) != mixer.vcas.end()) return "VCA";
  return std::ranges::find(mixer.mute_groups, id, &MuteGroup::id) != mixer.mute_groups.end() ? "mute group" : "";
}

Result<Mixer> add_strip(Mixer mixer, const Edit& edit, std::string_view id, ReadOptions options) {
  if (const std::string_view owner = owner_of(mixer, id); !owner.empty())
    return refused(edit, "there is a " + std::string(owner) + " " + in_quotes(id) + " already", "give another id");
  Result<json> value = json_of(edit);
  if (!value) return value.error();
  if (value->is_object() && !value->contains("kind") && !value->contains("source"))
    return refused(edit, "this is neither a track nor a bus", "give a \"source\" for a track, or a \"kind\" for a bus");
  const Result<Strip> strip = as_part(edit, read_strip_text(value->dump(), id, &mixer, options));
  if (!strip) return strip.error();
  if (strip->kind == StripKind::master)
    return refused(edit, "there is one master, and no other can be added", "make this a group");
  if (auto error = refuse_unknown_types(edit, nullptr, *strip)) return std::move(*error);
  if (auto error = refuse_unknown_words(edit, nullptr, *strip)) return std::move(*error);
  const auto place = place_in(edit, "");
  if (!place) return place.error();
  const std::size_t others = strip->is_track() ? mixer.buses.size() : mixer.tracks.size();
  auto& list = strip->is_track() ? mixer.tracks : mixer.buses;
  if (auto error = put_in(list, std::make_shared<const Strip>(*strip), edit, *place, kMaxStrips - others))
    return std::move(*error);
  return mixer;
}

/// The whole strip again, from JSON. It stays a strip of its kind.
Result<Strip> replaced_strip(const Mixer& mixer, const Edit& edit, const Strip& before, ReadOptions options) {
  Result<json> value = json_of(edit);
  if (!value) return value.error();
  if (!before.is_track() && value->is_object() && !value->contains("kind"))
    (*value)["kind"] = json::parse(write_strip_text(before))["kind"];
  Result<Strip> strip = as_part(edit, read_strip_text(value->dump(), before.id, &mixer, options));
  if (strip && strip->kind != before.kind)
    return refused(edit, "a strip's kind cannot be changed", "remove the strip and add another");
  return strip;
}

/// Audio paths that come with the edit must stay inside the session's folder; those that were there before may lie
/// where the session was allowed to have them.
bool brings_paths(std::string_view at) {
  return at == "/source" || at == "/source/clips" ||
         (at.starts_with("/source/clips/") && (at.ends_with("/file") || at.find('/', 14) == std::string_view::npos));
}

/// What only a cue has, and what an insert's type decides.
std::optional<Error> check_key(const Edit& edit, const Strip& strip, const AddressWords& words) {
  const std::string_view key = words.back();
  const bool is_of_cue = key == "latency" || key == "follow_mute" || key == "protected";
  if (words.size() == 2 && is_of_cue && strip.kind != StripKind::cue)
    return refused(edit, "only a cue has " + in_quotes(key), "set it on a cue");
  if (words.size() != 4 || words[1] != "inserts") return std::nullopt;
  const auto slot = std::ranges::find(strip.inserts, words[2], &InsertSlot::id);
  if (slot == strip.inserts.end() || key == "type" || key == "bypass" || key == "match_level" || key == "mix" ||
      key == "key" || key == "params" || key == "id")
    return std::nullopt;
  const InsertType* type = find_insert_type(slot->type);
  if (type == nullptr)
    return refused(edit, "the type " + in_quotes(slot->type) + " is not known here",
                   "its settings are kept as they are");
  if (find_param(*type, key) != nullptr) return std::nullopt;
  return refused(edit, in_quotes(slot->type) + " has no parameter " + in_quotes(key),
                 "see 'busbar inserts " + slot->type + "'");
}

/// A processor of another type takes only those settings with it that mean something there.
void drop_strange_params(Strip& strip, std::string_view insert) {
  const auto slot = std::ranges::find(strip.inserts, insert, &InsertSlot::id);
  const InsertType* type = slot == strip.inserts.end() ? nullptr : find_insert_type(slot->type);
  if (type == nullptr) return;
  std::erase_if(slot->params, [&](const auto& param) {
    const ParamSpec* spec = find_param(*type, param.first);
    return spec == nullptr || check_param(*spec, param.second).has_value();
  });
}

Result<Strip> set_key(const Mixer& mixer, const Edit& edit, const Strip& before, const AddressWords& words,
                      ReadOptions options) {
  if (words.size() == 4 && words[1] == "inserts" && words[3] == "preset") return set_preset(edit, before, words[2]);
  if (auto error = check_key(edit, before, words)) return std::move(*error);
  Result<Changed> changed =
      set_in(json::parse(tree_of(before).written()), PartShape::strip, std::span(words).subspan(1), edit);
  if (!changed) return changed.error();
  bool is_strict = !options.allow_outside && brings_paths(changed->at);
  const auto read = [&](const json& value, Report& report) {
    StripContext context{report, !is_strict};
    for (const auto& bus : mixer.buses)
      if (bus->kind == StripKind::cue) context.cues.insert(bus->id);
    return read_strip(value, before.is_track(), "", context);
  };
  if (is_strict) {
    Report report;
    read(changed->part, report);
    for (const Error& error : report.errors())
      if (error.where.starts_with(changed->at)) return error_of(edit, changed->at, error);
  }
  is_strict = false;
  Result<Strip> strip = read_back(*changed, edit, read);
  if (strip && words.size() == 4 && words[1] == "inserts" && words[3] == "type") drop_strange_params(*strip, words[2]);
  return strip;
}

std::optional<Error> edit_send(const Mixer& mixer, Strip& strip, const Edit& edit, const std::string& to) {
  const auto found = std::ranges::find(strip.sends, to, &Send::to);
  if (edit.op == EditOp::add) {
    if (found != strip.sends.end())
      return refused(edit, in_quotes(strip.id) + " has a send to " + in_quotes(to) + " already", "set its keys");
    const Strip* target = mixer.find(to);
    const Result<std::string> text = text_of(edit);
    if (!text) return text.error();
    auto send = as_part(edit, read_send_text(*text, to, target != nullptr && target->kind == StripKind::cue));
    if (!send) return send.error();
    const auto place = place_in(edit, "");
    return place ? put_in(strip.sends, std::move(*send), edit, *place, kMaxSends) : place.error();
  }
  if (found == strip.sends.end())
    return refused(edit, in_quotes(strip.id) + " has no send to " + in_quotes(to), "add it first");
  if (edit.op == EditOp::move) return move_in(strip.sends, static_cast<std::size_t>(found - strip.sends.begin()), edit);
  strip.sends.erase(found);
  return std::nullopt;
}

std::optional<Error> edit_insert(Strip& strip, const Edit& edit, const std::string& id) {
  const auto found = std::ranges::find(strip.inserts, id, &InsertSlot::id);
  if (edit.op == EditOp::add) {
    if (found != strip.inserts.end())
      return refused(edit, in_quotes(strip.id) + " has an insert " + in_quotes(id) + " already", "give another id");
    const Result<std::string> text = text_of(edit);
    if (!text) return text.error();
    auto slot = as_part(edit, read_insert_text(*text, id));
    if (!slot) return slot.error();
    const auto place = place_in(edit, "");
    return place ? put_in(strip.inserts, std::move(*slot), edit, *place, kMaxInserts) : place.error();
  }
  if (found == strip.inserts.end())
    return refused(edit, in_quotes(strip.id) + " has no insert " + in_quotes(id), "add it first");
  if (edit.op == EditOp::move)
    return move_in(strip.inserts, static_cast<std::size_t>(found - strip.inserts.begin()), edit);
  strip.inserts.erase(found);
  return std::nullopt;
}

std::optional<Error> edit_clip(Strip& strip, const Edit& edit, std::string_view number, ReadOptions options) {
  auto* wav = strip.source ? std::get_if<WavSource>(&*strip.source) : nullptr;
  if (wav == nullptr)
    return refused(edit, in_quotes(strip.id) + " plays no files, so it has no clips", "set its source first");
  if (edit.op == EditOp::add) {
    const Result<std::string> text = text_of(edit);
    if (!text) return text.error();
    auto clip = as_part(edit, read_clip_text(*text, options));
    if (!clip) return clip.error();
    const auto place = place_in(edit, number);
    return place ? put_in(wav->clips, std::move(*clip), edit, *place, kMaxClips) : place.error();
  }
  const Result<std::size_t> entry = entry_of(edit, number, wav->clips.size(), "clip");
  if (!entry) return entry.error();
  if (edit.op == EditOp::move) return move_in(wav->clips, *entry, edit);
  wav->clips.erase(wav->clips.begin() + static_cast<std::ptrdiff_t>(*entry));
  return std::nullopt;
}

/// Adds, moves or removes an entry of one of a strip's lists.
std::optional<Error> edit_list(const Mixer& mixer, Strip& strip, const Edit& edit, const AddressWords& words,
                               ReadOptions options) {
  if (words.size() == 3 && words[1] == "sends") return edit_send(mixer, strip, edit, std::string(words[2]));
  if (words.size() == 3 && words[1] == "inserts") return edit_insert(strip, edit, std::string(words[2]));
  if (words.size() == 2 && words[1] == "inserts" && edit.op == EditOp::add) return add_chain(strip, edit);
  const bool is_clips = words.size() >= 3 && words[1] == "source" && words[2] == "clips";
  if (is_clips && words.size() == 4) return edit_clip(strip, edit, words[3], options);
  if (is_clips && words.size() == 3 && edit.op == EditOp::add) return edit_clip(strip, edit, "", options);
  return refused(edit, "this is no entry of a list of sends, inserts or clips",
                 "to change a key, set it; null takes it back to its default");
}

std::optional<Error> move_strip(Mixer& mixer, const Edit& edit, const Strip& strip) {
  auto& list = strip.is_track() ? mixer.tracks : mixer.buses;
  const auto at = std::ranges::find_if(list, [&](const auto& other) { return other->id == strip.id; });
  return move_in(list, static_cast<std::size_t>(at - list.begin()), edit);
}

}  // namespace

Result<Mixer> edit_strip(const Mixer& before, const Edit& edit, const AddressWords& words, bool allow_outside) {
  const ReadOptions options{.allow_outside = allow_outside};
  if (edit.op == EditOp::add && words.size() == 1) return add_strip(before, edit, words[0], options);
  const Strip* found = before.find(words[0]);
  if (found == nullptr)
    return refused(edit, "there is no strip " + in_quotes(words[0]), "use the id of a track or bus");
  Mixer mixer = before;
  if (words.size() == 1 && edit.op == EditOp::move) {
    if (auto error = move_strip(mixer, edit, *found)) return std::move(*error);
    return mixer;
  }
  if (words.size() == 1 && edit.op == EditOp::remove) {
    if (found->kind == StripKind::master) return refused(edit, "the master cannot be removed", "mute it instead");
    remove_strip(mixer, found->id);
    return mixer;
  }
  Strip strip = *found;
  if (edit.op == EditOp::set) {
    Result<Strip> changed = words.size() == 1 ? replaced_strip(before, edit, *found, options)
                                              : set_key(before, edit, *found, words, options);
    if (!changed) return changed.error();
    strip = std::move(*changed);
  } else if (auto error = edit_list(before, strip, edit, words, options)) {
    return std::move(*error);
  }
  if (auto error = refuse_unknown_types(edit, found, strip)) return std::move(*error);
  if (auto error = refuse_unknown_words(edit, found, strip)) return std::move(*error);
  mixer.replace(std::move(strip));
  return mixer;
}

}  // namespace busbar::parts
