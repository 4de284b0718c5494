#include "sessions/scenes.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/control/model/routing_rules.hpp"
#include "engine/realtime/insert.hpp"
#include "tests/sessions/scene_fixture.hpp"

namespace busbar::test {
namespace {

using nlohmann::json;
using Lines = std::vector<std::string>;

json values_of(const Mixer& mixer, std::size_t scene = 0) { return json::parse(mixer.scenes.at(scene).values.str()); }

Lines preview(const Mixer& mixer, const std::string& id) {
  const auto changes = preview_scene(mixer, id);
  EXPECT_TRUE(changes) << (changes ? "" : to_line(changes.error()));
  Lines lines;
  for (const SceneChange& change : *changes) lines.push_back(change.address + " " + change.from + " " + change.to);
  return lines;
}

Lines ids(const Mixer& mixer) {
  Lines list;
  for (const Scene& scene : mixer.scenes) list.push_back(scene.id);
  return list;
}

TEST(Scenes, StoreTakesWhatIsInScopeAndNothingElse) {
  const Mixer mixer =
      store(scene_mixer(), "verse", R"({"name": "Verse", "fade_s": 0.5, "scope": ["fader_db", "sends"]})");
  EXPECT_EQ(mixer.scenes[0].name, "Verse");
  EXPECT_EQ(mixer.scenes[0].fade_s, 0.5);
  const json values = values_of(mixer);
  EXPECT_EQ(values["kick"], json::parse(R"({"fader_db": -2, "sends":
    [{"to": "room", "level_db": -14, "tap": "post", "pan": "strip", "on": true}]})"));
  EXPECT_EQ(values["master"], json::parse(R"({"fader_db": 0})"));
  EXPECT_FALSE(values.contains("ears")) << "a protected cue is named by hand or not at all";
  EXPECT_FALSE(values.contains("band"));
}

TEST(Scenes, AnEmptyScopeIsAllButSolosAndSendsToCues) {
  const json values = values_of(store(scene_mixer(), "all"));
  const json kick = values["kick"];
  Lines keys;
  for (const auto& [key, value] : kick.items()) keys.push_back(key);
  EXPECT_EQ(keys, (Lines{"fader_db", "inserts", "mute", "output", "pan", "polarity", "sends", "solo_safe", "trim_db",
                         "width"}));
  EXPECT_EQ(kick["sends"].size(), 1u);
  EXPECT_EQ(kick["inserts"][0]["params"]["corner_hz"], 60);
  EXPECT_EQ(kick["inserts"][0]["params"]["q"], 0.707) << "defaults are part of the state, as a person writes them";
  EXPECT_EQ(values["wedge"]["output"], json::parse(R"({"hardware": [3, 4]})"));
  EXPECT_EQ(values["band"], json::parse(R"({"fader_db": -1, "mute": false})"));
  EXPECT_EQ(values["off"], json::parse(R"({"mute": false})"));
}

TEST(Scenes, RecallBringsBackWhatWasStored) {
  const Mixer stored = store(scene_mixer(), "a");
  Mixer moved = changed(stored, "kick", [](Strip& s) {
    s.fader = kMinusInfinity;
    s.mute = s.polarity = true;
    s.pan = -0.3;
    s.output = ToBus{"master"};
    s.inserts[0].bypass = true;
    s.inserts[0].params["q"] = 2.0;
    s.sends[0].level = {1};
    s.sends[0].tap = Tap::pre;
    s.sends[0].pan = 0.5;
    s.name = "not of a scene";
  });
  moved.vcas[0].fader = {-20};
  moved.mute_groups[0].mute = true;
  EXPECT_EQ(preview(moved, "a"),
            (Lines{"/kick/polarity true false", "/kick/inserts/cut/bypass true false", "/kick/inserts/cut/q 2 0.707",
                   "/kick/fader_db \"-inf\" -2", "/kick/pan -0.3 0", "/kick/mute true false",
                   "/kick/sends/room/level_db 1 -14", "/kick/sends/room/tap \"pre\" \"post\"",
                   "/kick/sends/room/pan 0.5 \"strip\"", "/kick/output \"master\" \"drums\"",
                   "/vca/band/fader_db -20 -1", "/mute_group/off/mute true false"}));
  const Mixer back = recall(moved, "a");
  EXPECT_EQ(preview(back, "a"), Lines{});
  EXPECT_EQ(back.find("kick")->name, "not of a scene");
  EXPECT_EQ(back.find("kick")->output, Output{ToBus{"drums"}});
  EXPECT_EQ(back.find("vox"), moved.find("vox")) << "a strip that stays as it is stays the same object";
}

TEST(Scenes, RecallOfThePresentStateChangesNothing) {
  const Mixer stored = store(scene_mixer(), "a", R"({"scope": ["inserts", "sends", "cue_sends", "output", "vcas"]})");
  const Mixer back = recall(stored, "a");
  EXPECT_EQ(write_session_text(back), write_session_text(stored)) << "not even defaults are written out";
}

TEST(Scenes, RecallSafeProtectsAStripItsValuesAndPartsOfIt) {
  const Mixer stored = store(scene_mixer(), "a", R"({"scope": ["fader_db", "mute", "inserts", "sends", "cue_sends"]})");
  const auto left = [&](Lines safe) {
    return preview(changed(stored, "kick",
                           [&](Strip& s) {
                             s.recall_safe = safe;
                             s.fader = {-30};
                             s.mute = true;
                             s.inserts[0].mix = 0.5;
                             s.inserts[0].params["q"] = 1.0;
                             s.sends[0].level = s.sends[1].level = {-40};
                             s.sends[0].on = false;
                           }),
                   "a");
  };
  EXPECT_EQ(left({"no_such_word"}).size(), 7u);
  EXPECT_EQ(left({"all"}), Lines{});
  EXPECT_EQ(left({"fader_db", "inserts", "sends"}), Lines{"/kick/mute true false"}) << "`sends` are all of them";
  EXPECT_EQ(left({"mute", "inserts/cut/q", "sends/room"}),
            (Lines{"/kick/inserts/cut/mix 0.5 1", "/kick/fader_db -30 -2", "/kick/sends/wedge/level_db -40 -6"}));
  EXPECT_EQ(left({"fader_db", "mute", "inserts/cut", "cue_sends", "sends/room/on"}),
            Lines{"/kick/sends/room/level_db -40 -14"});
  EXPECT_EQ(left({"inserts/cu", "sends/roo", "fader", "mut"}).size(), 7u) << "the beginning of a word is not the word";
}

TEST(Scenes, SendsToCuesNeedTheirOwnWordAndProtectedCuesAreNeverReached) {
  const auto moved = [](const Mixer& mixer) {
    return changed(mixer, "kick", [](Strip& s) {
      for (Send& send : s.sends) send.level = {-50};
    });
  };
  const std::string all =
      R"("values": {"kick": {"sends": [{"to": "room", "level_db": 0}, {"to": "wedge", "level_db": 0},
    {"to": "ears", "level_db": 0}]}})";
  EXPECT_EQ(preview(moved(store(scene_mixer(), "a", R"({"scope": ["sends"], )" + all + "}")), "a"),
            Lines{"/kick/sends/room/level_db -50 0"});
  EXPECT_EQ(preview(moved(store(scene_mixer(), "a", R"({"scope": ["cue_sends"], )" + all + "}")), "a"),
            Lines{"/kick/sends/wedge/level_db -50 0"});
  EXPECT_EQ(preview(moved(store(scene_mixer(), "a", "{" + all + "}")), "a"), Lines{"/kick/sends/room/level_db -50 0"});
  const json stored = values_of(store(scene_mixer(), "a", R"({"scope": ["cue_sends"]})"));
  EXPECT_EQ(stored, json::parse(R"({"kick": {"sends":
    [{"to": "wedge", "level_db": -6, "tap": "pre", "pan": 0, "on": true}]}})"));
}

TEST(Scenes, AProtectedCuesOwnStripMovesOnlyIfTheSceneNamesIt) {
  const auto lower = [](Strip& s) { s.fader = {-20}; };
  const Mixer stored = store(scene_mixer(), "a", R"({"scope": ["fader_db"]})");
  EXPECT_EQ(preview(changed(changed(stored, "ears", lower), "wedge", lower), "a"), Lines{"/wedge/fader_db -20 0"});
  Mixer named = store(scene_mixer(), "a", R"({"scope": ["fader_db"], "values": {"ears": {"fader_db": -3}}})");
  EXPECT_EQ(preview(named, "a"), Lines{"/ears/fader_db 0 -3"});
  named = done(changed(named, "ears", lower), scene_edit(EditOp::set, "/scene/a/update", true));
  EXPECT_EQ(values_of(named)["ears"], json::parse(R"({"fader_db": -20})")) << "an update goes on naming it";
}

TEST(Scenes, UpdateTakesThePresentStateOfItsScope) {
  Mixer mixer = store(scene_mixer(), "a", R"({"scope": ["mute"]})");
  mixer = changed(mixer, "vox", [](Strip& s) {
    s.mute = true;
    s.pan = 1;
  });
  mixer = done(mixer, scene_edit(EditOp::set, "/scene/a/scope", JsonText{R"(["mute", "pan"])"}));
  mixer = done(mixer, scene_edit(EditOp::set, "/scene/a/update", true));
  EXPECT_EQ(values_of(mixer)["vox"], json::parse(R"({"mute": true, "pan": 1})"));
}

TEST(Scenes, CanBeRenamedTimedReorderedAndRemoved) {
  Mixer mixer = store(store(store(scene_mixer(), "a"), "b"), "c");
  mixer = done(mixer, scene_edit(EditOp::set, "/scene/b/name", "Bridge"));
  mixer = done(mixer, scene_edit(EditOp::set, "/scene/b/fade_s", 60.0));
  EXPECT_EQ(mixer.scenes[1].name, "Bridge");
  EXPECT_EQ(mixer.scenes[1].fade_s, 60.0);
  mixer = done(mixer, scene_edit(EditOp::move, "/scene/c", {}, 0));
  EXPECT_EQ(ids(mixer), (Lines{"c", "a", "b"}));
  mixer = done(mixer, scene_edit(EditOp::move, "/scene/c", {}, 2));
  EXPECT_EQ(ids(mixer), (Lines{"a", "b", "c"}));
  mixer = done(mixer, scene_edit(EditOp::add, "/scene/d", {}, 1));
  mixer = done(mixer, scene_edit(EditOp::remove, "/scene/b"));
  EXPECT_EQ(ids(mixer), (Lines{"a", "d", "c"}));
  EXPECT_EQ(values_of(mixer, 1), values_of(mixer, 0)) << "an addition without a value is a store";
  mixer = done(mixer, scene_edit(EditOp::set, "/scene/d/values", JsonText{R"({"kick": {"mute": true}})"}));
  EXPECT_EQ(preview(mixer, "d"), Lines{"/kick/mute false true"});
}

TEST(Scenes, RefuseWhatCannotBeDoneAndSayWhy) {
  const Mixer mixer = store(store(scene_mixer(), "verse"), "chorus");
  const auto set = [&](const std::string& key, EditValue value) {
    return refusal(mixer, scene_edit(EditOp::set, "/scene/" + key, std::move(value)));
  };
  EXPECT_EQ(set("verce/recall", true), "/scene/verce: there is no scene 'verce': the scenes are: verse, chorus");
  EXPECT_EQ(refusal(scene_mixer(), scene_edit(EditOp::remove, "/scene/x")),
            "/scene/x: there is no scene 'x': the session has no scenes: store one first");
  EXPECT_EQ(
      refusal(mixer, scene_edit(EditOp::add, "/scene/verse")),
      "/scene/verse: there is a scene 'verse' already: to store into it, set /scene/verse/update to true; or give "
      "another id");
  EXPECT_EQ(set("verse/recall", false), "/scene/verse/recall: this is done by setting it to true: give true");
  EXPECT_EQ(set("verse/fade_s", 60.5),
            "/scene/verse/fade_s: 60.5 is outside 0 … 60: give the time of the cross-fade in seconds, from 0 to 60");
  EXPECT_EQ(set("verse/name", 3.0), "/scene/verse/name: 3 stands where a text is wanted: put it in quotes");
  EXPECT_EQ(set("verse/scope", "mute"),
            "/scene/verse/scope: \"mute\" stands where a list of texts is wanted: write it in brackets: [ … ]");
  EXPECT_EQ(set("verse/fader_db", 0.0),
            "/scene/verse/fader_db: there is no 'fader_db' here: a scene has recall, update, name, fade_s, scope and "
            "values");
  EXPECT_EQ(refusal(mixer, scene_edit(EditOp::move, "/scene/verse", {}, 2)),
            "/scene/verse: there is no place 2 in the list of scenes: give an index from 0 to 1");
  EXPECT_EQ(refusal(mixer, scene_edit(EditOp::move, "/scene/verse")),
            "/scene/verse: a move wants an index: give an index from 0 to 1");
  EXPECT_EQ(refusal(mixer, scene_edit(EditOp::add, "/scene/x", {}, 3)),
            "/scene/x: there is no place 3 in the list of scenes: give an index from 0 to 2");
  EXPECT_EQ(refusal(mixer, scene_edit(EditOp::add, "/scene/x", JsonText{R"({"id": "y"})"})),
            "/scene/x/id: \"y\" is not \"x\", which the address names: leave it out, or give the same");
  for (const auto& [op, address] : std::vector<std::pair<EditOp, std::string>>{{EditOp::set, "/scene"},
                                                                               {EditOp::set, "/scene/verse"},
                                                                               {EditOp::remove, "/scene/verse/name"},
                                                                               {EditOp::add, "/scene/verse/name"},
                                                                               {EditOp::set, "/scene/verse/values/x"},
                                                                               {EditOp::add, "/scene/"}})
    EXPECT_NE(refusal(mixer, scene_edit(op, address, true)), "") << address;
}

TEST(Scenes, AValueThatMayNotBeRefusesTheWholeRecallAndSaysWhere) {
  const auto line = [](const std::string& values) {
    Mixer mixer = scene_mixer();
    mixer.scenes.push_back({"a", "", 0.0, {"mute"}, values, {}});
    const std::string refused = refusal(mixer, scene_edit(EditOp::set, "/scene/a/recall", true));
    EXPECT_FALSE(preview_scene(mixer, "a"));
    EXPECT_EQ(refusal(scene_mixer(), scene_edit(EditOp::add, "/scene/a", JsonText{R"({"values": )" + values + "}"})),
              refused)
        << "nor is it taken into a scene";
    return refused.substr(0, refused.rfind(": "));
  };
  EXPECT_EQ(line(R"({"kick": {"mute": true, "fader_db": 13}})"),
            "/scene/a/values/kick/fader_db: 13 is outside -120 … 12");
  EXPECT_EQ(line(R"({"kick": {"mute": 1}})"), "/scene/a/values/kick/mute: 1 stands where a switch is wanted");
  EXPECT_TRUE(line(R"({"kick": 3})").starts_with("/scene/a/values/kick: 3 stands where"));
  EXPECT_TRUE(line(R"({"kick": {"sends": "room"}})").starts_with("/scene/a/values/kick/sends: \"room\" stands where"));
  EXPECT_TRUE(line(R"({"kick": {"sends": [{"level_db": 3}]}})").starts_with("/scene/a/values/kick/sends/0/to"));
  EXPECT_TRUE(
      line(R"({"kick": {"sends": [{"to": "room", "tap": "x"}]}})").starts_with("/scene/a/values/kick/sends/0/tap"));
  EXPECT_EQ(line(R"({"kick": {"inserts": {"cut": {"params": {"corner_hz": 1}}}}})"),
            "/scene/a/values/kick/inserts/cut/params/corner_hz: 1 is out of range");
  EXPECT_TRUE(line(R"({"kick": {"inserts": [{"id": "cut", "params": {"q": [1]}}]}})")
                  .starts_with("/scene/a/values/kick/inserts/0/params/q"));
  EXPECT_TRUE(line(R"({"kick": {"output": 7}})").starts_with("/scene/a/values/kick/output"));
  EXPECT_TRUE(line(R"({"band": {"fader_db": "loud"}})").starts_with("/scene/a/values/band/fader_db"));
  EXPECT_TRUE(line(R"({"off": {"mute": null}})").starts_with("/scene/a/values/off/mute"));
}

TEST(Scenes, WhatIsNoLongerThereIsPassedOver) {
  const Mixer mixer = store(scene_mixer(), "a", R"({"values": {
    "gone": {"fader_db": 99},
    "kick": {"sends": [{"to": "gone", "level_db": 0}, {"to": "master"}], "inserts": [{"id": "gone", "bypass": true},
             {"id": "cut", "params": {"gone": 1}}], "output": "gone", "unheard_of": 1, "pan": 1},
    "drums": {"inserts": {"odd": {"params": {"x": 5}, "mix": 0.5}}}}})");
  EXPECT_EQ(preview(mixer, "a"), (Lines{"/kick/pan 0 1", "/drums/inserts/odd/mix 1 0.5"}));
  const Mixer after = recall(mixer, "a");
  EXPECT_EQ(after.find("kick")->output, Output{ToBus{"drums"}});
  EXPECT_EQ(after.find("drums")->inserts[0].params, mixer.find("drums")->inserts[0].params);
}

TEST(Scenes, PartsMayBeNamedByIdOrInALine) {
  const Mixer mixer = store(scene_mixer(), "a", R"({"values": {
    "kick": {"sends": {"room": {"pan": -1}}, "inserts": {"cut": {"params": {"corner_hz": 90}}}},
    "vox": {"sends": [{"to": "room", "on": false}], "inserts": [{"id": "gain", "bypass": true}]}}})");
  EXPECT_EQ(preview(mixer, "a"), (Lines{"/kick/inserts/cut/corner_hz 60 90", "/kick/sends/room/pan \"strip\" -1",
                                        "/vox/inserts/gain/bypass false true", "/vox/sends/room/on true false"}));
}

TEST(Scenes, ALoopThatARecallWouldMakeIsFoundByTheRules) {
  const Mixer mixer = store(changed(scene_mixer(), "drums", [](Strip& s) { s.output = ToBus{"room"}; }), "a",
                            R"({"values": {"room": {"output": "drums"}}})");
  const Findings found = check_mixer(recall(mixer, "a"), find_insert_type);
  ASSERT_EQ(found.errors.size(), 1u);
  EXPECT_NE(found.errors[0].what.find("drums → room → drums"), std::string::npos) << found.errors[0].what;
}

TEST(Scenes, HoldNoMoreThanASessionFileCan) {
  Mixer mixer = scene_mixer();
  std::string many = R"({"gone":[0)";
  for (int i = 0; i < 1'500'000; ++i) many += ",0";
  mixer.scenes.push_back({"huge", "", 0.0, {}, many + "]}", {}});
  EXPECT_EQ(refusal(mixer, scene_edit(EditOp::add, "/scene/a")),
            "/scene/a: the scenes hold more than a session file can: narrow the scope, or remove scenes");
}

TEST(Scenes, SurviveSavingAndAreSharedByCopies) {
  const Mixer mixer = store(scene_mixer(), "a");
  const Mixer copy = mixer;
  EXPECT_EQ(&copy.scenes[0].values.str(), &mixer.scenes[0].values.str()) << "an edit must not copy megabytes";
  const LoadedSession again = read_session_text(write_session_text(mixer), {});
  EXPECT_TRUE(again.findings.errors.empty());
  EXPECT_EQ(again.mixer.scenes, mixer.scenes);
  EXPECT_EQ(write_session_text(again.mixer), write_session_text(mixer));
}

TEST(Scenes, CheckWarnsOfWhatARecallWouldNotDo) {
  const auto warnings = [](const std::string& scene, const std::string& safe = "[]") {
    json session = json::parse(kSceneSession);
    session["tracks"][0]["recall_safe"] = json::parse(safe);
    session["scenes"] = json::array({json::parse(scene)});
    Lines lines;
    const LoadedSession read = read_session_text(session.dump(), {});
    EXPECT_TRUE(read.findings.errors.empty());
    for (const Error& warning : read.findings.warnings) {
      EXPECT_FALSE(warning.mend.empty()) << warning.what;
      if (warning.where.starts_with("/scenes") || warning.where.find("recall_safe") != std::string::npos)
        lines.push_back(to_line(warning));
    }
    return lines;
  };
  EXPECT_EQ(warnings(R"({"id": "a", "scope": ["fader_db"], "values": {"kick": {"fader_db": -1}}})",
                     R"(["all", "mute", "cue_sends", "inserts/cut/q", "sends/room/on"])"),
            Lines{});
  EXPECT_EQ(
      warnings(R"({"id": "a", "scope": ["fader", "inserts"]})"),
      Lines{"/scenes/0/scope/0: \"fader\" is not known, so it does nothing; it is kept: did you mean \"fader_db\"?"});
  EXPECT_EQ(
      warnings(R"({"id": "a"})", R"(["inserts/cutt"])"),
      Lines{"/tracks/0/recall_safe/0: \"inserts/cutt\" is not there, so nothing is protected by it; it is kept: did "
            "you mean \"inserts/cut\"?"});
  EXPECT_EQ(
      warnings(R"({"id": "a", "values": {"kick": {"fader_db": 20}}})"),
      Lines{"/scenes/0/values/kick/fader_db: 20 is outside -120 … 12, so the scene cannot be recalled: give a level "
            "in dB from -120 to 12, or \"-inf\""});
  EXPECT_EQ(
      warnings(R"({"id": "a", "values": {"kick": {"sends": {"attic": {}}, "fadr_db": 1}, "attic": {}}})"),
      (Lines{"/scenes/0/values/kick/fadr_db: this key is not known, so it does nothing; it is kept: did you mean "
             "\"fader_db\"?",
             "/scenes/0/values/kick/sends/attic: this is a value for a send, insert, parameter or bus that is not "
             "there, so the scene leaves it out: update the scene, or take it away from the values",
             "/scenes/0/values/attic: there is no strip or group of that id, so the scene leaves it out: update "
             "the scene, or take it away from the values"}));
  EXPECT_EQ(
      warnings(
          R"({"id": "a", "scope": ["mute"], "values": {"kick": {"mute": true, "pan": 0}, "band": {"mute": true}}})"),
      Lines{"/scenes/0/values/band/mute: 2 keys from here on are out of the scene's scope, so a recall leaves them "
            "alone: add the word to the scope, or take the values away"});
  EXPECT_EQ(
      warnings(R"({"id": "a", "values": {"ears": {"mute": true}}})"),
      Lines{"/scenes/0/values/ears: the scene names the protected cue 'ears', so it reaches it: take it away from "
            "the values if that is not meant"});
}

}  // namespace
}  // namespace busbar::test
