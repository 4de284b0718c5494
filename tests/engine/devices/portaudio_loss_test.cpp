#include <gmock/gmock.h>

#include <csignal>

#include "tests/engine/devices/live_fixture.hpp"

namespace busbar::test {
namespace {

using testing::HasSubstr;

// What is promised is 100 ms; the rest is for a machine that stands still for a while.
constexpr auto kNoticed = std::chrono::milliseconds(400);
constexpr double kAtOnce = 0.4;

/// A server that is about to go away, with a device that plays.
class LostDevice : public LiveDevice {
 protected:
  void SetUp() override {
    LiveDevice::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    device = open({});
    ASSERT_NE(device, nullptr);
    ASSERT_TRUE(device->start(probe));
    ASSERT_TRUE(comes_true([&] { return probe.calls > 20; }));
    lost_one_ = true;
  }
  void expect_nothing_opens() {
    EXPECT_THAT(refusal({}), HasSubstr("start Busbar again"));
    EXPECT_TRUE(list_audio_devices().empty());
  }

  Probe probe;
  std::unique_ptr<AudioDevice> device;
};

TEST_F(LostDevice, SaysSoWhenItsServerIsKilledAndIsLetGoOfAtOnce) {
  server->kill(SIGKILL);
  EXPECT_TRUE(comes_true([&] { return !device->alive(); }, kNoticed));
  EXPECT_LT(seconds_of([&] { device->abandon(); }), kAtOnce);
  EXPECT_FALSE(device->alive());
  const auto counts = device->counts();
  EXPECT_GT(counts.callbacks, 20U) << "what was counted stays";
  expect_nothing_opens();
  EXPECT_LT(seconds_of([&] { device.reset(); }), kAtOnce);
}

TEST_F(LostDevice, StandsStillWhenItsServerIsStoppedAndIsLetGoOfAtOnce) {
  server->kill(SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto before = device->counts().callbacks;
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(device->counts().callbacks, before);
  EXPECT_LT(seconds_of([&] { device->abandon(); }), kAtOnce);
  server->kill(SIGCONT);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(device->counts().callbacks, before) << "what comes late reaches nobody";
  EXPECT_EQ(static_cast<std::uint64_t>(probe.calls), before);
  expect_nothing_opens();
}

TEST_F(LostDevice, PlaysSilenceOnceAbandonedThoughItsServerGoesOn) {
  JackRecorder recorder(*server, {"busbar:out_0"});
  ASSERT_TRUE(comes_true([&] { return recorder.frames() > 4800; }));
  device->abandon();
  const int calls = probe.calls;
  const auto until = recorder.frames() + 9600;
  ASSERT_TRUE(comes_true([&] { return recorder.frames() > until; }));
  const Channels recorded = recorder.stop();
  EXPECT_EQ(recorded[0].front(), 0.25f);
  EXPECT_EQ(recorded[0].back(), 0.0f);
  EXPECT_EQ(probe.calls, calls);
}

TEST_F(LostDevice, IsNotWaitedForWhenStopFindsItsServerGone) {
  server->kill(SIGKILL);
  EXPECT_LT(seconds_of([&] { device->stop(); }), 1.0 + kAtOnce);
  EXPECT_FALSE(device->alive());
}

TEST_F(LostDevice, IsNotWaitedForWhenStopFindsItsServerStopped) {
  server->kill(SIGSTOP);
  EXPECT_LT(seconds_of([&] { device->stop(); }), 1.0 + kAtOnce);
  EXPECT_FALSE(device->alive());
  server->kill(SIGKILL);  // what was left waiting wakes up now, and must do no harm
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  expect_nothing_opens();
}

TEST_F(LostDevice, DoesNoHarmWhenItsServerDiesWhileItIsBeingClosed) {
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    server->kill(SIGKILL);
  });
  EXPECT_LT(seconds_of([&] { device->stop(); }), 1.0 + kAtOnce);
  killer.join();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

}  // namespace
}  // namespace busbar::test
