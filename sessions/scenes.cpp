#include "sessions/scenes.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "sessions/control_reader.hpp"
#include "sessions/json_text.hpp"
#include "sessions/scene_read.hpp"
#include "sessions/scene_recall.hpp"
#include "sessions/scene_store.hpp"

namespace busbar {

namespace {

using nlohmann::json;

/// All scenes together, so that a session that is saved can be read again (`kMaxJsonBytes`, `kMaxJsonValues`).
constexpr std::size_t kMostSceneBytes = kMaxJsonBytes / 4 * 3;
constexpr std::size_t kMostSceneValues = kMaxJsonValues / 4 * 3;

std::vector<std::string_view> split(std::string_view address) {
  std::vector<std::string_view> words;
  while (!address.empty() && address.front() == '/') {
    const std::size_t next = std::min(address.find('/', 1), address.size());
    words.push_back(address.substr(1, next - 1));
    address.remove_prefix(next);
  }
  return words;
}

Error no_such_scene(const Mixer& mixer, std::string_view id) {
  std::string known;
  for (std::size_t i = 0; i < mixer.scenes.size() && i < 20; ++i) known += (i > 0 ? ", " : "") + mixer.scenes[i].id;
  if (mixer.scenes.size() > 20) known += ", and " + std::to_string(mixer.scenes.size() - 20) + " more";
  return {"/scene/" + pointer_segment(id), "there is no scene '" + pointer_segment(id) + "'",
          known.empty() ? "the session has no scenes: store one first" : "the scenes are: " + known};
}

json json_of(const EditValue& value) {
  if (const bool* on = std::get_if<bool>(&value)) return *on;
  if (const double* number = std::get_if<double>(&value)) return *number;
  if (const auto* word = std::get_if<std::string>(&value)) return *word;
  return nullptr;
}

Result<json> parsed_value(const EditValue& value) {
  const auto* text = std::get_if<JsonText>(&value);
  if (text == nullptr) return json_of(value);
  ParsedJson parsed = parse_json(text->text);
  if (!parsed.errors.empty()) return parsed.errors.front();
  return std::move(parsed.value);
}

/// An upper bound of the values in compact JSON: each member of a list or object but the first has a comma before it.
std::size_t most_values(std::string_view text) {
  return static_cast<std::size_t>(
             std::ranges::count_if(text, [](char c) { return c == ',' || c == '[' || c == '{'; })) +
         1;
}

std::optional<Error> check_size(const Mixer& mixer, const std::string& where) {
  std::size_t bytes = 0;
  std::size_t values = 0;
  for (const Scene& scene : mixer.scenes) {
    bytes += scene.values.size();
    values += most_values(scene.values.str());
  }
  if (bytes <= kMostSceneBytes && values <= kMostSceneValues) return std::nullopt;
  return Error{where, "the scenes hold more than a session file can", "narrow the scope, or remove scenes"};
}

/// One edit of the scenes; works on a copy of the mixer.
class SceneEdit {
 public:
  SceneEdit(const Mixer& mixer, const Edit& edit)
      : before_(mixer), mixer_(mixer), edit_(edit), words_(split(edit.address)) {}

  Result<Mixer> done() {
    if (words_.size() < 2 || words_.size() > 3 || words_[0] != "scene" || words_[1].empty())
      return refuse("this is not the address of a scene", "write it like /scene/verse or /scene/verse/recall");
    at_ = std::ranges::find(mixer_.scenes, words_[1], &Scene::id);
    if (edit_.op == EditOp::add && words_.size() == 2) return add();
    if (at_ == mixer_.scenes.end()) return no_such_scene(mixer_, words_[1]);
    if (edit_.op == EditOp::remove && words_.size() == 2) {
      mixer_.scenes.erase(at_);
      return std::move(mixer_);
    }
    if (edit_.op == EditOp::move && words_.size() == 2) return move();
    if (edit_.op == EditOp::set && words_.size() == 3) return set(words_[2]);
    if (edit_.op == EditOp::set)
      return refuse("a scene is not set as a whole", "set its recall, update, name, fade_s, scope or values");
    return refuse("a key of a scene can only be set", "add, remove and move take the address of a scene: /scene/verse");
  }

 private:
  Error refuse(std::string what, std::string mend) const { return {edit_.address, std::move(what), std::move(mend)}; }

  Result<Mixer> add() {
    if (at_ != mixer_.scenes.end())
      return refuse("there is a scene '" + at_->id + "' already",
                    "to store into it, set /scene/" + at_->id + "/update to true; or give another id");
    if (mixer_.scenes.size() >= kMaxScenes)
      return refuse("there are " + std::to_string(kMaxScenes) + " scenes, and no more fit", "remove one first");
    const std::optional<int> index = edit_.index;
    if (index && (*index < 0 || static_cast<std::size_t>(*index) > mixer_.scenes.size()))
      return refuse("there is no place " + std::to_string(*index) + " in the list of scenes",
                    "give an index from 0 to " + std::to_string(mixer_.scenes.size()));
    Result<json> value = parsed_value(edit_.value);
    if (!value) return Error{edit_.address, value.error().what, value.error().mend};
    if (value->is_null()) *value = json::object();
    const bool is_store = value->is_object() && !value->contains("values");
    Result<Scene> scene = read(std::move(*value));
    if (!scene) return scene.error();
    if (is_store) scene->values = stored(*scene);
    at_ = mixer_.scenes.insert(index ? mixer_.scenes.begin() + *index : mixer_.scenes.end(), std::move(*scene));
    return checked();
  }

  /// The scene from JSON by the rules of the session file; `where` of an error is an address.
  Result<Scene> read(json value) const {
    const std::string id(words_[1]);
    if (value.is_object() && value.value("id", json(id)) != id)
      return Error{edit_.address + "/id", shown_value(value["id"]) + " is not \"" + id + "\", which the address names",
                   "leave it out, or give the same"};
    if (value.is_object()) value["id"] = id;
    Report report;
    Scene scene = read_scene(value, "/scene/" + id, report);
    if (report.has_errors()) return report.errors().front();
    for (const std::string& word : scene.scope) {
      // What a session file keeps with a warning, nobody wants to say anew.
      const bool was_there = at_ != mixer_.scenes.end() && std::ranges::find(at_->scope, word) != at_->scope.end();
      if (auto wrong = was_there ? std::nullopt : wrong_scope_word(word)) return refuse(wrong->what, wrong->mend);
    }
    return scene;
  }

  std::string stored(const Scene& scene) const {
    std::set<std::string, std::less<>> named;
    if (const json old = json::parse(scene.values.str(), nullptr, false); old.is_object())
      for (const auto& [id, keys] : old.items()) named.insert(id);
    return store_values(before_, SceneScope(before_, scene.scope), named).dump();
  }

  /// Refuses a scene that could not be recalled for what its values are, and too many of them.
  Result<Mixer> checked() {
    if (auto error = check_size(mixer_, edit_.address)) return std::move(*error);
    if (const auto recall = recall_scene(before_, *at_); !recall) return recall.error();
    return std::move(mixer_);
  }

  Result<Mixer> move() {
    const auto last = static_cast<int>(mixer_.scenes.size()) - 1;
    if (!edit_.index || *edit_.index < 0 || *edit_.index > last)
      return refuse(edit_.index ? "there is no place " + std::to_string(*edit_.index) + " in the list of scenes"
                                : "a move wants an index",
                    "give an index from 0 to " + std::to_string(last));
    Scene scene = std::move(*at_);
    mixer_.scenes.erase(at_);
    mixer_.scenes.insert(mixer_.scenes.begin() + *edit_.index, std::move(scene));
    return std::move(mixer_);
  }

  Result<Mixer> set(std::string_view key) {
    if (key == "recall" || key == "update") {
      if (edit_.value != EditValue(true)) return refuse("this is done by setting it to true", "give true");
      return key == "recall" ? recall() : update();
    }
    constexpr auto kKeys = std::to_array<std::string_view>({"name", "fade_s", "scope", "values"});
    if (std::ranges::find(kKeys, key) == kKeys.end())
      return refuse("there is no '" + pointer_segment(key) + "' here",
                    "a scene has recall, update, name, fade_s, scope and values");
    Result<json> value = parsed_value(edit_.value);
    if (!value) return Error{edit_.address, value.error().what, value.error().mend};
    // null takes the key back to its default, as if it were left out.
    const Result<Scene> scene = read(value->is_null() ? json::object() : json{{std::string(key), std::move(*value)}});
    if (!scene) return scene.error();
    if (key == "name") at_->name = scene->name;
    if (key == "fade_s") at_->fade_s = scene->fade_s;
    if (key == "scope") at_->scope = scene->scope;
    if (key != "values") return std::move(mixer_);
    at_->values = scene->values;
    return checked();
  }

  Result<Mixer> recall() {
    Result<SceneRecall> recalled = recall_scene(before_, *at_);
    if (!recalled) return recalled.error();
    return std::move(recalled->mixer);
  }

  Result<Mixer> update() {
    at_->values = stored(*at_);
    return checked();
  }

  const Mixer& before_;
  Mixer mixer_;
  const Edit& edit_;
  std::vector<std::string_view> words_;
  std::vector<Scene>::iterator at_;
};

}  // namespace

Result<std::vector<SceneChange>> preview_scene(const Mixer& mixer, std::string_view id) {
  const auto scene = std::ranges::find(mixer.scenes, id, &Scene::id);
  if (scene == mixer.scenes.end()) return no_such_scene(mixer, id);
  Result<SceneRecall> recall = recall_scene(mixer, *scene);
  if (!recall) return recall.error();
  return std::move(recall->changes);
}

Result<Mixer> edit_scene(const Mixer& mixer, const Edit& edit) { return SceneEdit(mixer, edit).done(); }

}  // namespace busbar
