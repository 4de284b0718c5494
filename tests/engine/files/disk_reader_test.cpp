#include "engine/files/disk_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/engine/files/lane_fixtures.hpp"

namespace busbar::test {
namespace {

/// Takes `frames` frames of one channel, in blocks, as a renderer would.
std::vector<float> take(DiskReader& reader, SourceFeed& feed, int frames, int block = 512, int channel = 0) {
  std::vector<float> out;
  while (static_cast<int>(out.size()) < frames) {
    const int want = std::min(block, frames - static_cast<int>(out.size()));
    EXPECT_TRUE(reader.wait_until_ready(want));
    for (int left = want; left > 0;) {
      const AudioBlock part = feed.front(left);
      const auto samples = part.channel(channel);
      out.insert(out.end(), samples.begin(), samples.end());
      feed.consume(part.frames());
      left -= part.frames();
    }
  }
  return out;
}

class Lanes : public testing::TestWithParam<int> {};  // number of threads; 0: not started

TEST_P(Lanes, PlayTheirClipsFromAnyStart) {
  const TemporaryFolder folder;
  const Samples a = noise(2, 20000);
  const Samples b = noise(3, 9000, 0.9);
  const auto file_a = make_file(folder / "a", a);
  const auto file_b = make_file(folder / "b", b, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
  const LaneClips clips{{file_a, {0, 1}, 100, 0, 5000},
                        {file_b, {2, 0}, 5100, 77, 4000},
                        {file_a, {1, 1}, 12000, 15000, 10000},  // beyond the end of its file
                        {file_b, {0, 1}, 40000, 0, 1}};
  for (const Frames from :
       {Frames{0}, Frames{99}, Frames{2500}, Frames{5100}, Frames{9500}, Frames{41000}, Frames{-50}}) {
    DiskReader reader(std::max(GetParam(), 1));
    if (GetParam() > 0) reader.start();
    const auto feed = reader.add_lane(clips, 2, from, 6000);
    const auto mono = reader.add_lane(clips, 1, from, 3000);
    for (const int block : {1000, 17}) {
      const Frames at = from + feed->consumed();
      std::vector<float> left, right, single;
      for (int done = 0; done < 22000; done += 1000) {
        // Both channels of a lane come in the same frames: look first, take afterwards.
        ASSERT_TRUE(reader.wait_until_ready(1000));
        for (int n = 0; n < 1000;) {
          const AudioBlock both = feed->front(std::min(block, 1000 - n));
          left.insert(left.end(), both.channel(0).begin(), both.channel(0).end());
          right.insert(right.end(), both.channel(1).begin(), both.channel(1).end());
          n += both.frames();
          feed->consume(both.frames());
        }
        for (int n = 0; n < 1000;) {
          const AudioBlock one = mono->front(1000 - n);
          single.insert(single.end(), one.channel(0).begin(), one.channel(0).end());
          n += one.frames();
          mono->consume(one.frames());
        }
      }
      ASSERT_EQ(left, expected(clips, {&a, &b, &a, &b}, 0, at, 22000));
      ASSERT_EQ(right, expected(clips, {&a, &b, &a, &b}, 1, at, 22000));
      ASSERT_EQ(single, left);
    }
    EXPECT_TRUE(reader.take_problems().empty());
  }
}

TEST_P(Lanes, OfOneFileDecodeItOnce) {
  const TemporaryFolder folder;
  const Samples samples = noise(32, 40960);
  const auto file = make_file(folder / "a", samples, SF_FORMAT_WAV | SF_FORMAT_PCM_24);
  DiskReader reader(std::max(GetParam(), 1));
  std::vector<std::shared_ptr<SourceFeed>> feeds;
  for (int c = 0; c < 32; ++c) feeds.push_back(reader.add_lane({{file, {c, c}, 0, 0, 40960}}, 1, 0, 16384));
  if (GetParam() > 0) reader.start();
  for (int block = 0; block < 40; ++block) {
    ASSERT_TRUE(reader.wait_until_ready(1024));
    for (std::size_t c = 0; c < 32; ++c) {
      const AudioBlock part = feeds[c]->front(1024);
      ASSERT_EQ(part.frames(), 1024);
      for (std::size_t i = 0; i < 1024; i += 100)
        ASSERT_NEAR(part.channel(0)[i], samples[c][static_cast<std::size_t>(block) * 1024 + i], 0x1p-23);
      feeds[c]->consume(1024);
    }
  }
  // Only one thread at a time is in a file, so the lanes stay within the pages that it keeps.
  EXPECT_EQ(file->pages_decoded(), 10);
}

INSTANTIATE_TEST_SUITE_P(Threads, Lanes, testing::Values(0, 1, 3));

TEST(DiskReader, GoesOnWithSilenceAfterAnErrorAndTellsItOnce) {
  const TemporaryFolder folder;
  const Samples samples = noise(2, 40000);
  const auto file = make_file(folder / "a", samples);
  std::filesystem::resize_file(folder / "a", 200000);  // cut off while it is open
  DiskReader reader;
  const auto feed = reader.add_lane({{file, {0, 0}, 0, 0, 40000}}, 1, 0, 8192);
  const auto other = reader.add_lane({{file, {1, 1}, 0, 0, 40000}}, 1, 0, 65536);
  reader.start();
  const auto got = take(reader, *feed, 50000);
  for (std::size_t i = 0; i < 20480; ++i) ASSERT_EQ(got[i], static_cast<float>(samples[0][i])) << i;
  for (std::size_t i = 24576 + 4096; i < got.size(); ++i) ASSERT_EQ(got[i], 0.0f) << i;
  const auto problems = reader.take_problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, (folder / "a").string());
  EXPECT_THAT(problems[0].what, testing::HasSubstr("frame "));
  EXPECT_TRUE(reader.take_problems().empty());
}

TEST(DiskReader, FillsFeedsOnItsOwnWhileSomeoneElsePlays) {
  const TemporaryFolder folder;
  const Samples samples = noise(1, 200000);
  const auto file = make_file(folder / "a", samples, SF_FORMAT_FLAC | SF_FORMAT_PCM_24);
  DiskReader reader(2);
  std::vector<std::shared_ptr<SourceFeed>> feeds;
  for (int n = 0; n < 8; ++n) feeds.push_back(reader.add_lane({{file, {0, 0}, 0, n, 200000}}, 1, 0, 8192));
  reader.start();
  std::thread audio([&] {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (Frames at = 0; at < 150000;) {
      const bool ready = std::ranges::all_of(feeds, [](const auto& feed) { return feed->available() >= 128; });
      if (!ready) {
        std::this_thread::yield();
        if (std::chrono::steady_clock::now() < deadline) continue;
        ADD_FAILURE() << "starved at " << at;
        return;
      }
      for (std::size_t n = 0; n < feeds.size(); ++n) {
        const AudioBlock part = feeds[n]->front(128);
        ASSERT_NEAR(part.channel(0)[0], samples[0][static_cast<std::size_t>(at) + n], 0x1p-23);
        feeds[n]->consume(128);
      }
      at += 128;
    }
  });
  audio.join();
  reader.stop();
  EXPECT_TRUE(reader.take_problems().empty());
}

TEST(DiskReader, StopsAndStartsAndEndsInAnyState) {
  const TemporaryFolder folder;
  const Samples samples = noise(1, 30000);
  const auto file = make_file(folder / "a", samples);
  { const DiskReader never_started; }
  {
    DiskReader reader;
    reader.start();
  }
  DiskReader reader(2);
  const auto feed = reader.add_lane({{file, {0, 0}, 0, 0, 30000}}, 1, 0, 4096);
  std::vector<float> got;
  for (int n = 0; n < 20; ++n) {
    reader.start();
    const auto part = take(reader, *feed, 1500);
    got.insert(got.end(), part.begin(), part.end());
    reader.stop();
  }
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], static_cast<float>(samples[0][i]));
}

TEST(DiskReader, LetsGoOfALaneThatNobodyHolds) {
  const TemporaryFolder folder;
  auto file = make_file(folder / "a", noise(1, 30000));
  const std::weak_ptr<AudioFile> watch = file;
  DiskReader reader;
  reader.start();
  auto feed = reader.add_lane({{std::move(file), {0, 0}, 0, 0, 30000}}, 1, 0, 4096);
  ASSERT_TRUE(reader.wait_until_ready(4096));
  feed.reset();
  for (int n = 0; n < 2000 && !watch.expired(); ++n) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(watch.expired());
  EXPECT_TRUE(reader.wait_until_ready(100));
}

TEST(DiskReader, RefusesToWaitForMoreThanAFeedHolds) {
  DiskReader reader;
  const auto feed = reader.add_lane(LaneClips{}, 1, 0, 1024);
  EXPECT_FALSE(reader.wait_until_ready(1025));
  EXPECT_TRUE(reader.wait_until_ready(1024));
}

TEST(DiskReader, ServesFeedsOfAnySize) {
  const TemporaryFolder folder;
  const Samples samples = noise(1, 20000);
  const auto file = make_file(folder / "a", samples);
  for (const int ahead : {1, 2, 16, 100, 5000}) {
    DiskReader reader;
    const auto feed = reader.add_lane({{file, {0, 0}, 0, 0, 20000}}, 1, 0, ahead);
    const auto got = take(reader, *feed, 9000, std::min(ahead, 64));
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], static_cast<float>(samples[0][i])) << ahead;
  }
}

}  // namespace
}  // namespace busbar::test
