#include <gmock/gmock.h>

#include "engine/devices/midi_ports.hpp"
#include "engine/devices/platform.hpp"
#include "tests/engine/devices/live_fixture.hpp"

namespace busbar::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST_F(LiveDevice, IsListedAsTheDefaultWithItsChannelsAndRate) {
  const auto devices = list_audio_devices();
  const auto found = std::ranges::find(devices, std::string("system"), &DeviceInfo::name);
  ASSERT_NE(found, devices.end());
  EXPECT_EQ(found->host, "JACK");
  EXPECT_EQ(found->inputs, 2);
  EXPECT_EQ(found->outputs, 8);
  EXPECT_EQ(found->default_rate, 48000.0);
  EXPECT_TRUE(found->is_default);
  EXPECT_EQ(std::ranges::count_if(devices, &DeviceInfo::is_default), 1);
  for (const MidiPort& port : list_midi_ports()) EXPECT_FALSE(port.name.empty());
}

TEST_F(LiveDevice, OpensByNoNameHostNameOrPartInAnyCase) {
  for (const char* name : {"", "JACK:system", "jack", "System", "YST", "Jack:Syst"}) {
    const auto device = open({.name = name, .sample_rate = 48000.0});
    ASSERT_NE(device, nullptr) << name;
    EXPECT_EQ(device->format().host, "JACK");
    EXPECT_EQ(device->format().name, "system");
    EXPECT_EQ(device->format().outputs, 8) << "all that JACK has, so that another routing needs no other stream";
    EXPECT_EQ(device->format().inputs, 2) << "all that JACK has, for tracks to come";
    EXPECT_EQ(device->format().sample_rate, 48000.0);
    EXPECT_TRUE(device->alive());
  }
}

TEST_F(LiveDevice, RefusesAnUnknownNameAndMoreOutputsThanItHas) {
  EXPECT_THAT(refusal({.name = "tascam"}), AllOf(HasSubstr("tascam"), HasSubstr("JACK:system"), Not(HasSubstr("\n"))));
  EXPECT_THAT(refusal({.outputs = 9}), AllOf(HasSubstr("JACK:system"), HasSubstr("8 outputs"), HasSubstr("9")));
  EXPECT_NE(open({.outputs = 8}), nullptr);
}

TEST_F(LiveDevice, IsOpenedAtItsOwnRateWhenItCannotHaveAnother) {
  for (const double rate : {44100.0, 96000.0, 0.0}) {
    const auto device = open({.sample_rate = rate});
    ASSERT_NE(device, nullptr);
    EXPECT_EQ(device->format().sample_rate, 48000.0);
  }
}

TEST_F(LiveDevice, DeliversBlocksOfTheLengthAskedFor) {
  for (const int block : {64, 128, 1000, 8192}) {
    Probe probe;
    const auto device = open({.block = block});
    ASSERT_NE(device, nullptr);
    EXPECT_EQ(device->format().block, block);
    ASSERT_TRUE(device->start(probe));
    EXPECT_TRUE(comes_true([&] { return probe.calls >= 3; })) << block;
    device->stop();
    EXPECT_EQ(probe.shortest, block);
    EXPECT_EQ(probe.longest, block);
    EXPECT_EQ(device->counts().longest_block, block);
    EXPECT_EQ(device->counts().frames, static_cast<Frames>(device->counts().callbacks) * block);
  }
}

TEST_F(LiveDevice, RunsInPeriodsOfItsOwnUnlessToldAndWithAllOutputs) {
  Probe probe;
  const auto device = open({.outputs = 2});
  ASSERT_TRUE(device->start(probe));
  EXPECT_TRUE(comes_true([&] { return probe.calls >= 3; }));
  device->stop();
  EXPECT_EQ(probe.longest, 128);
  EXPECT_EQ(probe.outputs, 8);
  EXPECT_EQ(probe.inputs, 2);
}

TEST_F(LiveDevice, CarriesItsInputToItsOutputsUnchanged) {
  Probe probe;
  probe.echoes = true;
  const auto device = open({.inputs = 1});
  ASSERT_NE(device, nullptr);
  EXPECT_EQ(device->format().inputs, 2) << "all that JACK has";
  JackRecorder recorder(*server, {"busbar:out_0", "busbar:out_7"});
  ASSERT_TRUE(recorder.running());
  ASSERT_TRUE(device->start(probe));
  ASSERT_TRUE(comes_true([&] { return recorder.connected(); }));
  std::vector<float> ramp(10000);
  for (std::size_t n = 0; n < ramp.size(); ++n) ramp[n] = static_cast<float>(n + 1) / 16384.0f;
  JackPlayer player(*server, {"busbar:in_0"}, {ramp});
  ASSERT_TRUE(comes_true([&] { return player.done(); }));
  const auto until = recorder.frames() + 48000;
  EXPECT_TRUE(comes_true([&] { return recorder.frames() >= until; }));
  device->stop();
  const Channels recorded = recorder.stop();
  EXPECT_EQ(recorder.overruns(), 0);
  for (const auto& channel : recorded) {
    const auto begin = std::ranges::find_if(channel, [](float x) { return x != 0.0f; });
    ASSERT_GE(channel.end() - begin, 10000);
    EXPECT_TRUE(std::equal(ramp.begin(), ramp.end(), begin)) << "bit by bit";
  }
}

TEST_F(LiveDevice, CanBeClosedAndOpenedAgain) {
  Probe probe;
  for (int round = 0; round < 3; ++round) {
    const auto device = open({});
    ASSERT_NE(device, nullptr);
    const int before = probe.calls;
    ASSERT_TRUE(device->start(probe));
    EXPECT_TRUE(comes_true([&] { return probe.calls > before + 10; }));
    EXPECT_LT(seconds_of([&] { device->stop(); }), 1.0);
    EXPECT_FALSE(device->alive());
    const int behind = probe.calls;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_EQ(probe.calls, behind) << "no callback comes after stop";
    device->stop();
    EXPECT_FALSE(device->start(probe)) << "a closed one stays closed";
  }
}

TEST_F(LiveDevice, SeesWhatStartedAfterAListWasMade) {
  const auto before = list_audio_devices().size();
  JackRecorder recorder(*server, {"busbar:out_0"});
  EXPECT_EQ(list_audio_devices().size(), before + 1) << "each client of JACK is a device";
  EXPECT_TRUE(comes_true([] { return open_audio_device({})->get()->format().name == "system"; }));
}

TEST_F(LiveDevice, ShowsASlowCallbackInTheDurationsAndCountsOnlyUpwards) {
  Probe probe;
  const auto device = open({});
  ASSERT_TRUE(device->start(probe));
  ASSERT_TRUE(comes_true([&] { return device->counts().callbacks >= 50; }));
  probe.busy_us = 8000;  // three periods: JACK must notice
  CallbackCounts before = device->counts();
  const auto slow_since = before.callbacks;
  ASSERT_TRUE(comes_true([&] {
    const CallbackCounts now = device->counts();
    EXPECT_GE(now.callbacks, before.callbacks);
    EXPECT_GE(now.flagged, before.flagged);
    EXPECT_GE(now.frames, before.frames);
    EXPECT_LE(now.flagged, now.callbacks + 1);
    before = now;
    return now.flagged > 0 && now.callbacks > slow_since + 20;
  }));
  probe.busy_us = 0;
  device->stop();
  const CallbackCounts counts = device->counts();
  EXPECT_GE(counts.longest_s, 8e-3);
  EXPECT_GE(counts.percentile_s(1.0), 8e-3);
  std::uint64_t slow = 0;
  for (std::size_t n = 0; n < CallbackCounts::kDurations; ++n)
    if (n > 0 && CallbackCounts::edge_s(n - 1) >= 7e-3) slow += counts.durations[n];
  EXPECT_GE(slow, 15U);
}

TEST_F(LiveDevice, RunsItsCallbacksInRealtimeWhereTheSystemLetsIt) {
  Probe probe;
  const auto device = open({});
  EXPECT_FALSE(device->thread().known);
  ASSERT_TRUE(device->start(probe));
  ASSERT_TRUE(comes_true([&] { return device->thread().known; }));
  if (test_realtime().may_run_fifo) {
    EXPECT_TRUE(server->realtime());
    EXPECT_TRUE(device->thread().realtime);
    EXPECT_GT(device->thread().priority, 0);
  }
  const double before = device->thread().cpu_s;
  EXPECT_TRUE(comes_true([&] { return device->thread().cpu_s > before; }));
  device->stop();
  EXPECT_TRUE(device->thread().known) << "what was seen last";
}

TEST(NoServer, ListsNothingOfJackAndSaysWhatToDoWithoutNoise) {
  setenv("JACK_DEFAULT_SERVER", "busbar-nobody", 1);
  setenv("JACK_NO_START_SERVER", "1", 1);
  testing::internal::CaptureStderr();
  const auto devices = list_audio_devices();
  const auto opened = open_audio_device({.name = "jack"});
  list_midi_ports();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  unsetenv("JACK_DEFAULT_SERVER");
  EXPECT_EQ(std::ranges::count(devices, std::string("JACK"), &DeviceInfo::host), 0);
  ASSERT_FALSE(opened);
  EXPECT_THAT(to_line(opened.error()), AllOf(HasSubstr("there is n"), Not(HasSubstr("\n"))));
}

TEST(NoServer, IsNotAskedForABlockThatNobodyCanRun) {
  for (const int block : {-1, 8193}) {
    const auto opened = open_audio_device({.block = block});
    ASSERT_FALSE(opened);
    EXPECT_THAT(to_line(opened.error()), HasSubstr("--block"));
  }
}

}  // namespace
}  // namespace busbar::test
