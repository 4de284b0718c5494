// Outboard gear as send and return: what leaves, what comes back, and that both meet the rest of the mix to the sample.
#include <gtest/gtest.h>

#include "tests/engine/hardware_loop.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {
namespace {

constexpr Frames kLength = 9600;
const Samples kStereo = noise(2, kLength, 1, 0.5f);

std::vector<double> wide(const std::vector<float>& x) { return {x.begin(), x.end()}; }

/// A track through gear, and the same track beside it upside down: silence, if both meet to the sample.
MixerBuilder null_console(InsertSlot gear, const Samples& sound) {
  MixerBuilder builder;
  builder.track("wet", sound).track("dry", sound).insert("wet", std::move(gear));
  builder.edit("dry", [](Strip& s) { s.polarity = true; });
  return builder;
}

TEST(HardwareInsert, MeetsTheDryPathToTheSample) {
  for (const Frames delay : {64, 65, 256, 1000, 4097})
    for (const std::vector<int>& blocks : {std::vector<int>{64}, std::vector<int>{1, 16, 63, 7, 64, 33}}) {
      Desk desk(null_console(stereo_gear(static_cast<double>(delay)), kStereo), two_cables(delay));
      desk.console.run(kLength, blocks);
      const double rest = std::max(peak(desk.left("master")), peak(desk.right("master")));
      EXPECT_GT(peak(desk.left("wet"), static_cast<std::size_t>(delay)), 0.4);
      EXPECT_TRUE(measured({.group = "Hardware insert",
                            .item = "Null of gear that is a cable against the dry path",
                            .unit = "dBFS",
                            .target = -140.0},
                           std::max(to_decibels({rest}).value, -400.0)))
          << delay << ": " << rest;
    }
}

TEST(HardwareInsert, IsLateByTheLatencyToldToIt) {
  Desk desk(null_console(stereo_gear(300.0), kStereo), two_cables(301));
  desk.console.run(kLength, {64});
  EXPECT_GT(peak(desk.left("master")), 0.5) << "a frame off is not a null";
}

TEST(HardwareInsert, PassesLargerBlocksThanSlices) {
  Desk desk(null_console(stereo_gear(1500.0), kStereo), two_cables(1500));
  desk.console.run(kLength, {1500, 700, 1024});
  EXPECT_EQ(peak(desk.left("master")), 0.0);
}

TEST(HardwareInsert, SendsAndTakesBackAtTheLevelsGiven) {
  MixerBuilder builder;
  builder.track("t", kStereo);
  builder.insert("t", stereo_gear(128.0, {{"send_db", -6.0}, {"return_db", 4.0}}));
  Desk desk(builder, two_cables(128));
  desk.console.run(kLength, {64});
  const double out = std::pow(10.0, -6.0 / 20.0), in = std::pow(10.0, 4.0 / 20.0);
  double worst_out = 0.0, worst_in = 0.0;
  for (std::size_t n = 0; n + 128 < static_cast<std::size_t>(kLength); ++n) {
    const double x = static_cast<double>(kStereo[1][n]);
    worst_out = std::max(worst_out, std::fabs(desk.out(4)[n] - x * out));
    worst_in = std::max(worst_in, std::fabs(desk.right("t")[n + 128] - x * out * in));
  }
  EXPECT_LT(worst_out, 6e-8);  // half a step of the device's 32 bits
  EXPECT_LT(worst_in, 1.2e-7);
}

TEST(HardwareInsert, SendsOneChannelTheMiddleAndHearsOneChannelOnBothSides) {
  MixerBuilder builder;
  builder.track("t", kStereo).insert("t", mono_gear(64.0));
  Desk desk(builder, {{3, 1, 64}});
  desk.console.run(2000, {64});
  for (std::size_t n = 0; n < 1900; ++n) {
    const double mid = 0.5 * (static_cast<double>(kStereo[0][n]) + static_cast<double>(kStereo[1][n]));
    ASSERT_NEAR(desk.out(3)[n], mid, 1e-7) << n;
    ASSERT_NEAR(desk.left("t")[n + 64], mid, 1e-7) << n;
    ASSERT_EQ(desk.left("t")[n + 64], desk.right("t")[n + 64]) << n;
  }
}

TEST(HardwareInsert, MakesAMonoStripStereoByTwoReturns) {
  MixerBuilder builder;
  builder.track("t", {kStereo[0]}).insert("t", stereo_gear(64.0));
  const auto quieter = [](double x, Frames) { return static_cast<float>(0.25 * x); };
  Desk desk(builder, {{3, 1, 64}, {4, 2, 64, quieter}});
  desk.console.run(2000, {64});
  EXPECT_EQ(difference(wide(kStereo[0]), desk.left("t"), 64), 0.0);
  for (std::size_t n = 64; n < 2000; ++n) ASSERT_EQ(desk.right("t")[n], 0.25 * desk.left("t")[n]) << n;
}

TEST(HardwareInsert, MixesWithTheDrySoundWithoutAComb) {
  MixerBuilder builder;
  builder.track("t", kStereo).insert("t", stereo_gear(512.0));
  builder.edit("t", [](Strip& s) { s.inserts[0].mix = 0.37; });
  Desk desk(builder, two_cables(512));
  desk.console.run(kLength, {64});
  EXPECT_LT(difference(wide(kStereo[0]), desk.left("t"), 512), 1e-7);
}

TEST(HardwareInsert, GoesOnSendingWhileItIsBypassed) {
  MixerBuilder builder;
  builder.track("t", kStereo).insert("t", stereo_gear(200.0));
  builder.edit("t", [](Strip& s) { s.inserts[0].bypass = true; });
  const auto upside_down = [](double x, Frames) { return static_cast<float>(-x); };
  Desk desk(builder, {{3, 1, 200, upside_down}, {4, 2, 200, upside_down}});
  desk.console.run(kLength, {64});
  EXPECT_EQ(difference(wide(kStereo[0]), desk.out(3), 0), 0.0);
  EXPECT_EQ(difference(wide(kStereo[0]), desk.left("t"), 200), 0.0) << "bypassed: the dry sound, in time";
}

TEST(HardwareInsert, PassesTheInputBitForBitWhereThereIsNoHardware) {
  for (const int channels : {1, 2}) {
    MixerBuilder builder;
    const Samples sound(kStereo.begin(), kStereo.begin() + channels);
    builder.track("t", sound).insert("t", channels == 1 ? mono_gear(777.0) : stereo_gear(777.0, {{"send_db", -9.0}}));
    builder.edit("t", [](Strip& s) { s.pan = s.inserts[0].params.contains("return_right") ? 0.0 : -1.0; });
    const Rendered rendered = render(builder, kLength, 64);
    EXPECT_EQ(difference(wide(kStereo[0]), rendered.left("t"), 777), 0.0);
  }
}

TEST(HardwareInsert, PassesTheInputWhereTheDeviceLacksAChannel) {
  for (const auto& [inputs, outputs] : {std::pair(1, 4), std::pair(4, 3), std::pair(0, 4)}) {
    MixerBuilder builder;
    builder.track("t", kStereo).insert("t", stereo_gear(64.0));
    Desk desk(builder, {}, inputs, outputs);
    desk.console.run(2000, {64});
    EXPECT_EQ(difference(wide(kStereo[0]), desk.left("t"), 64), 0.0) << inputs << " in, " << outputs << " out";
  }
}

TEST(HardwareInsert, HearsSilenceForWhatIsNotANumber) {
  MixerBuilder builder;
  builder.track("t", kStereo).insert("t", stereo_gear(64.0));
  const auto broken = [](double x, Frames frame) {
    return frame % 5 == 0   ? std::numeric_limits<float>::quiet_NaN()
           : frame % 7 == 0 ? std::numeric_limits<float>::infinity()
                            : static_cast<float>(x);
  };
  Desk desk(builder, {{3, 1, 64, broken}, {4, 2, 64}});
  desk.console.run(2000, {64});
  for (std::size_t n = 64; n < 2000; ++n)
    ASSERT_EQ(desk.left("t")[n], n % 5 == 0 || n % 7 == 0 ? 0.0 : static_cast<double>(kStereo[0][n - 64])) << n;
  EXPECT_TRUE(std::ranges::none_of(desk.console.rendered.events,
                                   [](const Event& e) { return e.kind == Event::Kind::bad_insert; }));
}

TEST(HardwareInsert, AddsItsSendToWhatElseGoesThereBelowTheCeiling) {
  MixerBuilder builder;
  builder.track("t", {std::vector<float>(4000, 0.7f), std::vector<float>(4000, -0.7f)}).insert("t", stereo_gear(64.0));
  builder.track("u", {std::vector<float>(4000, 0.1f), std::vector<float>(4000, -0.7f)}, "");
  builder.edit("u", [](Strip& s) {
    ToHardware to;
    to.channels = {3, 4};
    s.output = to;
  });
  Desk desk(builder, {});
  desk.console.run(1000, {64});
  // The strip leaves with all that goes to hardware; the send does not wait for that.
  EXPECT_NEAR(desk.out(3)[900], 0.8, 1e-6);
  EXPECT_NEAR(desk.out(4)[900], -std::pow(10.0, -0.3 / 20.0), 1e-6) << "-1.4, cut at -0.3 dBFS";
  EXPECT_EQ(peak(desk.out(1)), 0.0);
}

TEST(HardwareInsert, MovesItsLevelsWithoutAStep) {
  std::vector<float> sine(48000);
  for (std::size_t n = 0; n < sine.size(); ++n) sine[n] = 0.25f * std::sin(0.02f * static_cast<float>(n));
  MixerBuilder builder;
  builder.track("t", {sine}).insert("t", mono_gear(64.0));
  builder.edit("t", [](Strip& s) { s.pan = -1.0; });
  Desk desk(builder, {{3, 1, 64}});
  for (int step = 0; step < 40; ++step) {
    desk.console.edit(set("/t/inserts/hw/send_db", step % 2 == 0 ? -20.0 : 0.0), kAtOnce);
    desk.console.edit(set("/t/inserts/hw/return_db", step % 3 == 0 ? -12.0 : 6.0), kAtOnce);
    desk.console.run(700, {64, 31});
  }
  EXPECT_LT(roughness(desk.left("t"), 100), 8e-4);  // of the sine alone 1e-4, twice as loud, and of 26 dB in 20 ms
  EXPECT_LT(roughness(desk.out(3)), 8e-4);
}

TEST(HardwareInsert, SoundsTheSameHoweverTimeIsCut) {
  const auto run = [](const std::vector<int>& blocks) {
    MixerBuilder builder;
    builder.track("t", kStereo).insert("t", stereo_gear(256.0));
    Desk desk(builder, two_cables(256));
    desk.console.edit(set("/t/inserts/hw/send_db", -14.0), 1111);
    desk.console.edit(set("/t/inserts/hw/ping", true), 2222);
    desk.console.edit(set("/t/inserts/hw/return_db", 3.0), 3333);
    desk.console.edit(set("/t/inserts/hw/latency_samples", 300.0), 4444);
    desk.console.run(kLength, blocks);
    return std::pair(desk.left("t"), desk.out(3));
  };
  EXPECT_EQ(run({64}), run({1, 255, 17, 256, 100, 3}));
}

}  // namespace
}  // namespace busbar::test
