#include "cli/check_scene.hpp"

#include <algorithm>
#include <cstdio>

#include "cli/print.hpp"
#include "engine/control/model/routing_rules.hpp"
#include "engine/core/strip_params.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar::cli {
namespace {

std::vector<std::string> split(const std::string& address) {
  std::vector<std::string> words;
  for (std::size_t at = 1; at <= address.size();) {
    const std::size_t end = std::min(address.find('/', at), address.size());
    words.push_back(address.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string name_of(const Mixer& mixer, const std::string& id) {
  const Strip* strip = mixer.find(id);
  return strip != nullptr ? strip->shown_name() : id;
}

template <typename Group>
std::string group_name(const std::vector<Group>& groups, const std::string& id) {
  const auto group = std::ranges::find(groups, id, &Group::id);
  return group == groups.end() || group->name.empty() ? id : group->name;
}

/// A row of the table: whose value it is, which, and the unit that its numbers are in.
struct Row {
  std::string strip, what;
  Unit unit = Unit::none;
};

template <typename Specs>
const ParamSpec* find_spec(const Specs& specs, const std::string& key) {
  const auto spec = std::ranges::find(specs, key, &ParamSpec::key);
  return spec == specs.end() ? nullptr : &*spec;
}

std::string with_capital(std::string word) {
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z') word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word;
}

Row with_label(std::string strip, std::string before, const ParamSpec* spec, const std::string& key) {
  if (spec == nullptr) return {std::move(strip), std::move(before) + with_capital(key)};
  return {std::move(strip), std::move(before) + std::string(spec->label), spec->unit};
}

Row insert_row(const Strip& strip, const std::string& id, const std::string& key) {
  const auto slot = std::ranges::find(strip.inserts, id, &InsertSlot::id);
  const InsertType* type = slot == strip.inserts.end() ? nullptr : find_insert_type(slot->type);
  const ParamSpec* spec = type == nullptr ? nullptr : find_spec(type->params, key);
  return with_label(strip.shown_name(), "Insert " + id + ": ", spec, key);
}

Row row_of(const Mixer& mixer, const std::string& address) {
  const std::vector<std::string> words = split(address);
  if (words[0] == "vca")
    return with_label("VCA " + group_name(mixer.vcas, words[1]), "", find_spec(kStripParams, words[2]), words[2]);
  if (words[0] == "mute_group") return {"Mute group " + group_name(mixer.mute_groups, words[1]), "Mute"};
  const Strip& strip = *mixer.find(words[0]);
  if (words[1] == "output") return {strip.shown_name(), "Output"};
  if (words[1] == "inserts") return insert_row(strip, words[2], words[3]);
  if (words[1] == "sends")
    return with_label(strip.shown_name(), "Send to " + name_of(mixer, words[2]) + ": ",
                      find_spec(kSendParams, words[3]), words[3]);
  return with_label(strip.shown_name(), "", find_spec(kStripParams, words[1]), words[1]);
}

std::string number_of(const Json& value) {
  if (const auto* number = std::get_if<double>(&value.content())) return number_text(*number);
  if (const auto* whole = std::get_if<std::int64_t>(&value.content())) return std::to_string(*whole);
  return {};
}

std::string hardware_text(const Mixer& mixer, const Json::Object& hardware) {
  std::string channels_text, ceiling;
  for (const auto& [key, value] : hardware) {
    if (const auto* list = std::get_if<Json::Array>(&value.content()); key == "hardware" && list != nullptr) {
      std::vector<int> channels;
      for (const Json& channel : *list)
        if (const auto* number = std::get_if<std::int64_t>(&channel.content()))
          channels.push_back(static_cast<int>(*number));
      channels_text = "hardware " + shown_outputs(mixer, channels);
    }
    if (const std::string number = number_of(value); key == "ceiling_dbfs")
      ceiling = ", ceiling " + (number.empty() ? "off" : number + " dBFS");
  }
  return channels_text + ceiling;
}

/// A value as a person reads it: `-4 dB`, `on`, `Drums`, `hardware 3 Drummer L, 4 Drummer R`.
std::string value_text(const Mixer& mixer, const Row& row, const std::string& json) {
  const Json value = json_value(json);
  const std::string unit = row.unit == Unit::none ? "" : " " + std::string(symbol(row.unit));
  if (const auto* on = std::get_if<bool>(&value.content())) return *on ? "on" : "off";
  if (const std::string number = number_of(value); !number.empty()) return number + unit;
  if (const auto* object = std::get_if<Json::Object>(&value.content())) return hardware_text(mixer, *object);
  const auto* word = std::get_if<std::string>(&value.content());
  if (word == nullptr) return json;
  if (row.what == "Output") return name_of(mixer, *word);
  return *word == "-inf" ? *word + unit : *word;
}

}  // namespace

std::optional<ScenePreview> preview_for_check(const Mixer& mixer, const std::string& id, Findings& findings) {
  auto changes = preview_scene(mixer, id);
  if (!changes) {
    findings.errors.push_back(changes.error());
    return std::nullopt;
  }
  Edit recall;
  recall.address = "/scene/" + id + "/recall";
  recall.value = true;
  const Result<Mixer> after = edit_scene(mixer, recall);
  if (!after) {
    findings.errors.push_back(after.error());
    return std::nullopt;
  }
  const Findings broken = check_mixer(*after, find_insert_type);
  for (const Error& error : broken.errors)
    findings.errors.push_back({recall.address, "the recall would be refused: " + error.what, error.mend});
  if (!broken.errors.empty()) return std::nullopt;
  return ScenePreview{*std::ranges::find(mixer.scenes, id, &Scene::id), std::move(*changes)};
}

void print_preview(const Mixer& mixer, const ScenePreview& preview) {
  const Scene& scene = preview.scene;
  const std::string name =
      "'" + scene.id + "'" + (scene.name.empty() || scene.name == scene.id ? "" : " (" + scene.name + ")");
  if (preview.changes.empty()) {
    std::printf("\nRecalling the scene %s would change nothing.\n", name.c_str());
    return;
  }
  const std::string fade = scene.fade_s > 0.0 ? ", over " + number_text(scene.fade_s) + " s" : std::string{};
  std::printf("\nRecalling the scene %s would change %s%s:\n", name.c_str(),
              count_text(preview.changes.size(), "value").c_str(), fade.c_str());
  Table table({{"strip"}, {"what"}, {"from", Align::right}, {""}, {"to"}});
  for (const SceneChange& change : preview.changes) {
    const Row row = row_of(mixer, change.address);
    table.add({row.strip, row.what, value_text(mixer, row, change.from), "→", value_text(mixer, row, change.to)});
  }
  table.print();
}

Json changes_json(const ScenePreview& preview) {
  Json::Array list;
  for (const SceneChange& change : preview.changes)
    list.push_back(
        Json::Object{{"address", change.address}, {"from", json_value(change.from)}, {"to", json_value(change.to)}});
  return list;
}

}  // namespace busbar::cli
