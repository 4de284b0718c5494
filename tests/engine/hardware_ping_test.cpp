// The ping: how long the way through the gear is, to the frame.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/control/plan/ping_answer.hpp"
#include "tests/engine/hardware_loop.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {
namespace {

using ::testing::ElementsAre;

const std::string kPing = "/t/inserts/hw/ping";

MixerBuilder silent(double rate, InsertSlot gear) {
  MixerBuilder builder;
  builder.rate(rate).track("t", silence(2, 16)).insert("t", std::move(gear));
  return builder;
}

/// Presses the button at frame 100 and returns what was heard.
std::vector<Frames> ping(Desk& desk, double rate, const std::vector<int>& blocks) {
  desk.console.edit(set(kPing, true), 100);
  desk.console.run(to_frames(1.25, rate), blocks);
  return desk.answers();
}

TEST(HardwarePing, FindsTheFrameExactly) {
  struct Case {
    double rate;
    Frames delay;
    std::vector<int> blocks;
  };
  for (const Case& c : {Case{48000, 64, {64}}, Case{48000, 257, {256, 1, 255}}, Case{44100, 1000, {441}},
                        Case{48000, 47999, {8192, 100}}, Case{96000, 1535, {512}}, Case{192000, 333, {333}}}) {
    Desk desk(silent(c.rate, mono_gear(0.0)), {{3, 1, c.delay}});
    const auto answers = ping(desk, c.rate, c.blocks);
    ASSERT_EQ(answers.size(), 1u);
    EXPECT_TRUE(measured(
        {.group = "Hardware insert", .item = "Error of the ping through a cable", .unit = "frames", .target = 0.0},
        std::fabs(static_cast<double>(answers[0] - c.delay))))
        << c.rate << ' ' << c.delay << ' ' << answers[0];
  }
}

TEST(HardwarePing, FindsItUpsideDownFarDownInNoiseAndThroughADullBox) {
  std::mt19937 random(3);
  std::normal_distribution<double> noise;
  double low = 0.0;
  const std::vector<std::function<float(double, Frames)>> boxes{
      [](double x, Frames) { return static_cast<float>(-x); },
      [&](double x, Frames) { return static_cast<float>(0.02 * x + 0.004 * noise(random)); },
      [](double x, Frames f) { return static_cast<float>(0.3 * x + 0.2 * std::sin(0.0065 * static_cast<double>(f))); },
      [](double x, Frames) { return static_cast<float>(std::clamp(8.0 * x, -0.3, 0.3)); },
      [&](double x, Frames) { return static_cast<float>(low += 0.6 * (x - low)); }};
  for (std::size_t n = 0; n < boxes.size(); ++n) {
    Desk desk(silent(48000, mono_gear(0.0)), {{3, 1, 700, boxes[n]}});
    EXPECT_THAT(ping(desk, 48000, {512}), ElementsAre(700)) << "box " << n;
  }
}

TEST(HardwarePing, SaysWhenNothingCameBack) {
  std::mt19937 random(5);
  std::normal_distribution<double> noise(0.0, 0.1);
  const std::vector<std::function<float(double, Frames)>> nothing{
      [](double, Frames) { return 0.0f; }, [&](double, Frames) { return static_cast<float>(noise(random)); },
      [](double, Frames f) { return f % 20000 == 11111 ? 0.9f : 0.0f; },
      [](double, Frames f) { return static_cast<float>(0.5 * std::sin(0.13 * static_cast<double>(f))); },
      [](double, Frames) { return std::numeric_limits<float>::quiet_NaN(); }};
  for (std::size_t n = 0; n < nothing.size(); ++n) {
    Desk desk(silent(48000, mono_gear(0.0)), {{3, 1, 700, nothing[n]}});
    EXPECT_THAT(ping(desk, 48000, {512}), ElementsAre(-1)) << n;
  }
  Desk unplugged(silent(48000, mono_gear(0.0)), {}, 0);
  EXPECT_THAT(ping(unplugged, 48000, {512}), ElementsAre(-1));
}

TEST(HardwarePing, IsMinus12DbInTheGearAndSilentInTheMix) {
  Desk desk(silent(48000, stereo_gear(0.0)), two_cables(256));
  ping(desk, 48000, {256});
  EXPECT_DOUBLE_EQ(peak(desk.out(3)), 0.25);
  EXPECT_EQ(desk.out(3), desk.out(4));
  EXPECT_EQ(peak(desk.left("t")), 0.0);
}

TEST(HardwarePing, LetsTheMusicPlayOnDry) {
  MixerBuilder builder;
  const Samples sound = noise(2, 96000, 1, 0.3f);
  builder.track("t", sound).insert("t", stereo_gear(256.0));
  Desk desk(builder, two_cables(256));
  desk.console.edit(set(kPing, true), 5000);
  desk.console.run(65000, {256});
  EXPECT_THAT(desk.answers(), ElementsAre(256));
  // The cable is as good as the dry path, so all of it is the input, and none of it the ping.
  EXPECT_LT(difference({sound[0].begin(), sound[0].end()}, desk.left("t"), 256), 1e-6);
  const auto begin = static_cast<std::size_t>(5000 + 2 * 960);
  EXPECT_EQ(peak(desk.out(3), begin, begin + 4800), 0.0) << "the gear comes to rest";
  EXPECT_GT(peak(desk.out(3), 62000), 0.29) << "and is fed again";
}

TEST(HardwarePing, CanBeCalledOffAndPressedAgain) {
  Desk desk(silent(48000, mono_gear(0.0)), {{3, 1, 256}});
  desk.console.edit(set(kPing, true), 100);
  desk.console.edit(set(kPing, false), 7000);
  desk.console.run(60000, {256});
  EXPECT_TRUE(desk.answers().empty());
  for (int n = 0; n < 2; ++n) {
    desk.console.edit(set(kPing, true), kAtOnce);
    desk.console.run(60000, {256});
    desk.console.edit(set(kPing, false), kAtOnce);
    desk.console.run(1000, {256});
  }
  EXPECT_THAT(desk.answers(), ElementsAre(256, 256));
}

TEST(HardwarePing, GoesOnInTheNewChainWhenTheOldOneIsReplaced) {
  Desk desk(silent(48000, mono_gear(0.0)), {{3, 1, 256}});
  desk.console.edit(set(kPing, true), 100);
  desk.console.edit(add("/t/inserts/cut", R"({"type": "low_cut"})"), 20000);
  desk.console.run(90000, {256});
  EXPECT_THAT(desk.answers(), ElementsAre(256));
}

TEST(HardwarePing, IsNothingThatCanBeUndone) {
  Desk desk(silent(48000, mono_gear(0.0)), {{3, 1, 256}});
  desk.console.edit(set("/t/fader_db", -3.0), 0);
  desk.console.edit(set(kPing, true), 0);
  desk.console.edit(set("/t/inserts/hw/send_db", -1.0), 0);
  EXPECT_EQ(desk.console.control().history().undo_names().size(), 2u);
  Edit undo;
  undo.op = EditOp::undo;
  desk.console.edit(undo, 0);
  const auto& params = desk.console.control().mixer().find("t")->inserts[0].params;
  EXPECT_FALSE(params.contains("ping")) << "an undo does not press the button";
  EXPECT_FALSE(params.contains("send_db"));
}

TEST(HardwarePing, FindsNoAnswerInTooLittle) { EXPECT_FALSE(find_ping(std::vector<float>(100, 0.5f), 1)); }

}  // namespace
}  // namespace busbar::test
