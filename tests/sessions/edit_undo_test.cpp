#include <random>

#include "engine/control/commands/edit_history.hpp"
#include "tests/sessions/edit_fixture.hpp"

namespace busbar::test {
namespace {

/// Edits by chance on a session by chance: many are taken, many refused.
class RandomEdits {
 public:
  explicit RandomEdits(unsigned seed) : random_(seed) {}

  Edit next(const Mixer& mixer) {
    if (below(8) != 0) return one(mixer);
    Edit batch;
    batch.op = EditOp::batch;
    for (int i = 1 + below(4); i > 0; --i) batch.edits.push_back(one(mixer));
    return batch;
  }
  std::string gesture() { return below(3) == 0 ? "hand " + std::to_string(below(3)) : ""; }

 private:
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  template <typename T>
  T pick(std::initializer_list<T> from) {
    return *(from.begin() + below(static_cast<int>(from.size())));
  }
  std::string number(double least, double most) {
    return std::to_string(std::uniform_real_distribution<double>(least, most)(random_));
  }
  std::string strip(const Mixer& mixer) {
    const auto strips = mixer.strips();
    return strips[static_cast<std::size_t>(below(static_cast<int>(strips.size())))]->id;
  }
  std::string fresh() { return "new" + std::to_string(below(12)); }
  std::optional<int> place() { return below(2) == 0 ? std::nullopt : std::optional(below(4)); }

  Edit one(const Mixer& mixer) {
    const std::string at = "/" + strip(mixer);
    switch (below(22)) {
      case 0:
        return edit_of(EditOp::set, at + "/output", "\"" + strip(mixer) + "\"");
      case 1:
        return edit_of(EditOp::add, at + "/sends/" + strip(mixer), "{\"level_db\":" + number(-30, 14) + "}", place());
      case 2:
        return edit_of(EditOp::remove, at + "/sends/" + strip(mixer));
      case 3:
        return edit_of(EditOp::add, at + "/inserts/" + fresh(), R"({"type":"utility","params":{"gain_db":-1}})",
                       place());
      case 4:
        return edit_of(EditOp::remove, at + "/inserts/" + pick<std::string>({"cut", "tool", "glue", fresh()}));
      case 5:
        return edit_of(EditOp::move, at + "/inserts/" + fresh(), "", below(3));
      case 6:
        return edit_of(EditOp::add, "/" + fresh(), R"({"kind":"group"})", place());
      case 7:
        return edit_of(EditOp::add, "/" + fresh(), R"({"source":{"type":"tone"},"odd":[{}]})", place());
      case 8:
        return edit_of(EditOp::remove, "/" + (below(2) == 0 ? fresh() : strip(mixer)));
      case 9:
        return edit_of(EditOp::move, at, "", below(6));
      case 10:
        return edit_of(EditOp::set, at + "/inserts/" + fresh() + "/key", "\"" + strip(mixer) + "\"");
      case 11:
        return edit_of(EditOp::add, "/vca/" + fresh(), "{\"members\":[\"" + strip(mixer) + "\"]}", place());
      case 12:
        return edit_of(EditOp::remove, "/vca/" + pick<std::string>({"band", "all", fresh()}));
      case 13:
        return edit_of(EditOp::set, "/vca/band/members", "[\"" + strip(mixer) + "\"]");
      case 14:
        return edit_of(EditOp::set, "/monitor/source", "\"" + strip(mixer) + "\"");
      case 15:
        return edit_of(EditOp::add, "/transport/markers", "{\"at_s\":" + number(0, 99) + "}", place());
      case 16:
        return edit_of(EditOp::remove, "/transport/markers/" + std::to_string(below(4)));
      case 17:
        return edit_of(EditOp::set, "/session/name", "\"" + fresh() + "\"");
      case 18:
        return edit_of(EditOp::set, "/kick/source/clips/0/gain_db", number(-20, 20));
      case 19:
        return edit_of(EditOp::set, at + "/pan", number(-1.2, 1.2));
      case 20:
        return edit_of(EditOp::set, at + "/mute", pick<std::string>({"true", "false"}));
      default:
        return edit_of(EditOp::set, at + "/fader_db", number(-30, 14));
    }
  }

  std::mt19937 random_;
};

TEST(EditUndo, UndoingAllGivesTheFirstSessionByteForByteAndRedoingAllTheLast) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    RandomEdits random(seed);
    EditHistory history(std::size_t{1} << 30);
    Mixer mixer = edit_mixer();
    const std::string first = write_session_text(mixer);
    int taken = 0, refused = 0;
    for (int i = 0; i < 400; ++i) {
      Edit edit = random.next(mixer);
      edit.gesture = random.gesture();
      const Result<Mixer> after = apply_edit(mixer, edit, edit_parts);
      ++(after ? taken : refused);
      if (!after) continue;
      history.note(mixer, *after, edit);
      mixer = *after;
    }
    EXPECT_GT(taken, 50);
    EXPECT_GT(refused, 50);
    const std::string last = write_session_text(mixer);
    const LoadedSession loaded = read_session_text(last, {});
    EXPECT_TRUE(loaded.findings.errors.empty()) << to_line(loaded.findings.errors.front());
    for (int round = 0; round < 2; ++round) {
      while (const auto before = history.undo(mixer)) mixer = *before;
      EXPECT_EQ(write_session_text(mixer), first);
      while (const auto after = history.redo(mixer)) mixer = *after;
      EXPECT_EQ(write_session_text(mixer), last);
    }
  }
}

TEST(EditUndo, EveryStepOfTheWayBackIsTheStateThatWasThere) {
  RandomEdits random(99);
  EditHistory history(std::size_t{1} << 30);
  Mixer mixer = edit_mixer();
  std::vector<std::string> states{write_session_text(mixer)};
  for (int i = 0; i < 300; ++i) {
    const Edit edit = random.next(mixer);
    const Result<Mixer> after = apply_edit(mixer, edit, edit_parts);
    if (!after) continue;
    history.note(mixer, *after, edit);
    mixer = *after;
    if (const std::string now = write_session_text(mixer); now != states.back()) states.push_back(now);
  }
  ASSERT_EQ(history.undo_names().size() + 1, states.size());
  for (std::size_t i = states.size() - 1; i-- > 0;) {
    mixer = *history.undo(mixer);
    ASSERT_EQ(write_session_text(mixer), states[i]);
  }
}

TEST(EditUndo, ARemovedBusComesBackWithAllThatPointedAtIt) {
  const Mixer before = edit_mixer();
  for (const char* address : {"/drums", "/room", "/cue1", "/kick", "/vca/band", "/drums/inserts/odd"}) {
    EditHistory history;
    const Edit edit = edit_of(EditOp::remove, address);
    const Mixer after = edited(before, edit);
    history.note(before, after, edit);
    EXPECT_NE(write_session_text(after), write_session_text(before));
    EXPECT_EQ(write_session_text(*history.undo(after)), write_session_text(before)) << address;
  }
}

TEST(EditUndo, AHundredThousandEditsAreRememberedWithinTheMemory) {
  EditHistory history;
  Mixer mixer = edit_mixer();
  const std::string first = write_session_text(mixer);
  Edit edit = edit_of(EditOp::set, "/kick/fader_db", "0");
  for (int i = 0; i < 100'000; ++i) {
    edit.address = i % 2 == 0 ? "/kick/fader_db" : "/room/fader_db";
    edit.value = -0.001 * (i % 90'000 + 1);
    edit.gesture = i % 10 == 0 ? "hand" : "";
    const Result<Mixer> after = apply_edit(mixer, edit, edit_parts);
    ASSERT_TRUE(after);
    history.note(mixer, *after, edit);
    mixer = *after;
  }
  EXPECT_GT(history.undo_names().size(), 80'000u);
  while (const auto before = history.undo(mixer)) mixer = *before;
  EXPECT_EQ(write_session_text(mixer), first);
}

}  // namespace
}  // namespace busbar::test
