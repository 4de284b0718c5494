#include "engine/control/commands/edit_history.hpp"

#include <gtest/gtest.h>

#include "engine/control/commands/apply_command.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

/// A mixer with its history, edited as the control loop does it.
class Desk {
 public:
  explicit Desk(std::size_t most_bytes = std::size_t{256} << 20) : history(most_bytes) {
    MixerBuilder builder;
    builder.bus("room", StripKind::aux).tone("kick", {}).tone("snare", {}).send("kick", "room", Tap::post);
    mixer = builder.mixer;
  }
  void set(const std::string& address, EditValue value, const std::string& gesture = "") {
    Edit edit = set_at(0, address, std::move(value)).edit;
    edit.gesture = gesture;
    const auto after = apply_edit(mixer, edit);
    ASSERT_TRUE(after) << to_line(after.error());
    history.note(mixer, *after, edit);
    mixer = *after;
  }
  bool undo() {
    const auto before = history.undo(mixer);
    if (before) mixer = *before;
    return before.has_value();
  }
  bool redo() {
    const auto after = history.redo(mixer);
    if (after) mixer = *after;
    return after.has_value();
  }
  double fader(const char* id) const { return mixer.find(id)->fader.value; }
  double pan(const char* id) const { return mixer.find(id)->pan; }

  EditHistory history;
  Mixer mixer;
};

TEST(EditHistory, UndoesAndDoesAgainStepByStep) {
  Desk desk;
  desk.set("/kick/fader_db", -1.0);
  desk.set("/kick/fader_db", -2.0);
  desk.set("/session/tempo_bpm", 90.0);
  EXPECT_EQ(desk.history.undo_names(), (std::vector<std::string>{"Tempo", "Fader of Kick", "Fader of Kick"}));
  EXPECT_TRUE(desk.undo() && desk.undo());
  EXPECT_EQ(desk.fader("kick"), -1.0);
  EXPECT_EQ(desk.mixer.tempo_bpm, 120.0);
  EXPECT_EQ(desk.history.redo_names(), (std::vector<std::string>{"Fader of Kick", "Tempo"}));
  EXPECT_TRUE(desk.redo());
  EXPECT_EQ(desk.fader("kick"), -2.0);
  desk.set("/snare/mute", true);
  EXPECT_FALSE(desk.redo()) << "a new edit takes the place of what was undone";
  EXPECT_TRUE(desk.undo() && desk.undo() && desk.undo());
  EXPECT_FALSE(desk.undo());
  EXPECT_EQ(desk.fader("kick"), 0.0);
}

TEST(EditHistory, AnEditThatChangesNothingIsNoStep) {
  Desk desk;
  desk.set("/kick/fader_db", -1.0);
  desk.undo();
  desk.set("/kick/fader_db", 0.0);
  EXPECT_TRUE(desk.history.undo_names().empty());
  EXPECT_TRUE(desk.redo());
}

TEST(EditHistory, AnEditOfWhichNothingIsKnownIsAStepAllTheSame) {
  Desk desk;
  desk.set("/kick/fader_db", -1.0);
  desk.history.note_unknown(set_at(0, "/gone/fader_db", -2.0).edit);
  Edit drag = set_at(0, "/gone/pan", 0.5).edit;
  drag.gesture = "drag";
  for (int i = 0; i < 100; ++i) desk.history.note_unknown(drag);
  EXPECT_TRUE(desk.undo() && desk.undo());
  EXPECT_EQ(desk.fader("kick"), -1.0);
  EXPECT_TRUE(desk.redo() && desk.undo() && desk.undo());
  EXPECT_EQ(desk.fader("kick"), 0.0);
  EXPECT_FALSE(desk.undo());
}

TEST(EditHistory, ADragOfAFaderIsOneStep) {
  Desk desk;
  for (int i = 1; i <= 1000; ++i) desk.set("/kick/fader_db", -0.01 * i, "drag");
  EXPECT_EQ(desk.history.undo_names().size(), 1u);
  const double end = desk.fader("kick");
  EXPECT_TRUE(desk.undo());
  EXPECT_EQ(desk.fader("kick"), 0.0);
  EXPECT_TRUE(desk.redo());
  EXPECT_EQ(desk.fader("kick"), end);
}

TEST(EditHistory, ADragThatEndsWhereItBeganIsNoStep) {
  Desk desk;
  desk.set("/snare/pan", 0.5);
  for (const double level : {-1.0, -2.0, 0.0}) desk.set("/kick/fader_db", level, "drag");
  EXPECT_EQ(desk.history.undo_names(), std::vector<std::string>{"Pan of Snare"});
}

TEST(EditHistory, TwoHandsOnTwoFadersAreTwoSteps) {
  Desk desk;
  for (int i = 1; i <= 50; ++i) {
    desk.set("/kick/fader_db", -0.1 * i, "left hand");
    desk.set("/snare/fader_db", -0.2 * i, "right hand");
  }
  EXPECT_EQ(desk.history.undo_names(), (std::vector<std::string>{"Fader of Snare", "Fader of Kick"}));
  EXPECT_TRUE(desk.undo());
  EXPECT_EQ(desk.fader("kick"), -5.0);
  EXPECT_EQ(desk.fader("snare"), 0.0);
  EXPECT_TRUE(desk.undo());
  EXPECT_EQ(desk.fader("kick"), 0.0);
  EXPECT_TRUE(desk.redo() && desk.redo());
  EXPECT_EQ(desk.fader("kick"), -5.0);
  EXPECT_EQ(desk.fader("snare"), -10.0);
}

TEST(EditHistory, TwoHandsOnOneStripAreTwoStepsToo) {
  Desk desk;
  for (int i = 1; i <= 10; ++i) {
    desk.set("/kick/fader_db", -0.5 * i, "left hand");
    desk.set("/kick/pan", 0.1 * i, "right hand");
  }
  ASSERT_EQ(desk.history.undo_names(), (std::vector<std::string>{"Pan of Kick", "Fader of Kick"}));
  const Mixer end = desk.mixer;
  EXPECT_TRUE(desk.undo());
  EXPECT_EQ(desk.fader("kick"), -5.0);
  EXPECT_EQ(desk.pan("kick"), 0.0);
  EXPECT_TRUE(desk.undo());
  EXPECT_EQ(desk.fader("kick"), 0.0);
  EXPECT_TRUE(desk.redo() && desk.redo());
  EXPECT_EQ(*desk.mixer.find("kick"), *end.find("kick"));
}

TEST(EditHistory, AGestureDoesNotReachBehindAnEditOfTheSameValue) {
  Desk desk;
  desk.set("/kick/fader_db", -1.0, "drag");
  desk.set("/kick/fader_db", -2.0);
  desk.set("/kick/fader_db", -3.0, "drag");
  EXPECT_EQ(desk.history.undo_names().size(), 3u);
  desk.undo();
  EXPECT_EQ(desk.fader("kick"), -2.0);
}

TEST(EditHistory, ForgetsTheOldestStepsWhenTheMemoryIsFull) {
  Desk probe;
  probe.set("/kick/fader_db", -1.0);
  const std::size_t one = probe.history.bytes();
  EXPECT_GT(one, sizeof(Strip)) << "the strip before the edit lives on in the step alone";
  Desk desk(one * 20);
  for (int i = 1; i <= 500; ++i) {
    desk.set("/kick/fader_db", -0.1 * i);
    ASSERT_LE(desk.history.bytes(), one * 20);
  }
  const std::size_t kept = desk.history.undo_names().size();
  EXPECT_GE(kept, 15u);
  EXPECT_LE(kept, 20u);
  while (desk.undo()) {
  }
  EXPECT_DOUBLE_EQ(desk.fader("kick"), -0.1 * static_cast<double>(500 - kept));
}

TEST(EditHistory, ItsBytesAreThoseOfItsSteps) {
  Desk desk;
  for (int i = 0; i < 50; ++i) desk.set("/kick/pan", i % 2 == 0 ? 0.5 : -0.5, i % 3 == 0 ? "hand" : "");
  while (desk.undo()) {
  }
  desk.set("/kick/name", std::string("x"));
  Desk fresh;
  fresh.set("/kick/name", std::string("x"));
  EXPECT_EQ(desk.history.bytes(), fresh.history.bytes());
}

struct Named {
  EditOp op;
  const char* address;
  const char* name;
};

TEST(EditNames, AreWhatAPersonWouldSay) {
  MixerBuilder builder;
  builder.bus("drums", StripKind::group).bus("room", StripKind::aux).tone("kick", {}).send("kick", "room", Tap::post);
  builder.insert("drums", slot("glue", "low_cut"));
  builder.edit("room", [](Strip& s) { s.name = "Big room"; });
  builder.mixer.vcas.push_back({.id = "band", .name = "Band", .members = {}, .fader = {}, .extras = {}});
  builder.mixer.scenes.push_back({.id = "verse", .name = "Verse", .scope = {}, .values = {}, .extras = {}});
  const Named cases[] = {
      {EditOp::set, "/kick/fader_db", "Fader of Kick"},
      {EditOp::set, "/kick/trim_db", "Trim of Kick"},
      {EditOp::set, "/kick/output", "Output of Kick"},
      {EditOp::set, "/kick/recall_safe", "Recall safe of Kick"},
      {EditOp::set, "/kick/source/clips/0/gain_db", "Clip gain of Kick"},
      {EditOp::add, "/kick/source/clips", "Add clip of Kick"},
      {EditOp::set, "/kick/sends/room/level_db", "Send Kick → Big room"},
      {EditOp::set, "/kick/sends/room/tap", "Tap of send Kick → Big room"},
      {EditOp::add, "/kick/sends/room", "Add send Kick → Big room"},
      {EditOp::remove, "/kick/sends/room", "Remove send Kick → Big room"},
      {EditOp::add, "/drums/inserts/glue", "Add Glue to Drums"},
      {EditOp::remove, "/drums/inserts/glue", "Remove Glue from Drums"},
      {EditOp::move, "/drums/inserts/glue", "Move Glue in Drums"},
      {EditOp::set, "/drums/inserts/glue/corner_hz", "Corner of Glue in Drums"},
      {EditOp::set, "/drums/inserts/glue/bypass", "Bypass of Glue in Drums"},
      {EditOp::add, "/tom-2", "Add Tom 2"},
      {EditOp::remove, "/room", "Remove Big room"},
      {EditOp::move, "/kick", "Move Kick"},
      {EditOp::set, "/vca/band/fader_db", "Fader of Band"},
      {EditOp::remove, "/vca/band", "Remove VCA Band"},
      {EditOp::add, "/mute_group/vox", "Add mute group Vox"},
      {EditOp::set, "/scene/verse/recall", "Recall Verse"},
      {EditOp::add, "/scene/verse", "Store Verse"},
      {EditOp::set, "/scene/verse/fade_s", "Fade of scene Verse"},
      {EditOp::set, "/monitor/dim", "Monitor dim"},
      {EditOp::set, "/session/solo_mode", "Solo mode"},
      {EditOp::set, "/session/solo_clear", "Clear solos"},
      {EditOp::remove, "/transport/markers/0", "Remove marker"},
  };
  Edit batch;
  batch.op = EditOp::batch;
  for (const Named& one : cases) {
    Edit edit = set_at(0, one.address, {}).edit;
    edit.op = one.op;
    EXPECT_EQ(name_of(edit, builder.mixer), one.name);
    if (batch.edits.size() < 3) batch.edits.push_back(edit);
  }
  EXPECT_EQ(name_of(batch, builder.mixer), "Batch of 3: Fader of Kick, …");
}

}  // namespace
}  // namespace busbar::test
