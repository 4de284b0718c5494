#include "engine/devices/stream_side.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <thread>

namespace busbar::test {
namespace {

using testing::Each;
using testing::ElementsAre;

/// Writes the number of each frame since the start, and notes the blocks.
struct Counting final : AudioCallback {
  Counting() { blocks.reserve(64); }
  void render(const DeviceBlock& block) noexcept override {
    blocks.push_back(block.frames);
    inputs = block.inputs.size();
    for (float* out : block.outputs)
      if (out != nullptr) std::iota(out, out + block.frames, static_cast<float>(at));
    at += block.frames;
  }
  std::vector<int> blocks;
  std::size_t inputs = 99;
  int at = 0;
};

TEST(StreamSide, CutsACallbackThatIsLongerThanAnyBlock) {
  StreamSide side(0, 2);
  Counting counting;
  side.connect(counting);
  std::vector<float> left(20000), right(20000);
  float* outs[] = {left.data(), right.data()};
  side.run(nullptr, outs, 20000, false);
  EXPECT_THAT(counting.blocks, ElementsAre(8192, 8192, 20000 - 2 * 8192));
  for (std::size_t n = 0; n < left.size(); ++n) ASSERT_EQ(right[n], static_cast<float>(n));
  EXPECT_EQ(side.counts().callbacks, 1U) << "one of the device's, however it was cut";
  EXPECT_EQ(side.counts().frames, 20000);
  EXPECT_EQ(side.counts().longest_block, 20000);
}

TEST(StreamSide, TakesChannelsThatAreNotThere) {
  StreamSide side(2, 2);
  Counting counting;
  side.connect(counting);
  std::vector<float> only(64);
  float* outs[] = {nullptr, only.data()};
  side.run(nullptr, outs, 64, false);
  EXPECT_EQ(counting.inputs, 0U);
  EXPECT_EQ(only[63], 63.0f);
  side.run(nullptr, nullptr, 64, false);
  EXPECT_EQ(side.counts().callbacks, 2U);
}

TEST(StreamSide, WritesSilenceAndCountsNothingOnceDisconnected) {
  StreamSide side(0, 1);
  Counting counting;
  side.connect(counting);
  std::vector<float> out(64, 1.0f);
  float* outs[] = {out.data()};
  side.run(nullptr, outs, 64, true);
  side.disconnect();
  side.run(nullptr, outs, 64, true);
  EXPECT_THAT(out, Each(0.0f));
  EXPECT_EQ(side.counts().callbacks, 1U);
  EXPECT_EQ(side.counts().flagged, 1U);
  EXPECT_THAT(counting.blocks, ElementsAre(64));
}

TEST(StreamSide, KnowsTheThreadOfItsCallbacks) {
  StreamSide side(0, 0);
  EXPECT_FALSE(side.thread());
  std::thread([&] { side.run(nullptr, nullptr, 1, false); }).join();
  ASSERT_TRUE(side.thread());
  EXPECT_FALSE(pthread_equal(*side.thread(), pthread_self()));
}

// The callback writes to plain memory that is taken away right behind: the thread sanitizer sees any that overlaps.
TEST(StreamSide, CallsNobodyAnyMoreOnceDisconnectHasReturned) {
  for (int round = 0; round < 200; ++round) {
    StreamSide side(0, 0);
    auto counting = std::make_unique<Counting>();
    counting->blocks.reserve(100000);
    side.connect(*counting);
    std::atomic<bool> ending{false};
    std::atomic<int> runs{0};
    std::thread audio([&] {
      while (!ending && runs < 90000) {
        side.run(nullptr, nullptr, 1, false);
        ++runs;
      }
    });
    while (runs < 3) std::this_thread::yield();
    side.disconnect();
    counting.reset();
    ending = true;
    audio.join();
  }
}

}  // namespace
}  // namespace busbar::test
