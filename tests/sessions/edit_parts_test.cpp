#include <nlohmann/json.hpp>

#include "tests/sessions/edit_fixture.hpp"

namespace busbar::test {
namespace {

using nlohmann::json;

constexpr EditOp kSet = EditOp::set, kAdd = EditOp::add, kRemove = EditOp::remove, kMove = EditOp::move;

json session_after(const Edit& edit) { return json::parse(write_session_text(edited(edit_mixer(), edit))); }

/// The value at a JSON pointer of the session, or null where there is none.
json at(const json& session, const std::string& pointer) {
  const json::json_pointer place(pointer);
  return session.contains(place) ? session.at(place) : json();
}

struct Taken {
  EditOp op;
  const char* address;
  const char* value;
  std::optional<int> index;
  const char* pointer;  ///< what stands there afterwards
  const char* expected;
};

TEST(EditParts, EveryOperationOnEveryPartDoesWhatASessionFileWouldSay) {
  const Taken cases[] = {
      // Strips and their keys.
      {kSet, "/kick/output", "\"mix\"", {}, "/tracks/0/output", "\"mix\""},
      {kSet, "/kick/output", "\"none\"", {}, "/tracks/0/output", "\"none\""},
      {kSet, "/kick/output", R"({"hardware":[7]})", {}, "/tracks/0/output/hardware", "[7]"},
      {kSet, "/ears/output/ceiling_dbfs", "-20", {}, "/buses/4/output/ceiling_dbfs", "-20"},
      {kSet, "/ears/output/ceiling_dbfs", "null", {}, "/buses/4/output/ceiling_dbfs", "null"},
      {kSet, "/kick/name", "\"Bass drum\"", {}, "/tracks/0/name", "\"Bass drum\""},
      {kSet, "/kick/name", "null", {}, "/tracks/0/name", "null"},
      {kSet, "/kick/fader_db", "-6", {}, "/tracks/0/fader_db", "-6"},
      {kSet, "/kick/color", "\"#112233\"", {}, "/tracks/0/color", "\"#112233\""},
      {kSet, "/kick/recall_safe", R"(["pan"])", {}, "/tracks/0/recall_safe", R"(["pan"])"},
      {kSet, "/cue1/protected", "true", {}, "/buses/3/protected", "true"},
      {kSet, "/cue1/latency", "\"lowest\"", {}, "/buses/3/latency", "\"lowest\""},
      {kSet, "/kick/source", R"({"type":"input","channels":[2]})", {}, "/tracks/0/source/channels", "[2]"},
      {kSet, "/osc/source/hz", "880", {}, "/tracks/2/source/hz", "880"},
      {kSet, "/osc/source/hz", "null", {}, "/tracks/2/source/hz", "1000"},
      {kSet, "/osc/source/wave", "\"pink\"", {}, "/tracks/2/source/wave", "\"pink\""},
      {kSet, "/snare", R"({"source":{"type":"tone"},"pan":1})", {}, "/tracks/1/pan", "1"},
      {kSet, "/mix", R"({"pan":1})", {}, "/buses/1/pan", "1"},
      {kAdd, "/tom", R"({"source":{"type":"tone"}})", {}, "/tracks/3/id", "\"tom\""},
      {kAdd, "/tom", R"({"source":{"type":"tone"}})", 0, "/tracks/0/id", "\"tom\""},
      {kAdd, "/plate", R"({"kind":"aux","note":"kept"})", {}, "/buses/6/note", "\"kept\""},
      {kMove, "/kick", "", 2, "/tracks/2/id", "\"kick\""},
      {kMove, "/ears", "", 0, "/buses/0/id", "\"ears\""},
      {kRemove, "/snare", "", {}, "/tracks/0/inserts/1/key", "null"},
      // Clips.
      {kSet, "/kick/source/clips/0", R"({"file":"c.wav"})", {}, "/tracks/0/source/clips/0/file", "\"c.wav\""},
      {kSet, "/kick/source/clips/1/gain_db", "5", {}, "/tracks/0/source/clips/1/gain_db", "5"},
      {kSet, "/kick/source/clips/1/gain_db", "null", {}, "/tracks/0/source/clips/1/gain_db", "null"},
      {kAdd, "/kick/source/clips/0", R"({"file":"c.wav"})", {}, "/tracks/0/source/clips/0/file", "\"c.wav\""},
      {kAdd, "/kick/source/clips", R"({"file":"c.wav"})", 1, "/tracks/0/source/clips/1/file", "\"c.wav\""},
      {kAdd, "/kick/source/clips", R"({"file":"c.wav"})", {}, "/tracks/0/source/clips/2/file", "\"c.wav\""},
      {kMove, "/kick/source/clips/0", "", 1, "/tracks/0/source/clips/1/file", "\"a.wav\""},
      {kRemove, "/kick/source/clips/0", "", {}, "/tracks/0/source/clips/0/file", "\"b.wav\""},
      // Sends: into a cue the tap is `pre` unless said otherwise.
      {kAdd, "/snare/sends/room", R"({"level_db":-10})", {}, "/tracks/1/sends/0/tap", "\"post\""},
      {kAdd, "/snare/sends/cue1", "{}", {}, "/tracks/1/sends/0/tap", "\"pre\""},
      {kAdd, "/kick/sends/mix", "{}", 0, "/tracks/0/sends/0/to", "\"mix\""},
      {kSet, "/kick/sends/room", R"({"level_db":-1})", {}, "/tracks/0/sends/0/level_db", "-1"},
      {kSet, "/kick/sends/cue1/tap", "\"post\"", {}, "/tracks/0/sends/1/tap", "\"post\""},
      {kSet, "/kick/sends/cue1/tap", "null", {}, "/tracks/0/sends/1/tap", "\"pre\""},
      {kSet, "/kick/sends/cue1/parallel", "true", {}, "/tracks/0/sends/1/parallel", "true"},
      {kSet, "/kick/sends/room/level_db", "null", {}, "/tracks/0/sends/0/level_db", "0"},
      {kMove, "/kick/sends/room", "", 1, "/tracks/0/sends/1/to", "\"room\""},
      {kRemove, "/kick/sends/room", "", {}, "/tracks/0/sends/0/to", "\"cue1\""},
      // Inserts.
      {kAdd, "/kick/inserts/new", R"({"type":"utility"})", {}, "/tracks/0/inserts/2/id", "\"new\""},
      {kAdd, "/kick/inserts/new", R"({"type":"utility","params":{"gain_db":-3}})", 0,
       "/tracks/0/inserts/0/params/gain_db", "-3"},
      {kSet, "/kick/inserts/tool/key", "\"osc\"", {}, "/tracks/0/inserts/1/key", "\"osc\""},
      {kSet, "/kick/inserts/tool/key", "null", {}, "/tracks/0/inserts/1/key", "null"},
      {kSet, "/kick/inserts/cut/type", "\"utility\"", {}, "/tracks/0/inserts/0", R"({"id":"cut","type":"utility"})"},
      {kSet, "/kick/inserts/cut/corner_hz", "null", {}, "/tracks/0/inserts/0/params", "null"},
      {kSet, "/kick/inserts/cut/params", R"({"q":2})", {}, "/tracks/0/inserts/0/params", R"({"q":2})"},
      {kSet, "/kick/inserts/tool/latency_samples", "64", {}, "/tracks/0/inserts/1/params/latency_samples", "64"},
      {kSet, "/drums/inserts/odd/bypass", "true", {}, "/buses/0/inserts/1/bypass", "true"},
      {kMove, "/kick/inserts/cut", "", 1, "/tracks/0/inserts/1/id", "\"cut\""},
      {kRemove, "/kick/inserts/cut", "", {}, "/tracks/0/inserts/0/id", "\"tool\""},
      // Groups.
      {kAdd, "/vca/vox", R"({"members":["osc"]})", 0, "/vcas/0/id", "\"vox\""},
      {kSet, "/vca/band/members", R"(["snare"])", {}, "/vcas/0/members", R"(["snare"])"},
      {kSet, "/vca/band/name", "\"The band\"", {}, "/vcas/0/name", "\"The band\""},
      {kSet, "/vca/band", R"({"fader_db":-2})", {}, "/vcas/0/members", "[]"},
      {kMove, "/vca/all", "", 0, "/vcas/0/id", "\"all\""},
      {kRemove, "/vca/band", "", {}, "/vcas/0/members", "[]"},
      {kRemove, "/vca/band", "", {}, "/mute_groups/0/members", R"(["kick"])"},
      {kAdd, "/mute_group/vox", "{}", {}, "/mute_groups/1/id", "\"vox\""},
      {kSet, "/mute_group/quiet/members", "null", {}, "/mute_groups/0/members", "[]"},
      {kRemove, "/mute_group/quiet", "", {}, "/mute_groups", "null"},
      // Sections.
      {kSet, "/monitor/source", "\"mix\"", {}, "/monitor/source", "\"mix\""},
      {kSet, "/monitor/output", R"({"hardware":[7,8]})", {}, "/monitor/output/hardware", "[7,8]"},
      {kSet, "/monitor/dim", "true", {}, "/monitor/dim", "true"},
      {kSet, "/monitor", "null", {}, "/monitor", "null"},
      {kRemove, "/talkback", "", {}, "/talkback", "null"},
      {kSet, "/talkback/to", R"(["cue1"])", {}, "/talkback/to", R"(["cue1"])"},
      {kSet, "/talkback/channel", "null", {}, "/talkback/channel", "null"},
      {kSet, "/talkback/channel", "5", {}, "/talkback/channel", "5"},
      {kSet, "/io/inputs/1", "\"MC\"", {}, "/io/inputs/1", "\"MC\""},
      {kRemove, "/io/outputs/3", "", {}, "/io/outputs", "{}"},
      {kSet, "/transport/markers/1/name", "\"Chorus\"", {}, "/transport/markers/1/name", "\"Chorus\""},
      {kAdd, "/transport/markers/0", R"({"at_s":0.5})", {}, "/transport/markers/0/at_s", "0.5"},
      {kAdd, "/transport/markers", R"({"at_s":9})", {}, "/transport/markers/2/at_s", "9"},
      {kMove, "/transport/markers/0", "", 1, "/transport/markers/1/name", "\"A\""},
      {kRemove, "/transport/markers/0", "", {}, "/transport/markers/0/name", "\"B\""},
      {kSet, "/transport/markers", "[]", {}, "/transport/markers", "[]"},
      {kSet, "/session/name", "\"Friday\"", {}, "/name", "\"Friday\""},
      {kSet, "/session/pan_law_db", "-4.5", {}, "/pan_law_db", "-4.5"},
      {kSet, "/session/solo_exclusive", "true", {}, "/solo_exclusive", "true"},
      {kSet, "/session/tempo_bpm", "null", {}, "/tempo_bpm", "120"},
  };
  for (const Taken& one : cases) {
    SCOPED_TRACE(one.address);
    const json session = session_after(edit_of(one.op, one.address, one.value, one.index));
    EXPECT_EQ(at(session, one.pointer), json::parse(one.expected));
    EXPECT_EQ(session.at("note"), "kept");
    const LoadedSession again = read_session_text(session.dump(), {});
    EXPECT_TRUE(again.findings.errors.empty()) << to_line(again.findings.errors.front());
  }
}

struct Refused {
  EditOp op;
  const char* address;
  const char* value;
  std::optional<int> index;
  const char* line;  ///< what the refusal begins with, behind the address
};

TEST(EditParts, ARefusalSaysWhereAndWhyAndHowToMend) {
  const Refused cases[] = {
      {kSet, "/kick/fadr_db", "1", {}, "/kick/fadr_db: there is no 'fadr_db' here: did you mean \"fader_db\"?"},
      {kSet, "/kick/fadr_db", "null", {}, "/kick/fadr_db: there is no 'fadr_db' here: did you mean \"fader_db\"?"},
      {kSet, "/kick/my_key", "1", {}, "/kick/my_key: there is no 'my_key' here"},
      {kSet, "/kick/id", "\"bd\"", {}, "/kick/id: this is what the address names it by, which cannot be changed"},
      {kSet, "/kick/id", "null", {}, "/kick/id: this is what the address names it by"},
      {kSet, "/drums/kind", "\"aux\"", {}, "/drums/kind: a strip's kind cannot be changed"},
      {kSet, "/drums", R"({"kind":"aux"})", {}, "/drums: a strip's kind cannot be changed"},
      {kSet, "/drums", R"({"id":"tubs"})", {}, "/drums/id: \"tubs\" is not \"drums\", which the address names"},
      {kSet, "/kick/output", "\"nowhere\"", {}, "/kick/output: there is no bus 'nowhere'"},
      {kSet, "/kick/output", "3", {}, "/kick/output: 3 is not an output"},
      {kSet, "/kick/output", "\"ears\"", {}, "/kick/output: the cue 'ears' is protected"},
      {kSet, "/mix/output", "\"drums\"", {}, "/mix/output: the routing loops: drums → mix → drums"},
      {kSet,
       "/drums/inserts/glue/key",
       "\"mix\"",
       {},
       "/drums/inserts/glue/key: the routing loops: drums → mix → drums"},
      {kSet,
       "/drums/inserts/glue/key",
       "\"nobody\"",
       {},
       "/drums/inserts/glue/key: there is no strip 'nobody' for the key of 'glue'"},
      {kSet, "/kick/color", "\"red\"", {}, "/kick/color: \"red\" is not a colour"},
      {kSet, "/kick/protected", "true", {}, "/kick/protected: only a cue has 'protected'"},
      {kSet, "/kick/source", "null", {}, "/kick/source: \"source\" is missing"},
      {kSet, "/drums/source", R"({"type":"tone"})", {}, "/drums/source: a bus has no source"},
      {kSet, "/osc/source/hz", "30000", {}, "/osc/source/hz: 30000 Hz is not below half the sample rate"},
      {kSet, "/osc/source/herz", "300", {}, "/osc/source/herz: there is no 'herz' here: did you mean \"hz\"?"},
      {kSet, "/osc/source", R"({"type":"tone","hz":"A"})", {}, "/osc/source/hz: \"A\" stands where a number is wanted"},
      {kSet, "/osc/source/clips/0", "{}", {}, "/osc/source/clips/0: there is no 'clips' here"},
      {kSet,
       "/kick/source/clips/2",
       R"({"file":"c.wav"})",
       {},
       "/kick/source/clips/2: there is no entry '2' in the list of 2"},
      {kSet,
       "/kick/source/clips/0/file",
       "\"../x.wav\"",
       {},
       "/kick/source/clips/0/file: the path \"../x.wav\" leaves"},
      {kSet, "/kick/source/clips/0", "null", {}, "/kick/source/clips/0: an entry of a list cannot be reset: remove it"},
      {kAdd,
       "/kick/source/clips/3",
       R"({"file":"c.wav"})",
       {},
       "/kick/source/clips/3: place 3 is behind the end of the list: give one from 0 to 2"},
      {kAdd,
       "/kick/source/clips/0",
       R"({"file":"/c.wav"})",
       {},
       "/kick/source/clips/0/file: the path \"/c.wav\" is absolute"},
      {kAdd, "/kick/source/clips/0", "{}", {}, "/kick/source/clips/0/file: \"file\" is missing"},
      {kAdd, "/osc/source/clips", R"({"file":"c.wav"})", {}, "/osc/source/clips: 'osc' plays no files"},
      {kMove, "/kick/source/clips/0", "", 2,
       "/kick/source/clips/0: place 2 is behind the end of the list: give one from 0 to 1"},
      {kRemove, "/kick/source/clips/9", "", {}, "/kick/source/clips/9: there is no clip '9': there are 2"},
      {kSet,
       "/kick/sends/nobody/tap",
       "\"pre\"",
       {},
       "/kick/sends/nobody/tap: there is no send to 'nobody': add it first"},
      {kSet, "/osc/sends/room/tap", "\"pre\"", {}, "/osc/sends/room/tap: there is no send to 'room': add it first"},
      {kSet, "/kick/sends/room/to", "\"cue1\"", {}, "/kick/sends/room/to: this is what the address names it by"},
      {kSet,
       "/kick/sends/room/tap",
       "\"side\"",
       {},
       "/kick/sends/room/tap: \"side\" is not one of the words known here"},
      {kSet, "/kick/sends/room/lvl", "1", {}, "/kick/sends/room/lvl: there is no 'lvl' here"},
      {kAdd, "/kick/sends/room", "{}", {}, "/kick/sends/room: 'kick' has a send to 'room' already"},
      {kAdd, "/kick/sends/master", "{}", {}, "/kick/sends/master: 'master' is the master, which takes no sends"},
      {kAdd, "/kick/sends/ears", R"({"tap":"post"})", {}, "/kick/sends/ears: the cue 'ears' is protected"},
      {kAdd, "/kick/sends/mix", R"({"level_db":99})", {}, "/kick/sends/mix/level_db: 99 is outside -120 … 12"},
      {kAdd, "/snare/sends/room", "5", {}, "/snare/sends/room: 5 stands where a send"},
      {kRemove, "/kick/sends/mix", "", {}, "/kick/sends/mix: 'kick' has no send to 'mix'"},
      {kAdd,
       "/drums/inserts/new",
       R"({"type":"compresor"})",
       {},
       "/drums/inserts/new: there is no insert of type 'compresor': give one of: "},
      {kSet, "/drums/inserts/glue/type", "\"warp\"", {}, "/drums/inserts/glue/type: there is no insert of type 'warp'"},
      {kAdd,
       "/drums/inserts/glue",
       R"({"type":"utility"})",
       {},
       "/drums/inserts/glue: 'drums' has an insert 'glue' already"},
      {kAdd, "/drums/inserts/new", R"({"type":"utility"})", 3,
       "/drums/inserts/new: place 3 is behind the end of the list: give one from 0 to 2"},
      {kAdd,
       "/drums/inserts/new",
       R"({"type":"low_cut","params":{"corner_hz":1}})",
       {},
       "/drums/inserts/new: 1 is out of range"},
      {kAdd, "/drums/inserts/New", R"({"type":"utility"})", {}, "/drums/inserts/New: \"New\" is not an id"},
      {kSet, "/kick/inserts/cut/corner", "100", {}, "/kick/inserts/cut/corner: 'low_cut' has no parameter 'corner'"},
      {kSet, "/kick/inserts/cut/corner", "null", {}, "/kick/inserts/cut/corner: 'low_cut' has no parameter 'corner'"},
      {kSet, "/drums/inserts/odd/x", "2", {}, "/drums/inserts/odd/x: the type 'from_elsewhere' is not known here"},
      {kMove, "/drums/inserts/glue", "", 2, "/drums/inserts/glue: place 2 is behind the end"},
      {kRemove, "/drums/inserts/none", "", {}, "/drums/inserts/none: 'drums' has no insert 'none'"},
      {kAdd, "/kick", R"({"source":{"type":"tone"}})", {}, "/kick: there is a strip 'kick' already"},
      {kAdd, "/band", R"({"kind":"group"})", {}, "/band: there is a VCA 'band' already"},
      {kAdd, "/tom", "{}", {}, "/tom: this is neither a track nor a bus"},
      {kAdd, "/tom", R"({"kind":"gruop"})", {}, "/tom/kind: \"gruop\" is not one of the words known here"},
      {kAdd, "/tom", R"({"kind":"group")", {}, "/tom: line 1, column 16: this is not JSON"},
      {kAdd, "/tom", R"({"kind":"group","output":"tom"})", {}, "/tom: 'tom' would feed itself"},
      {kAdd,
       "/tom",
       R"({"kind":"group","inserts":[{"id":"a","type":"warp"}]})",
       {},
       "/tom: there is no insert of type 'warp'"},
      {kAdd, "/Tom", R"({"kind":"group"})", {}, "/Tom: \"Tom\" is not an id"},
      {kAdd, "/vca", R"({"kind":"group"})", {}, "/vca: 'vca' is a word that addresses use themselves"},
      {kAdd, "/none", R"({"kind":"group"})", {}, "/none: 'none' is a word that addresses use themselves"},
      {kAdd, "/two", R"({"kind":"master"})", {}, "/two: there is one master"},
      {kRemove, "/master", "", {}, "/master: the master cannot be removed"},
      {kRemove, "/nobody", "", {}, "/nobody: there is no strip 'nobody'"},
      {kRemove, "/kick/fader_db", "", {}, "/kick/fader_db: this is no entry of a list of sends, inserts or clips"},
      {kMove, "/kick", "", 3, "/kick: place 3 is behind the end of the list: give one from 0 to 2"},
      {kAdd, "/vca/kick", "{}", {}, "/vca/kick: there is a strip 'kick' already"},
      {kAdd, "/vca/new", R"({"members":["nobody"]})", {}, "/vca/new: there is no strip or VCA 'nobody'"},
      {kSet,
       "/vca/band/members",
       R"(["all"])",
       {},
       "/vca/band/members: the VCAs are members of each other: band → all → band"},
      {kSet, "/vca/band/colour", "1", {}, "/vca/band/colour: there is no 'colour' here"},
      {kSet, "/vca/nobody/name", "\"x\"", {}, "/vca/nobody/name: there is no VCA 'nobody'"},
      {kSet,
       "/mute_group/quiet/members",
       R"(["quiet"])",
       {},
       "/mute_group/quiet/members: 'quiet' is a mute group, which cannot be a member"},
      {kMove, "/vca/band/members", "", 0, "/vca/band/members: only a whole VCA can be moved or removed here"},
      {kSet, "/monitor/source", "\"nobody\"", {}, "/monitor/source: there is no strip 'nobody'"},
      {kSet, "/monitor/volume", "1", {}, "/monitor/volume: there is no 'volume' here"},
      {kAdd, "/monitor", "{}", {}, "/monitor: it is there already"},
      {kSet, "/talkback/to", R"(["drums"])", {}, "/talkback/to: 'drums' is not a cue"},
      {kSet, "/io/outputs/left", "\"x\"", {}, "/io/outputs/left: this is not the number of a channel"},
      {kSet, "/transport/markers/0/at", "1", {}, "/transport/markers/0/at: there is no 'at' here"},
      {kAdd, "/transport/markers", R"({"name":"x"})", {}, "/transport/markers/at_s: \"at_s\" is missing"},
      {kRemove, "/transport/markers/2", "", {}, "/transport/markers/2: there is no marker '2': there are 2"},
      {kSet, "/session/sample_rate", "44100", {}, "/session/sample_rate: 'sample_rate' cannot be changed"},
      {kSet,
       "/session/temp_bpm",
       "100",
       {},
       "/session/temp_bpm: the session has no such key: did you mean \"tempo_bpm\"?"},
      {kSet, "/session/pan_law_db", "-2", {}, "/session/pan_law_db: there is no pan law of that name"},
      {kSet, "kick/name", "\"x\"", {}, "kick/name: this is not an address"},
      {kSet, "/kick//name", "\"x\"", {}, "/kick//name: this is not an address"},
      {EditOp::undo, "", "", {}, "'undo' is an edit of what was done"},
  };
  const Mixer before = edit_mixer();
  const std::string text = write_session_text(before);
  for (const Refused& one : cases) {
    const std::string line = refusal(before, edit_of(one.op, one.address, one.value, one.index));
    EXPECT_TRUE(line.starts_with(one.line)) << line << "\n  instead of\n" << one.line;
  }
  EXPECT_EQ(write_session_text(before), text);
}

TEST(EditParts, RemovingABusLeavesNobodyPointingAtIt) {
  const Mixer after = edited(edit_mixer(), edit_of(kRemove, "/drums"));
  EXPECT_EQ(after.find("kick")->output, Output(ToBus{"mix"}));
  EXPECT_EQ(after.find("snare")->output, Output(ToBus{"mix"}));
  EXPECT_EQ(after.vcas[0].members, std::vector<std::string>{"kick"});
  EXPECT_EQ(after.monitor->source, "master");
  const Mixer without_room = edited(after, edit_of(kRemove, "/room"));
  EXPECT_EQ(without_room.find("kick")->sends.size(), 1u);
  EXPECT_TRUE(without_room.find("mix")->sends.empty());
}

TEST(EditParts, WhoFedARemovedCueKeepsItsLowCeiling) {
  Mixer mixer = edited(edit_mixer(), edit_of(kSet, "/osc/output", "\"cue1\""));
  mixer = edited(mixer, edit_of(kRemove, "/cue1"));
  const auto& output = std::get<ToHardware>(mixer.find("osc")->output);
  EXPECT_EQ(output.channels, (std::vector{3, 4}));
  ASSERT_TRUE(output.ceiling);
  EXPECT_EQ(output.ceiling->value, -6.0);
  EXPECT_EQ(mixer.talkback->to, std::vector<std::string>{"ears"});
}

TEST(EditParts, ARemovedTrackIsNoOnesKeyAndNoOnesMember) {
  Mixer mixer = edited(edit_mixer(), edit_of(kSet, "/drums/inserts/glue/key", "\"osc\""));
  mixer = edited(mixer, edit_of(kRemove, "/osc"));
  EXPECT_FALSE(mixer.find("drums")->inserts[0].key);
  mixer = edited(mixer, edit_of(kRemove, "/kick"));
  EXPECT_EQ(mixer.mute_groups[0].members, std::vector<std::string>{"band"});
}

TEST(EditParts, UnknownKeysAndOutsideFilesStayWhenAnotherKeyIsSet) {
  Mixer mixer = edit_mixer();
  Strip kick = *mixer.find("kick");
  std::get<WavSource>(*kick.source).clips[0].file = "/far/away.wav";
  mixer.replace(std::move(kick));
  const Strip after = *edited(mixer, edit_of(kSet, "/kick/source/clips/0/gain_db", "-1")).find("kick");
  EXPECT_EQ(std::get<WavSource>(*after.source).clips[0].file, "/far/away.wav");
  EXPECT_EQ(after.extras, R"({"my_key":[1,2]})");
  EXPECT_EQ(*edited(mixer, edit_of(kSet, "/kick/output", "\"drums\"")).find("kick"), *mixer.find("kick"));
}

TEST(EditParts, WhoMayPlayFromAnywhereMayNameFilesAnywhere) {
  const Mixer mixer = edit_mixer();
  const Edit edits[] = {edit_of(kSet, "/kick/source/clips/0/file", "\"../x.wav\""),
                        edit_of(kSet, "/kick/source/clips/0", R"({"file":"../x.wav"})"),
                        edit_of(kSet, "/kick/source/clips", R"([{"file":"../x.wav"}])"),
                        edit_of(kSet, "/kick/source", R"({"type":"wav","clips":[{"file":"../x.wav"}]})"),
                        edit_of(kSet, "/kick", R"({"source":{"type":"wav","clips":[{"file":"../x.wav"}]}})"),
                        edit_of(kAdd, "/kick/source/clips", R"({"file":"/far/x.wav"})"),
                        edit_of(kAdd, "/tom", R"({"source":{"type":"wav","clips":[{"file":"../x.wav"}]}})")};
  for (const Edit& edit : edits) {
    EXPECT_NE(refusal(mixer, edit).find("--allow-outside"), std::string::npos);
    EXPECT_TRUE(apply_edit(mixer, edit, edit_parts_anywhere)) << edit.address;
  }
}

TEST(EditParts, AnInsertWithAKeyThatIsNotThereIsRefusedHoweverItComes) {
  const Mixer mixer = edit_mixer();
  const std::string no_strip = "there is no strip 'nobody' for the key of 'z': give the id of a track or bus";
  EXPECT_EQ(refusal(mixer, edit_of(kAdd, "/mix/inserts/z", R"({"type":"gate","key":"nobody"})")),
            "/mix/inserts/z: " + no_strip);
  EXPECT_EQ(
      refusal(mixer, edit_of(kAdd, "/tom", R"({"kind":"group","inserts":[{"id":"z","type":"gate","key":"nobody"}]})")),
      "/tom: " + no_strip);
  EXPECT_EQ(refusal(mixer, edit_of(kSet, "/mix", R"({"inserts":[{"id":"z","type":"gate","key":"nobody"}]})")),
            "/mix: " + no_strip);
  Edit batch;
  batch.op = EditOp::batch;
  batch.edits = {edit_of(kAdd, "/mix/inserts/z", R"({"type":"gate","key":"tom"})"),
                 edit_of(kAdd, "/tom", R"({"source":{"type":"tone"}})")};
  EXPECT_EQ(edited(mixer, batch).find("mix")->inserts[0].key, "tom") << "only the end of a batch counts";
  // What a session file has is left in peace.
  Strip drums = *mixer.find("drums");
  drums.inserts[0].key = "nobody";
  Mixer loaded = mixer;
  loaded.replace(drums);
  EXPECT_EQ(edited(loaded, edit_of(kSet, "/drums/output", "\"master\"")).find("drums")->inserts[0].key, "nobody");
}

TEST(EditParts, WordsThatMeanNothingAreRefusedButThoseOfTheFileStay) {
  const Mixer mixer = edit_mixer();
  EXPECT_EQ(refusal(mixer, edit_of(kSet, "/kick/recall_safe", R"(["pan","fadr_db"])")),
            "/kick/recall_safe: \"fadr_db\" is not known, so it does nothing: did you mean \"fader_db\"?");
  EXPECT_NE(
      refusal(mixer, edit_of(kSet, "/kick/recall_safe", R"(["zzz"])")).find("it may be trim_db, polarity, inserts"),
      std::string::npos);
  EXPECT_NE(refusal(mixer, edit_of(kSet, "/kick/recall_safe", R"(["inserts/nix"])")).find("is not there"),
            std::string::npos);
  EXPECT_NE(refusal(mixer, edit_of(kAdd, "/tom", R"({"kind":"group","recall_safe":["zzz"]})")), "");
  EXPECT_EQ(refusal(mixer, edit_of(kSet, "/scene/verse/scope", R"(["faders"])"))
                .find("/scene/verse/scope: \"faders\" is not"),
            0u);
  EXPECT_NE(refusal(mixer, edit_of(kAdd, "/scene/new", R"({"scope":["zzz"]})")).find("it may be trim_db"),
            std::string::npos);
  Mixer loaded = mixer;
  Strip kick = *mixer.find("kick");
  kick.recall_safe = {"of_a_later_version"};
  loaded.replace(kick);
  loaded.scenes[0].scope = {"of_a_later_version"};
  loaded = edited(loaded, edit_of(kSet, "/kick/recall_safe", R"(["of_a_later_version","inserts/cut"])"));
  EXPECT_EQ(loaded.find("kick")->recall_safe.size(), 2u);
  EXPECT_EQ(
      edited(loaded, edit_of(kSet, "/scene/verse/scope", R"(["of_a_later_version","mute"])")).scenes[0].scope.size(),
      2u);
}

TEST(EditParts, ABatchMayPassThroughWhatTheRulesForbidButNotEndThere) {
  const Mixer before = edit_mixer();
  Edit batch;
  batch.op = EditOp::batch;
  batch.edits = {edit_of(kSet, "/mix/output", "\"drums\""), edit_of(kSet, "/drums/output", "\"master\"")};
  EXPECT_EQ(edited(before, batch).find("mix")->output, Output(ToBus{"drums"}));
  batch.edits = {edit_of(kSet, "/kick/mute", "true"), edit_of(kAdd, "/tom", R"({"kind":"group"})"),
                 edit_of(kSet, "/mix/output", "\"drums\""), edit_of(kRemove, "/room")};
  EXPECT_TRUE(refusal(before, batch).starts_with("/mix/output: the routing loops: drums → mix → drums"));
  batch.edits = {edit_of(kAdd, "/tom", R"({"kind":"group"})"), edit_of(kSet, "/tom/inserts/x/bypass", "true")};
  EXPECT_TRUE(refusal(before, batch).starts_with("/tom/inserts/x/bypass: 'tom' has no insert 'x'"));
  batch.edits = {edit_of(kAdd, "/tom", R"({"kind":"group","output":"later"})"),
                 edit_of(kAdd, "/later", R"({"kind":"group"})"), edit_of(kSet, "/kick/output", "\"tom\"")};
  EXPECT_EQ(edited(before, batch).find("kick")->output, Output(ToBus{"tom"}));
  batch.edits = {batch};
  EXPECT_TRUE(refusal(before, batch).find("a batch cannot hold a batch") != std::string::npos);
}

TEST(EditParts, BytesThatAreNoTextAreRefused) {
  const Mixer before = edit_mixer();
  const std::string bad = "\xff\xfe";
  for (const char* address : {"/kick/color", "/kick/fadr", "/tom", "/kick/sends/mix", "/vca/new", "/monitor/source"})
    for (const EditOp op : {kSet, kAdd}) EXPECT_FALSE(refusal(before, edit_of(op, address, "\"" + bad + "\"")).empty());
  EXPECT_TRUE(refusal(before, edit_of(kSet, "/kick/" + bad, "1")).find("not an address") != std::string::npos);
}

TEST(EditParts, ScenesAreEditedThroughTheSameDoor) {
  const Mixer after = edited(edit_mixer(), edit_of(kSet, "/scene/verse/recall", "true"));
  EXPECT_EQ(after.find("kick")->fader.value, -4.0);
}

}  // namespace
}  // namespace busbar::test
