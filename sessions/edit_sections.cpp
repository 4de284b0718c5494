#include <array>

#include "sessions/control_reader.hpp"
#include "sessions/control_writer.hpp"
#include "sessions/json_text.hpp"
#include "sessions/part_editor.hpp"

namespace busbar::parts {

namespace {

using nlohmann::json;

/// Edits one of the sections that a session may have or not. A key of one that is absent makes it, with defaults.
template <typename Section, typename Read>
std::optional<Error> edit_one(std::optional<Section>& section, const Edit& edit, const AddressWords& words, Read read) {
  if (edit.op == EditOp::move) return refused(edit, "this has no place in a list", "set, add or remove it");
  if (words.size() == 1) {
    if (edit.op == EditOp::add && section) return refused(edit, "it is there already", "set its keys");
    Result<json> value = json_of(edit);
    if (!value) return value.error();
    if (edit.op == EditOp::remove || value->is_null()) {
      section.reset();
      return std::nullopt;
    }
    auto whole = read_back(Changed{std::move(*value), {}}, edit, read);
    if (!whole) return whole.error();
    section = std::move(*whole);
    return std::nullopt;
  }
  const Section before = section.value_or(Section{});
  Result<Changed> changed =
      set_in(json::parse(tree_of(before).written()), PartShape::section, std::span(words).subspan(1), edit);
  if (!changed) return changed.error();
  auto after = read_back(*changed, edit, read);
  if (!after) return after.error();
  section = std::move(*after);
  return std::nullopt;
}

/// What is written on a socket is the one thing in a section that can be added and removed.
bool is_label(const AddressWords& words) {
  return words.size() == 3 && words[0] == "io" && (words[1] == "outputs" || words[1] == "inputs");
}

std::optional<Error> set_markers(Mixer& mixer, const Edit& edit, std::span<const std::string_view> words) {
  const Transport before = mixer.transport.value_or(Transport{});
  Result<Changed> changed = set_in(json::parse(tree_of(before).written()), PartShape::section, words, edit);
  if (!changed) return changed.error();
  auto after =
      read_back(*changed, edit, [](const json& value, Report& report) { return read_transport(value, "", report); });
  if (!after) return after.error();
  mixer.transport = std::move(*after);
  return std::nullopt;
}

Result<Marker> marker_of(const Edit& edit) {
  Result<json> value = json_of(edit);
  if (!value) return value.error();
  json transport = {{"markers", json::array({std::move(*value)})}};
  Report report;
  Transport read = read_transport(transport, "", report);
  if (report.has_errors()) return error_of(edit, "/markers/0", report.errors().front());
  return std::move(read.markers.front());
}

std::optional<Error> edit_marker(Mixer& mixer, const Edit& edit, const AddressWords& words) {
  if (edit.op == EditOp::set) return set_markers(mixer, edit, std::span(words).subspan(1));
  if (words.size() > 3 || (words.size() == 2 && edit.op != EditOp::add))
    return refused(edit, "this is not the address of a marker", "write it like /transport/markers/0");
  std::vector<Marker>& markers = mixer.transport ? mixer.transport->markers : mixer.transport.emplace().markers;
  const std::string_view number = words.size() == 3 ? words[2] : "";
  if (edit.op == EditOp::add) {
    Result<Marker> marker = marker_of(edit);
    if (!marker) return marker.error();
    const auto place = place_in(edit, number);
    return place ? put_in(markers, std::move(*marker), edit, *place, kMaxMarkers) : place.error();
  }
  const Result<std::size_t> entry = entry_of(edit, number, markers.size(), "marker");
  if (!entry) return entry.error();
  if (edit.op == EditOp::move) return move_in(markers, *entry, edit);
  markers.erase(markers.begin() + static_cast<std::ptrdiff_t>(*entry));
  return std::nullopt;
}

}  // namespace

Result<Mixer> edit_section(const Mixer& before, const Edit& edit, const AddressWords& words) {
  Mixer mixer = before;
  std::optional<Error> error;
  const bool is_whole = words.size() == 1;
  if (words[0] == "transport") {
    error = !is_whole && words[1] == "markers"
                ? edit_marker(mixer, edit, words)
                : refused(edit, "only the markers can be edited here", "write it like /transport/markers/0");
  } else if (is_label(words) && edit.op == EditOp::remove) {
    auto& labels =
        mixer.io ? (words[1] == "outputs" ? mixer.io->outputs : mixer.io->inputs) : mixer.io.emplace().inputs;
    if (std::erase_if(labels, [&](const auto& label) { return std::to_string(label.first) == words[2]; }) == 0)
      error = refused(edit, "nothing is written there", "it needs no removing");
  } else if (!is_whole && edit.op != EditOp::set && !(is_label(words) && edit.op == EditOp::add)) {
    error = refused(edit, "this can only be set", "to take it back to its default, set it to null");
  } else if (words[0] == "monitor") {
    error = edit_one(mixer.monitor, edit, words, [](const json& v, Report& r) { return read_monitor(v, "", r); });
  } else if (words[0] == "talkback") {
    error = edit_one(mixer.talkback, edit, words, [](const json& v, Report& r) { return read_talkback(v, "", r); });
  } else {
    error = edit_one(mixer.io, edit, words, [](const json& v, Report& r) { return read_io(v, "", r); });
  }
  if (error) return std::move(*error);
  return mixer;
}

Result<Mixer> edit_session(const Mixer& before, const Edit& edit, const AddressWords& words) {
  const std::vector<std::string_view> known{"name",           "tempo_bpm",  "pan_law_db", "solo_mode",
                                            "solo_exclusive", "solo_clear", "panic"};
  if (edit.op != EditOp::set) return refused(edit, "the session's own keys can only be set", "write it as a 'set'");
  const std::string_view key = words.size() == 2 ? words[1] : "";
  if (key == "sample_rate" || key == "format" || key == "version")
    return refused(edit, in_quotes(key) + " cannot be changed in a session that is open",
                   "change it in the session file, and open it again");
  Mixer mixer = before;
  const Mixer fresh;
  if (key == "name") {
    mixer.name = fresh.name;
  } else if (key == "tempo_bpm") {
    mixer.tempo_bpm = fresh.tempo_bpm;
  } else if (key == "pan_law_db") {
    mixer.pan_law_db = fresh.pan_law_db;
  } else if (key == "solo_mode") {
    mixer.solo_mode = fresh.solo_mode;
  } else if (key == "solo_exclusive") {
    mixer.solo_exclusive = fresh.solo_exclusive;
  } else {
    const std::string_view nearest = nearest_word(key, known);
    return refused(edit, "the session has no such key",
                   nearest.empty() ? "it has name, tempo_bpm, pan_law_db, solo_mode, solo_exclusive and solo_clear"
                                   : "did you mean \"" + std::string(nearest) + "\"?");
  }
  return mixer;
}

}  // namespace busbar::parts
