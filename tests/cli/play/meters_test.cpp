#include "cli/play/meters.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/play/fake_play.hpp"

namespace busbar::test {
namespace {

using cli::MeterRow;
using cli::Meters;

std::vector<std::string> ids(const std::vector<const MeterRow*>& rows) {
  std::vector<std::string> list;
  for (const MeterRow* row : rows) list.push_back(row->id);
  return list;
}

// As many tracks as asked for, silent, and three buses in an order that is not that of the screen.
std::vector<StripLevel> console(int tracks) {
  std::vector<StripLevel> levels;
  for (int n = 0; n < tracks; ++n) levels.push_back(level("t" + std::to_string(n), StripKind::track, -INFINITY));
  levels.push_back(level("cue", StripKind::cue, -INFINITY));
  levels.push_back(level("drums", StripKind::group, -INFINITY));
  levels.push_back(level("master", StripKind::master, -INFINITY));
  return levels;
}

void set_peak(std::vector<StripLevel>& levels, const std::string& id, double db) {
  for (StripLevel& l : levels)
    if (l.id == id) l.peak_db = {db, -INFINITY}, l.highest_db = {std::max(l.highest_db[0], db), -INFINITY};
}

TEST(Meters, BusesComeFirstAndTheMasterBeforeAll) {
  Meters meters;
  meters.update(console(2), 0.0);
  EXPECT_EQ(ids(meters.shown(10, 0.0)), (std::vector<std::string>{"master", "drums", "cue", "t0", "t1"}));
}

TEST(Meters, ABarRisesAtOnceAndFallsSlowly) {
  Meters meters;
  auto levels = console(1);
  set_peak(levels, "t0", -6.0);
  meters.update(levels, 0.0);
  set_peak(levels, "t0", -INFINITY);
  meters.update(levels, 0.5);
  EXPECT_NEAR(meters.shown(9, 0.5).back()->bar_db, -16.0, 1e-9);
  EXPECT_EQ(meters.shown(9, 0.5).back()->held_db, -6.0);
  meters.update(levels, 3.0);
  EXPECT_EQ(meters.shown(9, 3.0).back()->held_db, -INFINITY);
}

TEST(Meters, AClipIsShownForAWhileAndRemembered) {
  Meters meters;
  auto levels = console(1);
  set_peak(levels, "t0", 0.0);
  meters.update(levels, 0.0);
  EXPECT_FALSE(meters.shown(9, 0.0).back()->has_clipped);  // full scale itself is no clip
  set_peak(levels, "t0", 0.1);
  meters.update(levels, 0.1);
  set_peak(levels, "t0", -20.0);
  meters.update(levels, 1.0);
  EXPECT_TRUE(meters.shown(9, 1.0).back()->clips);
  meters.update(levels, 20.0);
  EXPECT_FALSE(meters.shown(9, 20.0).back()->clips);
  EXPECT_TRUE(meters.shown(9, 20.0).back()->has_clipped);
}

TEST(Meters, WhereNotAllTracksFitTheLoudestAreShownInTheOrderOfTheSession) {
  Meters meters;
  auto levels = console(200);
  set_peak(levels, "t150", -3.0);
  set_peak(levels, "t20", -9.0);
  set_peak(levels, "t199", -6.0);
  meters.update(levels, 0.0);
  EXPECT_EQ(ids(meters.shown(6, 0.0)), (std::vector<std::string>{"master", "drums", "cue", "t20", "t150", "t199"}));
}

TEST(Meters, TheTracksOnTheScreenChangeOnlyNowAndThen) {
  Meters meters;
  auto levels = console(50);
  set_peak(levels, "t7", -20.0);
  meters.update(levels, 0.0);
  EXPECT_EQ(ids(meters.shown(4, 0.0)).back(), "t7");
  set_peak(levels, "t9", -17.0);  // only a little louder
  for (double now = 0.1; now < 30.0; now += 0.1) {
    meters.update(levels, now);
    EXPECT_EQ(ids(meters.shown(4, now)).back(), "t7") << now;
  }
  set_peak(levels, "t9", -3.0);
  int changes = 0;
  std::string before = "t7";
  for (double now = 30.0; now < 60.0; now += 0.1) {
    meters.update(levels, now);
    const std::string last = ids(meters.shown(4, now)).back();
    changes += last != before ? 1 : 0;
    before = last;
  }
  EXPECT_EQ(before, "t9");
  EXPECT_EQ(changes, 1);
}

TEST(Meters, TheChosenStripIsAlwaysOnTheScreen) {
  for (const std::size_t room : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}, std::size_t{300}}) {
    Meters meters;
    meters.update(console(200), 0.0);
    for (int step = 0; step < 210; ++step) {
      const auto rows = meters.shown(room, step * 0.1);
      EXPECT_LE(rows.size(), room);
      EXPECT_EQ(std::ranges::count(rows, meters.chosen()), 1) << room << " lines, step " << step;
      meters.choose(+1);
    }
    EXPECT_EQ(meters.chosen()->id, "t199");
    for (int step = 0; step < 210; ++step) {
      meters.choose(-1);
      const auto rows = meters.shown(room, 100.0 + step * 0.1);
      EXPECT_EQ(std::ranges::count(rows, meters.chosen()), 1) << room << " lines, back " << step;
    }
    EXPECT_EQ(meters.chosen()->id, "master");
  }
}

TEST(Meters, WithoutStripsNothingIsChosenOrShown) {
  Meters meters;
  meters.update({}, 0.0);
  meters.choose(+1);
  EXPECT_EQ(meters.chosen(), nullptr);
  EXPECT_TRUE(meters.shown(10, 0.0).empty());
}

TEST(Meters, AStripThatComesOrGoesLeavesTheChoice) {
  Meters meters;
  meters.update(console(2), 0.0);
  for (int n = 0; n < 4; ++n) meters.choose(+1);
  ASSERT_EQ(meters.chosen()->id, "t1");
  meters.update(console(3), 0.1);
  EXPECT_EQ(meters.chosen()->id, "t1");
  EXPECT_EQ(meters.shown(10, 0.1).size(), 6u);
}

}  // namespace
}  // namespace busbar::test
