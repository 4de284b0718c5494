#include <nlohmann/json.hpp>

#include "tests/sessions/edit_fixture.hpp"

namespace busbar::test {
namespace {

using nlohmann::json;

/// All optional keys of all objects, set to something.
json full_session() {
  json session = json::parse(kEditSession);
  json& kick = session["tracks"][0];
  kick.update(json::parse(R"({ "color": "#112233", "trim_db": -3, "polarity": true, "fader_db": -6, "pan": 0.5,
    "width": 0.5, "mute": true, "solo": true, "solo_safe": true, "recall_safe": ["pan"], "bypass_inserts": true,
    "match_inserts": true })"));
  kick["source"]["clips"][1].update(json::parse(R"({ "channels": [1], "offset_s": 1, "length_s": 2 })"));
  kick["inserts"][1].update(json::parse(R"({ "bypass": true, "match_level": true, "mix": 0.5 })"));
  kick["sends"][0].update(json::parse(R"({ "tap": "pre", "pan": 0.5, "on": false, "parallel": true })"));
  session["tracks"][2]["source"].update(json::parse(R"({ "wave": "pink", "level_db": -20 })"));
  json& cue = session["buses"][3];
  cue.update(
      json::parse(R"({ "latency": "lowest", "follow_mute": true, "summing": "console", "summing_drive_db": 3 })"));
  cue["output"]["ceiling_dbfs"] = -20;
  session["vcas"][0].update(json::parse(R"({ "fader_db": -3, "mute": true })"));
  session["mute_groups"][0].update(json::parse(R"({ "name": "Quiet", "mute": true })"));
  session["scenes"][0].update(json::parse(R"({ "fade_s": 2, "scope": ["mute", "fader_db"] })"));
  session["monitor"].update(json::parse(R"({ "level_db": -3, "dim": true, "mono": true, "cut": true,
    "polarity": true, "output": { "hardware": [7, 8] } })"));
  session["talkback"]["on"] = true;
  session.update(json::parse(R"({ "name": "Show", "tempo_bpm": 90, "pan_law_db": -6, "solo_mode": "pfl",
    "solo_exclusive": true })"));
  return session;
}

struct Key {
  const char* address;
  const char* pointer;
};

TEST(EditReset, NullTakesEveryOptionalKeyOfEveryObjectBackToItsDefault) {
  const Key keys[] = {
      {"/kick/name", "/tracks/0/name"},
      {"/kick/color", "/tracks/0/color"},
      {"/kick/output", "/tracks/0/output"},
      {"/kick/trim_db", "/tracks/0/trim_db"},
      {"/kick/polarity", "/tracks/0/polarity"},
      {"/kick/fader_db", "/tracks/0/fader_db"},
      {"/kick/pan", "/tracks/0/pan"},
      {"/kick/width", "/tracks/0/width"},
      {"/kick/mute", "/tracks/0/mute"},
      {"/kick/solo", "/tracks/0/solo"},
      {"/kick/solo_safe", "/tracks/0/solo_safe"},
      {"/kick/recall_safe", "/tracks/0/recall_safe"},
      {"/kick/bypass_inserts", "/tracks/0/bypass_inserts"},
      {"/kick/match_inserts", "/tracks/0/match_inserts"},
      {"/kick/sends", "/tracks/0/sends"},
      {"/kick/source/clips", "/tracks/0/source/clips"},
      {"/kick/source/clips/1/channels", "/tracks/0/source/clips/1/channels"},
      {"/kick/source/clips/1/start_s", "/tracks/0/source/clips/1/start_s"},
      {"/kick/source/clips/1/offset_s", "/tracks/0/source/clips/1/offset_s"},
      {"/kick/source/clips/1/length_s", "/tracks/0/source/clips/1/length_s"},
      {"/kick/source/clips/1/gain_db", "/tracks/0/source/clips/1/gain_db"},
      {"/kick/inserts", "/tracks/0/inserts"},
      {"/kick/inserts/cut/params", "/tracks/0/inserts/0/params"},
      {"/kick/inserts/cut/corner_hz", "/tracks/0/inserts/0/params/corner_hz"},
      {"/kick/inserts/tool/bypass", "/tracks/0/inserts/1/bypass"},
      {"/kick/inserts/tool/match_level", "/tracks/0/inserts/1/match_level"},
      {"/kick/inserts/tool/mix", "/tracks/0/inserts/1/mix"},
      {"/kick/inserts/tool/key", "/tracks/0/inserts/1/key"},
      {"/kick/sends/room/level_db", "/tracks/0/sends/0/level_db"},
      {"/kick/sends/room/tap", "/tracks/0/sends/0/tap"},
      {"/kick/sends/room/pan", "/tracks/0/sends/0/pan"},
      {"/kick/sends/room/on", "/tracks/0/sends/0/on"},
      {"/kick/sends/room/parallel", "/tracks/0/sends/0/parallel"},
      {"/osc/source/wave", "/tracks/2/source/wave"},
      {"/osc/source/hz", "/tracks/2/source/hz"},
      {"/osc/source/level_db", "/tracks/2/source/level_db"},
      {"/cue1/latency", "/buses/3/latency"},
      {"/cue1/follow_mute", "/buses/3/follow_mute"},
      {"/cue1/summing", "/buses/3/summing"},
      {"/cue1/summing_drive_db", "/buses/3/summing_drive_db"},
      {"/cue1/output", "/buses/3/output"},
      {"/cue1/output/ceiling_dbfs", "/buses/3/output/ceiling_dbfs"},
      {"/ears/protected", "/buses/4/protected"},
      {"/vca/band/name", "/vcas/0/name"},
      {"/vca/band/members", "/vcas/0/members"},
      {"/vca/band/fader_db", "/vcas/0/fader_db"},
      {"/vca/band/mute", "/vcas/0/mute"},
      {"/mute_group/quiet/name", "/mute_groups/0/name"},
      {"/mute_group/quiet/members", "/mute_groups/0/members"},
      {"/mute_group/quiet/mute", "/mute_groups/0/mute"},
      {"/scene/verse/name", "/scenes/0/name"},
      {"/scene/verse/fade_s", "/scenes/0/fade_s"},
      {"/scene/verse/scope", "/scenes/0/scope"},
      {"/scene/verse/values", "/scenes/0/values"},
      {"/monitor/source", "/monitor/source"},
      {"/monitor/level_db", "/monitor/level_db"},
      {"/monitor/dim", "/monitor/dim"},
      {"/monitor/mono", "/monitor/mono"},
      {"/monitor/cut", "/monitor/cut"},
      {"/monitor/polarity", "/monitor/polarity"},
      {"/monitor/output", "/monitor/output"},
      {"/talkback/channel", "/talkback/channel"},
      {"/talkback/to", "/talkback/to"},
      {"/talkback/dim_db", "/talkback/dim_db"},
      {"/talkback/on", "/talkback/on"},
      {"/io/outputs", "/io/outputs"},
      {"/io/outputs/3", "/io/outputs/3"},
      {"/transport/markers", "/transport/markers"},
      {"/transport/markers/0/name", "/transport/markers/0/name"},
      {"/session/name", "/name"},
      {"/session/tempo_bpm", "/tempo_bpm"},
      {"/session/pan_law_db", "/pan_law_db"},
      {"/session/solo_mode", "/solo_mode"},
      {"/session/solo_exclusive", "/solo_exclusive"},
  };
  const json full = full_session();
  const LoadedSession loaded = read_session_text(full.dump(), {});
  ASSERT_TRUE(loaded.findings.errors.empty()) << to_line(loaded.findings.errors.front());
  for (const Key& key : keys) {
    SCOPED_TRACE(key.address);
    json without = full;
    const json::json_pointer place(key.pointer);
    ASSERT_TRUE(without.contains(place));
    without.at(place.parent_pointer()).erase(place.back());
    const std::string reset = write_session_text(edited(loaded.mixer, edit_of(EditOp::set, key.address, "null")));
    EXPECT_EQ(reset, write_session_text(read_session_text(without.dump(), {}).mixer));
    EXPECT_NE(reset, write_session_text(loaded.mixer));
  }
}

}  // namespace
}  // namespace busbar::test
