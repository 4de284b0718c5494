#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/files/lane_fixtures.hpp"

namespace busbar::test {
namespace {

using std::chrono::milliseconds;

/// Eight files, and a mono lane for each.
class EightTracks : public testing::Test {
 protected:
  static constexpr std::size_t kTracks = 8;
  static constexpr std::size_t kHung = 3;
  static constexpr int kFrames = 400'000;

  void SetUp() override {
    const Samples all = noise(static_cast<int>(kTracks), kFrames);
    for (std::size_t n = 0; n < kTracks; ++n) {
      const auto name = folder / ("track-" + std::to_string(n));
      files.push_back(make_file(name, {all[n]}));
      wanted.emplace_back(all[n].begin(), all[n].end());
    }
  }
  void add_lanes(DiskReader& reader, int read_ahead) {
    for (std::size_t n = 0; n < kTracks; ++n)
      heard.push_back({reader.add_lane({{files[n], {0, 0}, 0, 0, kFrames}}, 1, 0, read_ahead), {}});
  }
  /// The others in full, block by block as they come; the one that hangs as audio would.
  void play(int frames, int block = 480) {
    for (int done = 0; done < frames; done += block)
      for (std::size_t n = 0; n < kTracks; ++n) {
        const bool came = n == kHung || comes_true([&] { return heard[n].feed->available() >= block; });
        ASSERT_TRUE(came) << "track " << n << " at frame " << heard[n].feed->consumed();
        heard[n].take(block);
      }
  }
  void expect_right() const {
    for (std::size_t n = 0; n < kTracks; ++n) EXPECT_EQ(heard[n].first_wrong(wanted[n]), -1) << "track " << n;
    for (std::size_t n = 0; n < kTracks; ++n) EXPECT_TRUE(n == kHung || heard[n].holes() == 0) << "track " << n;
  }
  bool full(std::size_t n) const { return heard[n].feed->available() > heard[n].feed->capacity() - 4096; }
  bool all_full() const {
    for (std::size_t n = 0; n < kTracks; ++n)
      if (!full(n)) return false;
    return true;
  }

  const TemporaryFolder folder;
  std::vector<std::shared_ptr<AudioFile>> files;
  std::vector<std::vector<float>> wanted;
  std::vector<Heard> heard;
};

TEST_F(EightTracks, GoOnWhileTheDiskOfOneDoesNotAnswer) {
  DiskReader reader;
  add_lanes(reader, 8192);
  reader.start();
  ASSERT_TRUE(comes_true([&] { return all_full(); }));
  const SlowReads hang(folder / "track-3", kHang);
  ASSERT_NO_FATAL_FAILURE(play(144'000));  // 3 s of sound out of feeds of 0.17 s
  EXPECT_EQ(slow_read_waiting(), 1) << "it blocks exactly one thread";
  EXPECT_GT(heard[kHung].holes(), 100'000);
  SlowReads::end();
  // It goes on where audio will be, and fills up again.
  ASSERT_TRUE(comes_true([&] {
    if (heard[kHung].feed->available() == 0) play(480);
    return full(kHung);
  }));
  ASSERT_NO_FATAL_FAILURE(play(48'000));
  expect_right();
  EXPECT_NE(std::ranges::find_if(heard[kHung].samples.begin() + 144'000, heard[kHung].samples.end(),
                                 [](float x) { return x != Heard::kHole; }),
            heard[kHung].samples.end());
}

TEST_F(EightTracks, ComeAtTheirPaceThroughDelaysOfAllLengths) {
  DiskReader reader;
  add_lanes(reader, 65536);
  reader.start();
  ASSERT_TRUE(comes_true([&] { return all_full(); }));
  const SlowReads delays(folder / "track-3", "0:0.05,3:0.4,6:2.5,9:0.01,12:0.1");
  constexpr int kBlock = 480;
  auto next = Clock::now();
  for (int done = 0; done < 240'000; done += kBlock) {
    for (Heard& lane : heard) lane.take(kBlock);
    std::this_thread::sleep_until(next += milliseconds(10));
    // A machine that stops for a moment stops the audio thread too.
    next = std::max(next, Clock::now() - milliseconds(100));
  }
  expect_right();
  EXPECT_GT(slow_read_count(), 6) << "the delay of 2.5 s came";
  EXPECT_GT(heard[kHung].holes(), 0) << "and was longer than the read-ahead";
  const auto problems = reader.take_problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, (folder / "track-3").string());
  EXPECT_THAT(problems[0].what, testing::HasSubstr("the disk did not answer for 2."));
}

TEST_F(EightTracks, NeedOneThreadForAllLanesOfAFileThatHangs) {
  DiskReader reader;
  add_lanes(reader, 8192);
  const SlowReads hang(folder / "track-3", kHang);
  constexpr int kMany = 200;  // more than all threads would take in hand
  std::vector<Heard> more;
  for (int n = 0; n < kMany; ++n)
    more.push_back({reader.add_lane({{files[kHung], {0, 0}, 0, n, 1000}}, 1, 0, 8192), {}});
  // Silent for as long as anybody looks: needs no disk, not even that one.
  more.push_back({reader.add_lane({{files[kHung], {0, 0}, 200'000, 0, 1000}}, 1, 0, 8192), {}});
  reader.start();
  ASSERT_NO_FATAL_FAILURE(play(30'000));
  for (int done = 0; done < 30'000; done += 480) {
    ASSERT_TRUE(comes_true([&] { return more.back().feed->available() >= 480; }));
    more.back().take(480);
  }
  EXPECT_EQ(slow_read_waiting(), 1);
  EXPECT_EQ(more.back().samples, std::vector<float>(more.back().samples.size(), 0.0f));
  EXPECT_EQ(more.front().feed->available(), 0);
  SlowReads::end();
  for (std::size_t n = 0; n < kMany; ++n) {
    ASSERT_TRUE(comes_true([&] { return more[n].feed->available() >= 4096; }));
    more[n].take(4096);
    for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(more[n].samples[i], wanted[kHung][n + i]);
    EXPECT_EQ(more[n].samples[1000], 0.0f);
  }
  expect_right();
}

TEST_F(EightTracks, GoOnWhileEveryFileHangsButOne) {
  DiskReader reader;
  add_lanes(reader, 8192);
  reader.start();
  ASSERT_TRUE(comes_true([&] { return all_full(); }));
  slow_read_plan("/track-", kHang);
  const SlowReads end_of_all("/track-", kHang);
  for (Heard& lane : heard) lane.take(8192);
  ASSERT_TRUE(comes_true([] { return slow_read_waiting() == static_cast<long>(kTracks); }));
  Heard late{reader.add_lane({{make_file(folder / "other", {noise(1, 9000)}), {0, 0}, 0, 0, 9000}}, 1, 0, 8192), {}};
  EXPECT_TRUE(comes_true([&] { return late.feed->available() >= 4096; }));
}

TEST_F(EightTracks, DoNotKeepTheReaderFromStopping) {
  DiskReader reader;
  add_lanes(reader, 8192);
  const SlowReads hang(folder / "track-3", kHang);
  reader.start();
  ASSERT_TRUE(comes_true([] { return slow_read_waiting() == 1; }));
  const auto begin = Clock::now();
  reader.stop();
  EXPECT_LT(Clock::now() - begin, milliseconds(500));
  EXPECT_EQ(slow_read_waiting(), 1) << "still stuck, and nobody's business";
  reader.start();
  ASSERT_NO_FATAL_FAILURE(play(30'000));
  EXPECT_EQ(slow_read_waiting(), 1) << "nobody else went into that file";
  SlowReads::end();
  ASSERT_TRUE(comes_true([&] {
    if (heard[kHung].feed->available() == 0) play(480);
    return full(kHung);
  }));
  ASSERT_NO_FATAL_FAILURE(play(10'000));
  expect_right();
}

TEST_F(EightTracks, MayAllGoWhileOneIsStuck) {
  const std::weak_ptr<AudioFile> hung = files[kHung];
  const SlowReads hang(folder / "track-3", kHang);
  auto reader = std::make_unique<DiskReader>();
  add_lanes(*reader, 8192);
  const std::weak_ptr<SourceFeed> feed = heard[kHung].feed;
  reader->start();
  ASSERT_TRUE(comes_true([] { return slow_read_waiting() == 1; }));
  heard.clear();
  files.clear();
  const auto begin = Clock::now();
  reader.reset();
  EXPECT_LT(Clock::now() - begin, milliseconds(500));
  EXPECT_FALSE(hung.expired()) << "a thread is in it";
  EXPECT_FALSE(feed.expired());
  SlowReads::end();
  EXPECT_TRUE(comes_true([&] { return hung.expired() && feed.expired(); }));
}

TEST_F(EightTracks, TellOnceOfADiskThatDoesNotAnswer) {
  DiskReader reader;
  add_lanes(reader, 8192);
  const SlowReads hang(folder / "track-3", kHang);
  reader.start();
  std::vector<Error> problems;
  ASSERT_TRUE(comes_true([&] {
    problems = reader.take_problems();
    return !problems.empty();
  }));
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, (folder / "track-3").string());
  EXPECT_THAT(problems[0].what, testing::HasSubstr("the disk has not answered for 1."));
  EXPECT_THAT(problems[0].mend, testing::Not(testing::IsEmpty()));
  SlowReads::end();
  ASSERT_TRUE(comes_true([&] { return all_full(); }));
  EXPECT_TRUE(reader.take_problems().empty());
}

TEST_F(EightTracks, MissNothingWhereTheCallerWaits) {
  for (const bool threads : {false, true}) {
    DiskReader reader;
    heard.clear();
    add_lanes(reader, 8192);
    if (threads) reader.start();
    const SlowReads delays(folder / "track-3", "1:0.05,4:0.3");
    for (int done = 0; done < 48'000; done += 1024) {
      ASSERT_TRUE(reader.wait_until_ready(1024));
      for (Heard& lane : heard) lane.take(1024);
    }
    EXPECT_GT(slow_read_count(), 4);
    expect_right();
    EXPECT_EQ(heard[kHung].holes(), 0);
  }
}

TEST_F(EightTracks, GoOnAtOnceWhereTheCallerWaitsAfterBeingLate) {
  for (const bool threads : {false, true}) {
    DiskReader reader;
    heard.clear();
    add_lanes(reader, 8192);
    for (Heard& lane : heard) lane.take(10'000);  // before anything was read
    if (threads) reader.start();
    ASSERT_TRUE(reader.wait_until_ready(2000));
    if (!threads) {
      for (Heard& lane : heard) {
        lane.take(2000);
        EXPECT_EQ(lane.holes(), 10'000);
      }
    }
    ASSERT_TRUE(reader.wait_until_ready(8192));
    // A thread that came before anybody waited may have gone on half a feed ahead, and audio takes what begins a block.
    for (int done = 0; done < 8192; done += 512)
      for (Heard& lane : heard) lane.take(512);
    EXPECT_NE(heard[kHung].samples.back(), Heard::kHole);
    for (std::size_t n = 0; n < kTracks; ++n) EXPECT_EQ(heard[n].first_wrong(wanted[n]), -1) << n;
  }
}

}  // namespace
}  // namespace busbar::test
