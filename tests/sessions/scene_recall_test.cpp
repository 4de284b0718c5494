#include "sessions/scene_recall.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "engine/control/model/routing_rules.hpp"
#include "engine/realtime/insert.hpp"
#include "tests/sessions/scene_fixture.hpp"

namespace busbar::test {
namespace {

using nlohmann::json;
using Flat = std::map<std::string, json>;

/// Every value of a session that a scene may hold, by address, read from the text that is saved.
class Flattened {
 public:
  explicit Flattened(const Mixer& mixer) {
    const json session = json::parse(write_session_text(mixer));
    for (const char* list : {"tracks", "buses"})
      for (const json& strip : session[list]) add_strip(strip);
    for (const json& vca : session["vcas"])
      for (const char* key : {"fader_db", "mute"}) flat["/vca/" + id(vca) + "/" + key] = vca[key];
    for (const json& group : session["mute_groups"]) flat["/mute_group/" + id(group) + "/mute"] = group["mute"];
  }
  Flat flat;

 private:
  static std::string id(const json& part) { return part["id"].get<std::string>(); }
  void add_strip(const json& strip) {
    const std::string at = "/" + id(strip) + "/";
    const json defaults = {{"trim_db", 0}, {"polarity", false}, {"width", 1}, {"solo", false}, {"solo_safe", false}};
    for (const char* key : {"trim_db", "polarity", "fader_db", "pan", "width", "mute", "solo", "solo_safe", "output"})
      flat[at + key] = strip.contains(key) ? strip[key] : defaults[key];
    for (const json& send : strip.value("sends", json::array()))
      for (const char* key : {"level_db", "tap", "pan", "on"})
        flat[at + "sends/" + send["to"].get<std::string>() + "/" + key] = send[key];
    for (const json& insert : strip.value("inserts", json::array()))
      add_insert(at + "inserts/" + id(insert) + "/", insert);
  }
  void add_insert(const std::string& at, const json& insert) {
    flat[at + "bypass"] = insert.value("bypass", false);
    flat[at + "mix"] = insert.value("mix", 1.0);
    const InsertType* type = find_insert_type(insert["type"].get<std::string>());
    if (type == nullptr) return;
    const json params = insert.value("params", json::object());
    for (const ParamSpec& spec : type->params) {
      const std::string key(spec.key);
      json usual = static_cast<double>(spec.start);
      if (spec.kind == ParamKind::flag) usual = spec.start != 0.0f;
      if (spec.kind == ParamKind::choice) usual = std::string(spec.choices[static_cast<std::size_t>(spec.start)]);
      // A float's default is a decimal in the table: compared as a float.
      if (spec.kind == ParamKind::number)
        flat[at + key] = static_cast<double>(static_cast<float>(params.value(key, usual).get<double>()));
      else
        flat[at + key] = params.value(key, usual);
    }
  }
};

/// Moves everything that can be moved, by chance.
class Mover {
 public:
  explicit Mover(unsigned seed) : random_(seed) {}
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  bool chance() { return below(2) == 0; }
  double number(double min, double max) { return std::uniform_real_distribution<double>(min, max)(random_); }
  Decibels level() { return below(5) == 0 ? kMinusInfinity : Decibels{chance() ? number(-120, 12) : below(12)}; }

  Mixer moved(Mixer mixer) {
    for (const auto list : {&Mixer::tracks, &Mixer::buses})
      for (auto& strip : mixer.*list)
        if (below(5) != 0) strip = std::make_shared<const Strip>(moved(*strip));
    for (Vca& vca : mixer.vcas) vca = {vca.id, vca.name, vca.members, level(), chance(), vca.extras};
    for (MuteGroup& group : mixer.mute_groups) group.mute = chance();
    return mixer;
  }

  std::vector<std::string> some_of(const std::vector<std::string>& words) {
    std::vector<std::string> some;
    for (const std::string& word : words)
      if (below(3) == 0) some.push_back(word);
    return some;
  }

 private:
  Strip moved(Strip strip) {
    strip.trim = level();
    strip.fader = level();
    strip.pan = number(-1, 1);
    strip.width = number(0, 2);
    for (bool* flag : {&strip.polarity, &strip.mute, &strip.solo, &strip.solo_safe}) *flag = chance();
    for (InsertSlot& slot : strip.inserts) move(slot);
    for (Send& send : strip.sends) {
      send.level = level();
      send.on = chance();
      send.pan = chance() ? std::nullopt : std::optional(number(-1, 1));
      if (send.to != "ears") send.tap = static_cast<Tap>(below(3));
    }
    if (strip.is_track() && chance()) strip.output = chance() ? Output{ToBus{"drums"}} : Output{ToBus{"master"}};
    if (strip.kind != StripKind::aux && !strip.is_track() && chance())
      strip.output =
          ToHardware{{1 + below(9), 11 + below(9)}, chance() ? std::optional(Decibels{-3}) : std::nullopt, {}};
    return strip;
  }
  void move(InsertSlot& slot) {
    slot.bypass = chance();
    slot.mix = number(0, 1);
    const InsertType* type = find_insert_type(slot.type);
    for (const ParamSpec& spec : type != nullptr ? type->params : std::span<const ParamSpec>{}) {
      if (chance()) continue;
      const std::string key(spec.key);
      if (spec.kind == ParamKind::flag)
        slot.params[key] = chance();
      else if (spec.kind == ParamKind::choice)
        slot.params[key] =
            std::string(spec.choices[static_cast<std::size_t>(below(static_cast<int>(spec.choices.size())))]);
      else if (spec.steps.empty() && !spec.whole)
        slot.params[key] = number(static_cast<double>(spec.min), static_cast<double>(spec.max));
    }
  }
  std::mt19937 random_;
};

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

/// What the documents say a recall reaches, in the fixture's session.
bool is_reached(const Mixer& mixer, const Scene& scene, const std::string& address) {
  const auto in_scope = [&](const std::string& word) {
    return scene.scope.empty() ? word != "solo" && word != "cue_sends" : has(scene.scope, word);
  };
  if (address.starts_with("/vca/")) return in_scope("vcas");
  if (address.starts_with("/mute_group/")) return in_scope("mute_groups");
  const std::string id = address.substr(1, address.find('/', 1) - 1);
  const std::string key = address.substr(id.size() + 2);
  if (id == "ears" || key.starts_with("sends/ears")) return false;
  const std::string whole = key.substr(0, key.find('/'));
  const std::string word = key.starts_with("sends/wedge") ? "cue_sends" : whole;
  const auto& safe = mixer.find(id)->recall_safe;
  return in_scope(word) && !has(safe, "all") && !has(safe, whole) && !has(safe, word) && !has(safe, key) &&
         !has(safe, key.substr(0, key.rfind('/')));
}

TEST(SceneRecall, DoesExactlyWhatThePreviewListsAndNothingOutOfScope) {
  const std::vector<std::string> words{"trim_db", "polarity", "fader_db",  "pan",        "width",
                                       "mute",    "solo",     "solo_safe", "sends",      "cue_sends",
                                       "inserts", "output",   "vcas",      "mute_groups"};
  const std::vector<std::string> safe{"fader_db",    "mute",       "sends",         "cue_sends",
                                      "inserts/cut", "sends/room", "sends/room/on", "inserts/gain/mix",
                                      "output",      "unheard_of"};
  for (unsigned seed = 0; seed < 200; ++seed) {
    Mover mover(seed);
    Mixer stored = mover.moved(scene_mixer());
    stored =
        store(stored, "a", json{{"scope", mover.some_of(mover.chance() ? words : std::vector<std::string>{})}}.dump());
    Mixer now = mover.moved(stored);
    for (const char* id : {"kick", "vox", "master"})
      now = changed(now, id, [&](Strip& s) {
        s.recall_safe = mover.below(9) == 0 ? std::vector<std::string>{"all"} : mover.some_of(safe);
      });
    const auto preview = preview_scene(now, "a");
    ASSERT_TRUE(preview) << seed;
    const Mixer after = recall(now, "a");
    EXPECT_TRUE(check_mixer(after, find_insert_type).errors.empty()) << seed;

    const Flat was = Flattened(stored).flat;
    const Flat before = Flattened(now).flat;
    Flat untold = Flattened(after).flat;
    for (auto& [address, value] : untold) {
      const bool reached = is_reached(now, now.scenes[0], address);
      EXPECT_EQ(value, (reached ? was : before).at(address)) << seed << " " << address;
    }
    std::erase_if(untold, [&](const auto& entry) { return entry.second == before.at(entry.first); });
    const auto is_same = [](const json& flat, const std::string& text) {
      const json told = json::parse(text);
      return flat.is_number() ? static_cast<float>(flat.get<double>()) == static_cast<float>(told.get<double>())
                              : flat == told;
    };
    for (const SceneChange& change : *preview) {
      const auto made = untold.find(change.address);
      ASSERT_NE(made, untold.end()) << seed << " told, but not made: " << change.address;
      EXPECT_TRUE(is_same(before.at(change.address), change.from)) << seed << " " << change.address;
      EXPECT_TRUE(is_same(made->second, change.to)) << seed << " " << change.address;
      untold.erase(made);
    }
    EXPECT_TRUE(untold.empty()) << seed << " made, but not told: " << untold.begin()->first;
    EXPECT_TRUE(preview_scene(after, "a")->empty()) << seed;
    EXPECT_EQ(after.tracks[0]->name, now.tracks[0]->name);
  }
}

}  // namespace
}  // namespace busbar::test
