#include <gtest/gtest.h>

#include "sessions/edit_script.hpp"

namespace busbar {
namespace {

TEST(EditScript, ReadsEveryOpOfTheLanguage) {
  const EditScript script = read_edit_script_text(
      R"({"at_s": 1.0, "op": "set", "address": "/kick/fader_db", "value": -6}
{"at_s": 2.5, "op": "add", "address": "/kick/sends/room", "value": {"level_db": -10, "tap": "post"}}

{"at_s": 4.0, "op": "remove", "address": "/drums/inserts/glue"}
{"at_s": 5.0, "op": "add", "address": "/drums/inserts/glue", "value": {"type": "bus_compressor"}, "index": 0}
{"at_frame": 288000, "op": "move", "address": "/drums/inserts/glue", "index": 1}
{"at_s": 7.0, "op": "undo", "gesture": "g"}
{"at_s": 8.0, "op": "batch", "edits": [ {"op": "set", "address": "/kick/mute", "value": true}, {"op": "set", "address": "/snare/sends/a/pan", "value": "strip"} ]}
{"at_s": 8.0, "op": "redo"})",
      48000);
  ASSERT_TRUE(script.errors.empty()) << to_line(script.errors.front());
  ASSERT_EQ(script.edits.size(), 8u);
  EXPECT_EQ(script.edits[0].edit, (Edit{EditOp::set, "/kick/fader_db", -6.0, {}, {}, ""}));
  EXPECT_EQ(script.edits[1].edit.value, EditValue(JsonText{R"({"level_db":-10,"tap":"post"})"}));
  EXPECT_EQ(script.edits[2].line, 4);
  EXPECT_EQ(script.edits[3].edit.index, 0);
  EXPECT_EQ(script.edits[4].at, 288000);
  EXPECT_EQ(script.edits[5].edit.gesture, "g");
  ASSERT_EQ(script.edits[6].edit.edits.size(), 2u);
  EXPECT_EQ(script.edits[6].edit.edits[0].value, EditValue(true));
  EXPECT_EQ(script.edits[7].at, 384000);
}

TEST(EditScript, RoundsSecondsToTheNearestFrame) {
  const EditScript script =
      read_edit_script_text("{\"at_s\":0.00001,\"op\":\"undo\"}\r\n{\"at_s\":0.000011,\"op\":\"undo\"}\r\n", 48000);
  ASSERT_EQ(script.edits.size(), 2u);
  EXPECT_EQ(script.edits[0].at, 0);
  EXPECT_EQ(script.edits[1].at, 1);
}

TEST(EditScript, ATrimMayBeCompensated) {
  const EditScript script = read_edit_script_text(
      R"({"at_s": 1, "op": "set", "address": "/kick/trim_db", "value": -3, "compensate": true, "gesture": "drag"}
{"at_s": 1, "op": "set", "address": "/kick/trim_db", "value": -3, "compensate": 1}
{"at_s": 1, "op": "remove", "address": "/kick", "compensate": true})",
      48000);
  ASSERT_EQ(script.edits.size(), 1u);
  EXPECT_TRUE(script.edits[0].edit.compensate);
  EXPECT_EQ(script.edits[0].edit.gesture, "drag");
  EXPECT_EQ(script.errors.size(), 2u);
}

struct BadLine {
  const char* line;
  const char* message;
};

TEST(EditScript, ABadLineIsReportedWithItsPlaceAndTheRestGoesOn) {
  const BadLine cases[] = {
      {R"({"at_s": 1 "op": "undo"})",
       "mix.txt:2: column 12: this is not JSON: unexpected string literal; expected '}': look at this place and just "
       "before it"},
      {R"([])", "mix.txt:2: a list stands where an edit is wanted: write it in braces: { … }"},
      {R"({"op": "undo"})", "mix.txt:2: the line has no time: give at_s or at_frame"},
      {R"({"at_s": 1, "at_frame": 1, "op": "undo"})", "mix.txt:2: the line has two times: give at_s or at_frame"},
      {R"({"at_s": -1, "op": "undo"})", "mix.txt:2: /at_s: -1 is outside 0 … 1000000: give seconds from 0 on"},
      {R"({"at_frame": 1.5, "op": "undo"})",
       "mix.txt:2: /at_frame: 1.5 is not a whole number: give a whole number of frames from 0 on"},
      {R"({"at_s": 1, "op": "sett", "address": "/a/b", "value": 1})",
       "mix.txt:2: /op: \"sett\" is not one of the words known here: give \"set\", \"add\", \"remove\", \"move\", "
       "\"batch\", \"undo\" or \"redo\"; did you mean \"set\"?"},
      {R"({"at_s": 1, "op": "set", "address": "kick/fader_db", "value": 1})",
       "mix.txt:2: /address: \"kick/fader_db\" is not an address: write it like /kick/fader_db"},
      {R"({"at_s": 1, "op": "set", "address": "/kick/fader_db"})",
       "mix.txt:2: /value: \"value\" is missing: say what it becomes"},
      {R"({"at_s": 1, "op": "move", "address": "/kick"})",
       "mix.txt:2: /index: \"index\" is missing: give a place counted from 0"},
      {R"({"at_s": 1, "op": "undo", "address": "/kick"})",
       "mix.txt:2: /address: this op has no such key: take it away"},
      {R"({"at_s": 1, "op": "batch", "edits": []})", "mix.txt:2: /edits: the batch is empty: give at least one edit"},
      {R"({"at_s": 1, "op": "batch", "edits": [{"op": "undo"}]})",
       "mix.txt:2: /edits/0/op: a batch holds only set, add, remove and move: give it a line of its own"},
      {R"({"at_s": 0.5, "op": "undo"})",
       "mix.txt:2: the line goes back in time, from frame 48000 to 24000: put the lines in order of time"},
  };
  for (const BadLine& one : cases) {
    const std::string good = "{\"at_s\": 1, \"op\": \"undo\"}\n";
    const EditScript script = read_edit_script_text(good + one.line + "\n" + good, 48000, "mix.txt");
    EXPECT_EQ(script.edits.size(), 2u) << one.line;
    ASSERT_EQ(script.errors.size(), 1u) << one.line;
    EXPECT_EQ(to_line(script.errors[0]), one.message);
  }
}

TEST(EditScript, AFileThatIsNotThereGivesOneError) {
  const EditScript script = read_edit_script_file("/nowhere/edits.txt", 48000);
  ASSERT_EQ(script.errors.size(), 1u);
  EXPECT_EQ(to_line(script.errors[0]), "/nowhere/edits.txt: there is no such file: check the path");
}

}  // namespace
}  // namespace busbar
