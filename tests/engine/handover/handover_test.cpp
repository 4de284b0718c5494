#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "engine/handover/change_ring.hpp"
#include "engine/handover/event_ring.hpp"
#include "engine/handover/meter_board.hpp"
#include "engine/handover/plan_mailbox.hpp"
#include "engine/handover/source_feed.hpp"

namespace busbar {
namespace {

struct CountedPlan {
  static inline std::atomic<int> alive{0};
  int number;
  explicit CountedPlan(int n) : number(n) { ++alive; }
  ~CountedPlan() { --alive; }
};

TEST(PlanMailbox, HandsOnEveryPlanInOrderAndGivesEachBack) {
  {
    PlanMailbox<CountedPlan> mailbox;
    std::atomic<bool> done{false};
    std::thread audio([&] {
      int newest = 0;
      while (!done.load()) {
        if (mailbox.next() == nullptr) continue;
        ASSERT_EQ(mailbox.take_over()->number, newest + 1);
        ASSERT_EQ(mailbox.current()->number, ++newest);
        mailbox.give_back();
      }
    });
    for (int n = 1; n <= 20000; ++n) {
      auto plan = std::make_unique<CountedPlan>(n);
      while (!mailbox.post(plan)) {
        while (mailbox.take_used() != nullptr) {
        }
        std::this_thread::yield();
      }
    }
    done = true;
    audio.join();
    EXPECT_LE(CountedPlan::alive.load(), 50);
  }
  EXPECT_EQ(CountedPlan::alive.load(), 0);
}

TEST(ChangeRing, BatchesArriveWholeAndInOrder) {
  ChangeRing ring(256);
  constexpr std::uint64_t kBatches = 20000;
  std::thread audio([&] {
    for (std::uint64_t expected = 1; expected <= kBatches;) {
      const ChangeRing::Batch* batch = ring.next();
      if (batch == nullptr) continue;
      ASSERT_EQ(batch->number, expected);
      ASSERT_EQ(batch->count, expected % 7 + 1);
      for (std::size_t n = 0; n < batch->count; ++n) ASSERT_EQ(ring.change(n).slot, expected + n);
      ring.drop();
      ++expected;
    }
  });
  for (std::uint64_t number = 1; number <= kBatches; ++number) {
    std::vector<Change> changes(number % 7 + 1);
    for (std::size_t n = 0; n < changes.size(); ++n) changes[n].slot = static_cast<std::uint32_t>(number + n);
    while (!ring.post({.number = number}, changes)) std::this_thread::yield();
  }
  audio.join();
}

TEST(ChangeRing, RefusesABatchThatDoesNotFitWhole) {
  ChangeRing ring(8);
  EXPECT_TRUE(ring.post({}, std::vector<Change>(6)));
  EXPECT_FALSE(ring.post({}, std::vector<Change>(3)));
  ring.drop();
  EXPECT_TRUE(ring.post({}, std::vector<Change>(3)));
}

TEST(EventRing, LosesNothingThatControlWaitsForHoweverLongItSleeps) {
  EventRing events(1024);
  using Kind = Event::Kind;
  for (std::uint64_t n = 0; n < 5000; ++n) events.tell({.kind = Kind::ceiling, .number = n});
  EXPECT_EQ(events.lost(), 5000u - 512u);
  std::uint64_t landed = 0;
  for (; events.has_room_for_batch(); ++landed) events.tell({.kind = Kind::batch_landed, .number = landed});
  EXPECT_EQ(landed, 256u);
  for (std::uint64_t n = 0; n < 64; ++n) {
    events.tell({.kind = Kind::plan_adopted, .number = n});
    events.tell({.kind = Kind::rolled, .number = n});
    events.tell({.kind = Kind::reel_done, .number = n});
  }
  EXPECT_EQ(events.lost(), 5000u - 512u);
  std::uint64_t awaited = 0;
  for (Event event; events.take(event);) awaited += is_awaited(event.kind) ? 1u : 0u;
  EXPECT_EQ(awaited, 256u + 3u * 64u);
  EXPECT_TRUE(events.has_room_for_batch());
}

TEST(MeterBoard, NeverShowsHalfOfTwoReadings) {
  MeterBoard board(1);
  std::atomic<bool> done{false};
  const auto look = [&] {
    while (!done.load()) {
      const MeterReading reading = board.read(0);
      const double n = reading.peak[0];
      ASSERT_EQ(reading.peak[1], n);
      ASSERT_EQ(reading.square_sum[1], n);
      ASSERT_EQ(static_cast<double>(reading.frames), n);
    }
  };
  std::thread viewer(look), other(look);
  for (int n = 1; n <= 100000; ++n) {
    const double x = n;
    board.write(0, {.peak = {x, x}, .highest = {x, x}, .square_sum = {x, x}, .overs = 0, .frames = n});
  }
  done = true;
  viewer.join();
  other.join();
}

TEST(SourceFeed, CarriesEverySampleOnceAndInOrder) {
  SourceFeed feed(2, 1000);
  constexpr int kFrames = 500000;
  std::thread reader([&] {
    for (int n = 0; n < kFrames;) {
      const AudioBlock block = feed.back(std::min(333, kFrames - n));
      for (int i = 0; i < block.frames(); ++i) {
        block.channel(0)[static_cast<std::size_t>(i)] = static_cast<float>(n + i);
        block.channel(1)[static_cast<std::size_t>(i)] = -static_cast<float>(n + i);
      }
      feed.publish(block.frames());
      n += block.frames();
    }
  });
  for (int n = 0; n < kFrames;) {
    const AudioBlock block = feed.front(64);
    for (int i = 0; i < block.frames(); ++i) {
      ASSERT_EQ(block.channel(0)[static_cast<std::size_t>(i)], static_cast<float>(n + i));
      ASSERT_EQ(block.channel(1)[static_cast<std::size_t>(i)], -static_cast<float>(n + i));
    }
    feed.consume(block.frames());
    n += block.frames();
  }
  reader.join();
}

}  // namespace
}  // namespace busbar
