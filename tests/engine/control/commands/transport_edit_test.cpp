#include "engine/control/commands/transport_edit.hpp"

#include <gtest/gtest.h>

namespace busbar::test {
namespace {

Edit edit_of(EditOp op, const std::string& address, EditValue value = {}) {
  Edit edit;
  edit.op = op;
  edit.address = address;
  edit.value = std::move(value);
  return edit;
}

TEST(PartEdit, MarkersAreAPartOfTheMixerAndNotOfWhatTheTransportDoes) {
  for (const char* address : {"/transport/markers", "/transport/markers/0", "/transport/markers/0/name"})
    for (const EditOp op : {EditOp::set, EditOp::add, EditOp::remove}) {
      const Edit edit = edit_of(op, address);
      EXPECT_FALSE(concerns_transport(edit));
      const auto parted = part_edit(edit);
      ASSERT_TRUE(parted);
      EXPECT_EQ(parted->mixer, edit);
      EXPECT_TRUE(parted->transport.empty());
    }
  EXPECT_FALSE(part_edit(edit_of(EditOp::set, "/transport/markersque", 1.0)));
}

TEST(PartEdit, AStallIsOfATrackThatIsThere) {
  const auto has_track = [](const std::string& id) { return id == "kick"; };
  EXPECT_TRUE(part_edit(edit_of(EditOp::set, "/kick/source/stall", 100.0), has_track));
  const auto refused = part_edit(edit_of(EditOp::set, "/nosuch/source/stall", 100.0), has_track);
  ASSERT_FALSE(refused);
  EXPECT_EQ(to_line(refused.error()), "/nosuch/source/stall: there is no track 'nosuch': use the id of a track");
}

TEST(PartEdit, ABatchIsPartedIntoWhatTheTransportDoesAndWhatChangesTheMixer) {
  Edit batch = edit_of(EditOp::batch, "");
  batch.edits = {edit_of(EditOp::set, "/transport/locate_s", 4.0), edit_of(EditOp::remove, "/transport/markers/0"),
                 edit_of(EditOp::set, "/kick/mute", true)};
  const auto parted = part_edit(batch);
  ASSERT_TRUE(parted);
  ASSERT_EQ(parted->transport.size(), 1u);
  EXPECT_EQ(parted->transport[0].seconds, 4.0);
  ASSERT_TRUE(parted->mixer);
  EXPECT_EQ(parted->mixer->edits.size(), 2u);
}

}  // namespace
}  // namespace busbar::test
