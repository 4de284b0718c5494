#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <thread>

#include "engine/devices/audio_device.hpp"
#include "tests/support/jack_bench.hpp"

namespace busbar::test {

/// Waits for a condition, long enough for a machine that stalls. False if it never came.
inline bool comes_true(const std::function<bool()>& condition,
                       std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

inline double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Plays 0.25, or its first input if it is told to, on every output, and notes what blocks come; it can be told to be
/// slow.
struct Probe final : AudioCallback {
  void render(const DeviceBlock& block) noexcept override {
    shortest = std::min<int>(shortest, block.frames);
    longest = std::max<int>(longest, block.frames);
    outputs = static_cast<int>(block.outputs.size());
    inputs = static_cast<int>(block.inputs.size());
    for (float* out : block.outputs) {
      if (out == nullptr) continue;
      if (block.inputs.empty() || !echoes)
        std::fill_n(out, block.frames, 0.25f);
      else
        std::copy_n(block.inputs[0], block.frames, out);
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(busy_us);
    while (std::chrono::steady_clock::now() < until) {
    }
    ++calls;
  }
  std::atomic<bool> echoes{false};
  std::atomic<int> calls{0}, outputs{-1}, inputs{-1}, longest{0}, busy_us{0};
  std::atomic<int> shortest{std::numeric_limits<int>::max()};
};

/// A device of 2 inputs and 8 outputs at 48 kHz, in periods of 128.
class LiveDevice : public testing::Test {
 protected:
  void SetUp() override {
    // PortAudio cannot be used again once its server went away; ctest gives each test a process of its own.
    if (lost_one_) GTEST_SKIP() << "a test before lost its device in this process";
    server = std::make_unique<JackServer>(options);
    ASSERT_TRUE(server->running()) << server->why_not();
    testing::internal::CaptureStderr();
    captured_ = true;
  }
  void TearDown() override {
    if (!captured_) return;
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << "nothing may be written to stderr";
  }

  std::unique_ptr<AudioDevice> open(const DeviceRequest& request) {
    auto device = open_audio_device(request);
    if (device) return std::move(*device);
    ADD_FAILURE() << to_line(device.error());
    return nullptr;
  }
  static std::string refusal(const DeviceRequest& request) {
    const auto device = open_audio_device(request);
    return device ? "" : to_line(device.error());
  }

  JackServer::Options options;
  std::unique_ptr<JackServer> server;
  inline static bool lost_one_ = false;

 private:
  bool captured_ = false;
};

}  // namespace busbar::test
