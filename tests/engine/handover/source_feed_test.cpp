#include "engine/handover/source_feed.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <thread>

namespace busbar {
namespace {

/// What both channels of a frame carry: exact as float.
float left_of(Frames frame) { return static_cast<float>(frame % (1 << 24)); }
float right_of(Frames frame) { return -left_of(frame); }

void write(SourceFeed& feed, int frames) {
  while (frames > 0) {
    const Frames at = feed.written();
    const AudioBlock block = feed.back(frames);
    if (block.frames() == 0) return;
    for (int i = 0; i < block.frames(); ++i) {
      block.channel(0)[static_cast<std::size_t>(i)] = left_of(at + i);
      block.channel(1)[static_cast<std::size_t>(i)] = right_of(at + i);
    }
    feed.publish(block.frames());
    frames -= block.frames();
  }
}

/// Takes what is there of `frames` and goes on by all of them. Returns how many were there; -1 if one was wrong.
int read(SourceFeed& feed, int frames) {
  int done = 0;
  while (done < frames) {
    const Frames at = feed.consumed();
    const AudioBlock block = feed.front(frames - done);
    if (block.frames() == 0) break;
    for (int i = 0; i < block.frames(); ++i)
      if (block.channel(0)[static_cast<std::size_t>(i)] != left_of(at + i) ||
          block.channel(1)[static_cast<std::size_t>(i)] != right_of(at + i))
        return -1;
    feed.consume(block.frames());
    done += block.frames();
  }
  feed.consume(frames - done);
  return done;
}

TEST(SourceFeed, KeepsToTimeWhileNothingComes) {
  SourceFeed feed(2, 64);
  write(feed, 10);
  EXPECT_EQ(read(feed, 30), 10);
  EXPECT_EQ(feed.consumed(), 30);
  EXPECT_EQ(feed.available(), 0);
  EXPECT_EQ(feed.front(10).frames(), 0);
  EXPECT_EQ(feed.room(), 64) << "what is too late is in nobody's way";
  write(feed, 15);
  EXPECT_EQ(feed.available(), 0) << "frames 10 to 25 are too late";
  write(feed, 15);
  EXPECT_EQ(feed.available(), 10);
  EXPECT_EQ(read(feed, 10), 10);
}

TEST(SourceFeed, ShowsNothingBeforeTheFrameItSkippedTo) {
  SourceFeed feed(2, 64);
  write(feed, 10);
  EXPECT_EQ(read(feed, 30), 10);
  feed.skip_to(50);
  EXPECT_EQ(feed.written(), 50);
  EXPECT_EQ(feed.room(), 44) << "the hole takes room, so that frame n stays at its place";
  write(feed, 100);
  EXPECT_EQ(feed.written(), 94);
  for (int at = 30; at < 50; at += 5) {
    EXPECT_EQ(feed.available(), 0) << at;
    EXPECT_EQ(read(feed, 5), 0) << at;
  }
  EXPECT_EQ(feed.available(), 44);
  EXPECT_EQ(read(feed, 44), 44);
}

TEST(SourceFeed, SkipsAgainWhenItWasTooLateAgain) {
  SourceFeed feed(2, 16);
  for (Frames lap = 0; lap < 50; ++lap) {
    EXPECT_EQ(read(feed, 21), 0);
    feed.skip_to(feed.consumed() + 3);
    write(feed, 16);
    EXPECT_EQ(read(feed, 3), 0);
    EXPECT_EQ(read(feed, 20), 13);
  }
  EXPECT_EQ(feed.consumed(), 50 * 44);
}

TEST(SourceFeed, BeginsAnewAtFrameZero) {
  SourceFeed feed(2, 32);
  write(feed, 20);
  EXPECT_EQ(read(feed, 40), 20);
  feed.skip_to(60);
  write(feed, 10);
  feed.restart();
  EXPECT_EQ(feed.written(), 0);
  EXPECT_EQ(feed.consumed(), 0);
  EXPECT_EQ(feed.available(), 0);
  EXPECT_EQ(feed.room(), 32);
  write(feed, 32);
  EXPECT_EQ(read(feed, 32), 32);
}

struct Numbers {
  explicit Numbers(std::uint32_t seed) : state(seed) {}
  int below(int limit) {
    state = state * 1664525u + 1013904223u;
    return static_cast<int>((state >> 8) % static_cast<std::uint32_t>(limit));
  }
  std::uint32_t state;
};

/// The reader keeps to time for a while, whatever there is, and then waits for data for a while, so that on any
/// machine both happen: holes, and laps of the ring without one.
TEST(SourceFeed, CarriesEachFrameAtItsNumberBetweenTwoThreadsHoweverLateTheyAre) {
  constexpr Frames kFrames = 400'000;
  SourceFeed feed(2, 1000);
  feed.consume(100);  // the first skip is certain
  std::int64_t skips = 0;
  std::thread disk([&] {
    Numbers numbers(1);
    while (feed.consumed() < kFrames) {
      if (const Frames consumed = feed.consumed(); consumed > feed.written()) {
        feed.skip_to(consumed + numbers.below(400));
        ++skips;
      }
      write(feed, 1 + numbers.below(300));
      if (numbers.below(50) == 0) std::this_thread::yield();
    }
  });
  Numbers numbers(2);
  Frames came = 0;
  bool wrong = false;
  while (feed.consumed() < kFrames && !wrong) {
    const bool in_time = feed.consumed() / 5000 % 2 == 0;
    const int frames = 1 + numbers.below(in_time ? 700 : 64);
    while (!in_time && feed.available() < frames) {
      // The writer skipped at most 400 frames ahead; to get there takes time to go on.
      if (feed.written() > feed.consumed() + frames) feed.consume(1);
      std::this_thread::yield();
    }
    const int got = read(feed, frames);
    wrong = got < 0;
    came += got;
  }
  feed.consume(static_cast<int>(kFrames));  // ends the other thread in any case
  disk.join();
  EXPECT_FALSE(wrong) << "before frame " << feed.consumed() - kFrames;
  EXPECT_GE(skips, 1);
  EXPECT_GT(came, kFrames / 4);
}

}  // namespace
}  // namespace busbar
