#include <gtest/gtest.h>

#include <sys/resource.h>

#include <set>

#include "tests/engine/files/lane_fixtures.hpp"

namespace busbar::test {
namespace {

constexpr int kFourSeconds = 4 * 48000;

TEST(DiskReader, FillsSixtyFourLanesOfSixtyFourFiles) {
  const TemporaryFolder folder;
  constexpr int kFrames = kFourSeconds + 70'000;
  const Samples samples = noise(1, kFrames);
  write_sound(folder / "a", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 48000, samples);
  DiskReader reader;
  reader.start();
  std::vector<Heard> lanes;
  for (int n = 0; n < 64; ++n) {
    const auto name = folder / std::to_string(n);
    std::filesystem::copy_file(folder / "a", name);
    lanes.push_back({reader.add_lane({{open_file(name), {0, 0}, 0, n, kFrames}}, 1, 0, kFourSeconds), {}});
  }
  ASSERT_TRUE(comes_true([&] {
    return std::ranges::all_of(lanes, [](const Heard& lane) { return lane.feed->available() >= kFourSeconds; });
  }));
  for (std::size_t n = 0; n < lanes.size(); ++n) {
    lanes[n].take(kFourSeconds);
    for (std::size_t i = 0; i < lanes[n].samples.size(); i += 7)
      ASSERT_NEAR(lanes[n].samples[i], samples[0][n + i], 0x1p-15) << n << " " << i;
  }
  EXPECT_TRUE(reader.take_problems().empty());
}

TEST(DiskReader, CostsNothingWhileAllIsRead) {
  const TemporaryFolder folder;
  const auto cpu = [] {
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    const auto time = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return time(use.ru_utime) + time(use.ru_stime);
  };
  write_sound(folder / "a", kFloatWav, 48000, noise(1, 30'000));
  DiskReader reader;
  std::vector<std::shared_ptr<SourceFeed>> feeds;
  for (int n = 0; n < 40; ++n)
    feeds.push_back(reader.add_lane({{open_file(folder / "a"), {0, 0}, 0, 0, 30'000}}, 1, 0, 16384));
  reader.start();
  ASSERT_TRUE(comes_true(
      [&] { return std::ranges::all_of(feeds, [](const auto& feed) { return feed->available() > 16384 - 4096; }); }));
  const double before = cpu();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_LT(cpu() - before, 0.2);
}

TEST(DiskReader, JumpsTwoHundredTimesInTheSameMemory) {
  constexpr std::size_t kTracks = 8;
  constexpr int kFrames = 60'000;
  const TemporaryFolder folder;
  const Samples samples = noise(kTracks, kFrames);
  std::vector<std::vector<float>> wanted;
  std::vector<std::shared_ptr<const LaneClips>> clips;
  for (std::size_t n = 0; n < kTracks; ++n) {
    const auto file = make_file(folder / std::to_string(n), {samples[n]});
    clips.push_back(std::make_shared<const LaneClips>(LaneClips{{file, {0, 0}, 0, 0, kFrames}}));
    wanted.emplace_back(samples[n].begin(), samples[n].end());
    wanted.back().resize(kFrames + 200'000);
  }
  DiskReader reader;
  reader.start();
  std::set<std::weak_ptr<SourceFeed>, std::owner_less<>> feeds;  // all that there ever were
  std::vector<Heard> playing;
  Noise random(5);
  for (int jump = 0; jump < 200; ++jump) {
    const auto to = static_cast<Frames>((random.next() + 1.0) * 30'000);
    std::vector<Heard> next;
    for (std::size_t n = 0; n < kTracks; ++n) {
      next.push_back({reader.add_lane(clips[n], 1, to, 16384), {}});
      feeds.insert(next.back().feed);
    }
    for (Heard& lane : playing) lane.take(200);  // goes on until the new ones have enough
    for (std::size_t n = 0; n < kTracks; ++n) {
      ASSERT_TRUE(comes_true([&] { return next[n].feed->available() >= 2000; })) << jump;
      next[n].take(2000);
      const std::vector<float> there(wanted[n].begin() + to, wanted[n].begin() + to + 2000);
      ASSERT_EQ(next[n].samples, there) << "jump " << jump << " to " << to;
    }
    playing = std::move(next);
  }
  const auto alive = std::ranges::count_if(feeds, [](const auto& feed) { return !feed.expired(); });
  // Those that play, those that just ended, and what was in a thread's hands when it was asked for.
  EXPECT_LE(alive, static_cast<std::ptrdiff_t>(5 * kTracks));
  EXPECT_LE(feeds.size(), 8 * kTracks) << "feeds are used again";
}

TEST(DiskReader, LeavesAFeedAloneThatSomeoneIsStillWriting) {
  const TemporaryFolder folder;
  const auto file = make_file(folder / "hung", {noise(1, 30'000)});
  const Samples samples = noise(2, 30'000);
  const auto good = make_file(folder / "good", {samples[1]});
  DiskReader reader;
  auto feed = reader.add_lane({{file, {0, 0}, 0, 0, 30'000}}, 1, 0, 8192);
  const std::weak_ptr<SourceFeed> stuck = feed;
  const SlowReads hang(folder / "hung", kHang);
  reader.start();
  ASSERT_TRUE(comes_true([] { return slow_read_waiting() == 1; }));
  feed.reset();
  std::vector<Heard> lanes;
  for (int n = 0; n < 4; ++n) {
    lanes.push_back({reader.add_lane({{good, {0, 0}, 0, 0, 30'000}}, 1, 0, 8192), {}});
    EXPECT_NE(lanes.back().feed, stuck.lock());
  }
  SlowReads::end();
  for (Heard& lane : lanes) {
    for (int done = 0; done < 24'000; done += 480) {
      ASSERT_TRUE(comes_true([&] { return lane.feed->available() >= 480; }));
      lane.take(480);
    }
    EXPECT_EQ(lane.first_wrong({samples[1].begin(), samples[1].end()}), -1);
  }
  // Now it is free, and the next one of its size.
  ASSERT_TRUE(comes_true([&] { return stuck.use_count() == 1; }));
  EXPECT_TRUE(comes_true([&] { return reader.add_lane(LaneClips{}, 1, 0, 8192) == stuck.lock(); }));
}

}  // namespace
}  // namespace busbar::test
