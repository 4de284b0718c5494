#include "engine/devices/offline_device.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>

namespace busbar::test {
namespace {

/// Hands its inputs to its outputs, and looks whether denormals are off.
struct Echo final : AudioCallback {
  void render(const DeviceBlock& block) noexcept override {
    ++calls;
    const volatile float tiny = std::numeric_limits<float>::min();
    denormals_off = tiny * 0.5f == 0.0f;
    for (std::size_t c = 0; c < block.outputs.size() && c < block.inputs.size(); ++c)
      std::copy_n(block.inputs[c], block.frames, block.outputs[c]);
  }
  int calls = 0;
  bool denormals_off = false;
};

struct Channels {
  std::array<float, 16> in{}, out{};
  std::array<const float*, 1> ins{in.data()};
  std::array<float*, 1> outs{out.data()};
};

TEST(OfflineDevice, RunsACallbackWithoutChannelsOnTheThreadThatAsks) {
  Echo echo;
  OfflineDevice device(echo);
  device.run(256);
  EXPECT_EQ(echo.calls, 1);
  EXPECT_TRUE(echo.denormals_off);
  EXPECT_EQ(device.counts().frames, 256);
}

TEST(OfflineDevice, HandsChannelsThroughAndCountsLikeASoundCard) {
  Echo echo;
  OfflineDevice device(DeviceFormat{.inputs = 1, .outputs = 1, .sample_rate = 44100.0});
  Channels channels;
  channels.in.fill(0.25f);
  ASSERT_TRUE(device.start(echo));
  device.run(16, channels.ins, channels.outs);
  EXPECT_EQ(channels.out[15], 0.25f);
  device.run(8, channels.ins, channels.outs, true);
  EXPECT_EQ(device.counts().callbacks, 2U);
  EXPECT_EQ(device.counts().flagged, 1U);
  EXPECT_EQ(device.counts().longest_block, 16);
  EXPECT_EQ(device.format().sample_rate, 44100.0);
  EXPECT_FALSE(device.thread().known);
}

TEST(OfflineDevice, IsSilentBeforeTheStartBehindTheStopAndWhenLost) {
  Echo echo;
  OfflineDevice device(DeviceFormat{.inputs = 1, .outputs = 1, .sample_rate = 48000.0});
  Channels channels;
  channels.in.fill(0.5f);
  const auto runs_silent = [&] {
    channels.out.fill(1.0f);
    device.run(16, channels.ins, channels.outs);
    return channels.out == std::array<float, 16>{};
  };
  EXPECT_TRUE(runs_silent());
  ASSERT_TRUE(device.start(echo));
  EXPECT_FALSE(runs_silent());
  device.stop();
  EXPECT_TRUE(runs_silent());
  ASSERT_TRUE(device.start(echo));
  EXPECT_TRUE(device.alive());
  device.lose();
  EXPECT_FALSE(device.alive());
  EXPECT_TRUE(runs_silent());
  device.abandon();
  EXPECT_FALSE(device.start(echo));
  EXPECT_EQ(echo.calls, 1);
}

}  // namespace
}  // namespace busbar::test
