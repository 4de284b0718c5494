#include "sessions/edit_between.hpp"

#include <nlohmann/json.hpp>

#include "engine/control/commands/edit_history.hpp"
#include "sessions/edit_line.hpp"
#include "sessions/edit_script.hpp"
#include "tests/sessions/edit_fixture.hpp"
#include "tests/support/random_edits.hpp"

namespace busbar::test {
namespace {

using nlohmann::json;

/// By value: the two zeros are one, as they are for the history.
json session_of(const Mixer& mixer) { return json::parse(write_session_text(mixer)); }

/// The session behind an edit that was written into a line and read again.
json through_a_line(const Mixer& mixer, const Edit& edit) {
  const EditScript script = read_edit_script_text(write_edit_line({0, 0, edit}), 48000.0);
  EXPECT_TRUE(script.errors.empty()) << to_line(script.errors.front());
  return script.edits.empty() ? json() : session_of(edited(mixer, script.edits.front().edit));
}

TEST(EditBetween, SaysEveryUndoAndRedoInEditsThatDoTheSame) {
  int said = 0, unsaid = 0;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    RandomEdits random(seed);
    EditHistory history;
    Mixer mixer = edit_mixer();
    for (int i = 0; i < 300; ++i) {
      const Edit edit = random.next(mixer);
      const bool is_step = edit.op == EditOp::undo || edit.op == EditOp::redo;
      const auto stepped = !is_step                  ? std::nullopt
                           : edit.op == EditOp::undo ? history.undo(mixer)
                                                     : history.redo(mixer);
      const Result<Mixer> made = is_step ? Result<Mixer>(stepped.value_or(mixer)) : apply_edit(mixer, edit, edit_parts);
      if (!made) continue;
      if (!is_step) history.note(mixer, *made, edit);
      for (const auto& [from, to] : {std::pair(mixer, *made), std::pair(*made, mixer)}) {
        const json wanted = session_of(to);
        if (wanted == session_of(from)) continue;
        const auto between = edit_between(from, to);
        ++(between ? said : unsaid);
        if (between) {
          ASSERT_EQ(through_a_line(from, *between), wanted);
        }
      }
      mixer = *made;
    }
  }
  EXPECT_GT(said, 500);
  EXPECT_LT(unsaid, said / 10) << "that is for what no edit can bring about";
}

TEST(EditBetween, NamesNoMoreThanWhatDiffers) {
  const Mixer mixer = edit_mixer();
  const auto level = edit_between(mixer, edited(mixer, edit_of(EditOp::set, "/kick/sends/room/level_db", "-3")));
  ASSERT_TRUE(level);
  EXPECT_EQ(level->edits, std::vector<Edit>{edit_of(EditOp::set, "/kick/sends/room/level_db", "-3")});
  const auto gone = edit_between(mixer, edited(mixer, edit_of(EditOp::remove, "/kick/sends/room")));
  ASSERT_TRUE(gone);
  ASSERT_EQ(gone->edits.size(), 1u);
  EXPECT_EQ(gone->edits[0].address, "/kick/sends");
}

TEST(EditBetween, GivesNothingWhereNoEditLeadsThere) {
  const Mixer mixer = edit_mixer();
  Mixer other = mixer;
  other.transport->loop_s = std::pair(1.0, 2.0);
  EXPECT_FALSE(edit_between(mixer, other));
}

}  // namespace
}  // namespace busbar::test
