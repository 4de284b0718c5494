#include "engine/files/lane_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/files/lane_fixtures.hpp"

namespace busbar::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ATable : public testing::Test {
 protected:
  FileLane* add(const std::shared_ptr<AudioFile>& file, Frames start = 0, int capacity = 16384, Frames offset = 0) {
    auto feed = std::make_shared<SourceFeed>(1, capacity);
    table.add(feed, std::make_shared<const LaneClips>(LaneClips{{file, {0, 0}, start, offset, 100'000}}), 0);
    feeds.push_back(std::move(feed));
    return table.lanes().back().get();
  }
  static void give_back(const std::vector<FileLane*>& lanes) {
    for (FileLane* lane : lanes) lane->taken = false;
  }
  static void step(const std::vector<FileLane*>& lanes) {
    for (FileLane* lane : lanes) EXPECT_TRUE(lane->step());
    give_back(lanes);
  }

  const TemporaryFolder folder;
  const Samples samples = noise(1, 100'000);
  const std::shared_ptr<AudioFile> a = make_file(folder / "a", samples), b = make_file(folder / "b", samples);
  LaneTable table;
  std::vector<std::shared_ptr<SourceFeed>> feeds;
};

TEST_F(ATable, GivesTheEmptiestLaneFirst) {
  FileLane* const full = add(a);
  FileLane* const empty = add(b);
  feeds[0]->publish(8192);
  feeds[1]->publish(4096);
  EXPECT_THAT(table.take(0), ElementsAre(empty));
  EXPECT_THAT(table.take(0), ElementsAre(full));
  EXPECT_THAT(table.take(0), IsEmpty());
}

TEST_F(ATable, GivesLanesOfAFileTogetherAndToOneThreadOnly) {
  FileLane* const first = add(a);
  FileLane* const other = add(b);
  FileLane* const near = add(a);
  FileLane* const far = add(a);
  feeds[2]->publish(4095);
  feeds[3]->publish(4096);
  const auto taken = table.take(0);
  EXPECT_THAT(taken, ElementsAre(first, near));
  EXPECT_THAT(table.take(0), ElementsAre(other));
  EXPECT_THAT(table.take(0), IsEmpty()) << "someone is in the file of the last";
  near->taken = false;
  EXPECT_THAT(table.take(0), IsEmpty()) << "still";
  first->taken = false;
  step(table.take(0));
  EXPECT_EQ(first->feed()->written(), 4096);
  give_back({other});
  (void)far;
}

TEST_F(ATable, ReadsSilenceWhereverSomeoneElseIs) {
  FileLane* const playing = add(a);
  FileLane* const silent = add(a, 8192);
  EXPECT_EQ(table.take(0).size(), 1u);
  EXPECT_TRUE(playing->taken);
  for (int pages = 1; pages <= 2; ++pages) {
    const auto taken = table.take(0);
    ASSERT_THAT(taken, ElementsAre(silent));
    EXPECT_EQ(silent->file(), nullptr);
    step(taken);
    EXPECT_EQ(silent->feed()->written(), 4096 * pages);
  }
  EXPECT_THAT(table.take(0), IsEmpty()) << "now its clip begins";
}

TEST_F(ATable, LeavesSmallGapsUnlessSomeoneWaits) {
  FileLane* const lane = add(a);
  feeds[0]->publish(16384 - 4095);
  EXPECT_THAT(table.take(0), IsEmpty());
  EXPECT_THAT(table.take(16384 - 4095), IsEmpty());
  EXPECT_THAT(table.take(16384 - 4094), ElementsAre(lane));
}

TEST_F(ATable, LetsALateLaneGoOnAheadOfAudioFromAPageOfItsFile) {
  FileLane* const lane = add(a, 0, 65536, 100);
  feeds[0]->consume(10'000);
  step(table.take(0));
  EXPECT_EQ(feeds[0]->written() - 4096, 16384 - 100) << "the first page of the file that is 4096 frames ahead";
  EXPECT_EQ(feeds[0]->available(), 0);
  feeds[0]->consume(6284);
  ASSERT_EQ(feeds[0]->available(), 4096);
  const AudioBlock block = feeds[0]->front(4096);
  for (std::size_t i = 0; i < 4096; ++i) ASSERT_EQ(block.channel(0)[i], static_cast<float>(samples[0][16384 + i]));
  EXPECT_FALSE(lane->taken);
}

TEST_F(ATable, FindsRoomForALateLaneInAFeedOfAnySize) {
  for (const int capacity : {1, 2, 64, 4096, 8192, 16384}) {
    FileLane* const lane = add(a, 0, capacity);
    SourceFeed& feed = *lane->feed();
    feed.consume(5000);
    step(table.take(0));
    EXPECT_GE(feed.written(), 5000) << capacity;
    EXPECT_GE(feed.room(), 0) << capacity;
    feed.consume(capacity / 2);
    EXPECT_GE(feed.written(), feed.consumed()) << capacity;
    for (auto taken = table.take(0); !taken.empty(); taken = table.take(0)) step(taken);
    ASSERT_GE(feed.available(), std::max(capacity / 2, 1)) << capacity;
    EXPECT_EQ(feed.front(1).channel(0)[0], static_cast<float>(samples[0][static_cast<std::size_t>(feed.consumed())]));
  }
}

TEST_F(ATable, GoesOnExactlyWhereAudioIsForOneWhoWaits) {
  add(a);
  feeds[0]->consume(10'000);
  step(table.take(1));
  EXPECT_EQ(feeds[0]->available(), 12'288 - 10'000);
}

TEST_F(ATable, KeepsTheFeedsOfLanesThatNobodyHolds) {
  for (int n = 0; n < 3; ++n) add(a);
  const SourceFeed* const used = feeds[0].get();
  EXPECT_THAT(table.drop_unheld(), IsEmpty());
  step(table.take(0));
  feeds[0]->consume(100);
  feeds.erase(feeds.begin());
  EXPECT_EQ(table.drop_unheld().size(), 1u);
  EXPECT_EQ(table.lanes().size(), 2u);
  EXPECT_EQ(table.spare(2, 16384), nullptr);
  EXPECT_EQ(table.spare(1, 16385), nullptr);
  const auto again = table.spare(1, 16000);
  ASSERT_EQ(again.get(), used);
  EXPECT_EQ(again->written(), 0);
  EXPECT_EQ(again->consumed(), 0);
  EXPECT_EQ(again->available(), 0);
  EXPECT_EQ(table.spare(1, 16000), nullptr);
}

TEST_F(ATable, KeepsALaneThatIsInSomeonesHands) {
  add(a);
  const auto taken = table.take(0);
  feeds.clear();
  EXPECT_THAT(table.drop_unheld(), IsEmpty());
  EXPECT_EQ(table.spare(1, 16384), nullptr);
  EXPECT_TRUE(table.have_all(100)) << "nobody waits for it";
  give_back(taken);
  EXPECT_EQ(table.drop_unheld().size(), 1u);
  EXPECT_NE(table.spare(1, 16384), nullptr);
}

TEST_F(ATable, KeepsNoMoreSparesThanThereWereLanes) {
  for (int lap = 0; lap < 10; ++lap) {
    for (int n = 0; n < 4; ++n) add(a, 0, 1024 << lap);
    feeds.clear();
    table.drop_unheld();
    EXPECT_LE(table.spares(), 4u);
    EXPECT_NE(table.spare(1, 1024 << lap), nullptr) << "of the sizes, the one in use stays";
  }
}

}  // namespace
}  // namespace busbar::test
