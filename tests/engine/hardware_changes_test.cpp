// Gear that comes, goes, and stays while the chain around it changes: never a click, and never twice the sound.
#include <gtest/gtest.h>

#include "tests/engine/hardware_loop.hpp"

namespace busbar::test {
namespace {

constexpr Frames kLatency = 480;
const char* const kGear =
    R"({"type": "hardware_insert", "params": {"send_left": 3, "return_left": 1, "latency_samples": 480}})";

std::vector<float> sine(std::size_t frames) {
  std::vector<float> x(frames);
  for (std::size_t n = 0; n < frames; ++n) x[n] = 0.25f * std::sin(0.02f * static_cast<float>(n));
  return x;
}

/// A mono sine on the left, its roughness 1e-4.
MixerBuilder with_sine() {
  MixerBuilder builder;
  builder.track("t", {sine(96000)}).edit("t", [](Strip& s) { s.pan = -1.0; });
  return builder;
}

std::vector<Gear> cable() { return {{3, 1, kLatency}}; }

TEST(HardwareChanges, ComeAndGoWithoutAClickInTheSoundOrInTheGear) {
  for (const char* what : {"insert", "strip"}) {
    MixerBuilder builder = with_sine();
    Desk desk(builder, cable());
    desk.console.edit(add("/t/inserts/hw", kGear), 3000);
    desk.console.run(9000, {64, 480, 17});
    EXPECT_NEAR(peak(desk.out(3), 6000, 9000), 0.25, 1e-6);
    EXPECT_EQ(peak(desk.out(3), 0, 3000), 0.0);
    desk.console.edit(remove(*what == 'i' ? "/t/inserts/hw" : "/t"), 9000);
    desk.console.run(9000, {64, 480, 17});
    // A move of 20 ms over 0.25 has a second difference of 1.6e-6; two of a sine add up to less than twice its own.
    EXPECT_LT(roughness(desk.left("t")), 2.2e-4) << what;
    EXPECT_LT(roughness(desk.out(3)), 1.2e-4) << what;
    EXPECT_EQ(peak(desk.out(3), 15000), 0.0) << what;
    EXPECT_FALSE(desk.console.control().in_passage());
  }
}

TEST(HardwareChanges, AreHeardOnlyOnceTheGearHasBeenFed) {
  MixerBuilder builder;
  builder.track("t", {std::vector<float>(20000, 0.25f)}).edit("t", [](Strip& s) { s.pan = -1.0; });
  Desk desk(builder, cable());
  desk.console.edit(add("/t/inserts/hw", kGear), 3000);
  desk.console.run(9000, {64});
  for (std::size_t n = 0; n < 9000; ++n) ASSERT_NEAR(desk.left("t")[n], 0.25, 1e-6) << n;
}

TEST(HardwareChanges, OfTheChainAroundItLeaveTheSendWhole) {
  MixerBuilder builder = with_sine();
  builder.insert("t", mono_gear(static_cast<double>(kLatency)));
  Desk desk(builder, cable());
  desk.console.edit(add("/t/inserts/after", R"({"type": "low_cut"})"), 3000);
  desk.console.edit(add("/t/inserts/before", R"({"type": "utility"})", 0), 4000);
  desk.console.edit(remove("/t/inserts/after"), 4100);
  desk.console.edit(move("/t/inserts/hw", 0), 6000);
  desk.console.edit(set("/t/inserts/hw/latency_samples", 500.0), 8000);
  desk.console.run(14000, {64, 480, 17});
  const std::vector<float> sound = sine(14000);
  double worst = 0.0;
  for (std::size_t n = 0; n < 14000; ++n)
    worst = std::max(worst, std::fabs(desk.out(3)[n] - static_cast<double>(sound[n])));
  EXPECT_LT(worst, 1e-6) << "the gear hears one of the chains, or as much of each as makes one";
  EXPECT_LT(roughness(desk.left("t"), static_cast<std::size_t>(kLatency) + 2), 2.2e-4);
}

TEST(HardwareChanges, ToOtherChannelsFadeFromOneGearToTheOther) {
  MixerBuilder builder = with_sine();
  builder.insert("t", mono_gear(static_cast<double>(kLatency)));
  Desk desk(builder, {{3, 1, kLatency}, {4, 2, kLatency}});
  Edit both;
  both.op = EditOp::batch;
  both.edits = {set("/t/inserts/hw/send_left", 4.0), set("/t/inserts/hw/return_left", 2.0)};
  desk.console.edit(both, 5000);
  desk.console.run(10000, {64});
  EXPECT_LT(roughness(desk.left("t"), static_cast<std::size_t>(kLatency) + 2), 1.5e-4);
  EXPECT_LT(roughness(desk.out(3), 2), 1.2e-4);
  EXPECT_LT(roughness(desk.out(4), 2), 1.2e-4);
  EXPECT_EQ(peak(desk.out(3), 8000), 0.0);
  EXPECT_NEAR(peak(desk.out(4), 8000), 0.25, 1e-6);
}

TEST(HardwareChanges, FromStripToStripNeverSendTwice) {
  MixerBuilder builder;
  for (const char* id : {"t", "u"}) builder.track(id, {std::vector<float>(30000, 0.25f)});
  builder.insert("t", mono_gear(static_cast<double>(kLatency)));
  Desk desk(builder, cable());
  Edit both;
  both.op = EditOp::batch;
  both.edits = {remove("/t/inserts/hw"), add("/u/inserts/hw", kGear)};
  desk.console.edit(both, 5000);
  desk.console.run(10000, {64});
  for (std::size_t n = 0; n < 10000; ++n) ASSERT_NEAR(desk.out(3)[n], 0.25, 1e-6) << n;
}

TEST(HardwareChanges, CanBeUndoneInTheirMidst) {
  MixerBuilder builder = with_sine();
  builder.insert("t", mono_gear(static_cast<double>(kLatency)));
  Desk desk(builder, cable());
  const auto step = [](EditOp op) {
    Edit edit;
    edit.op = op;
    return edit;
  };
  desk.console.edit(remove("/t/inserts/hw"), 3000);
  desk.console.edit(step(EditOp::undo), 3300);
  desk.console.edit(step(EditOp::redo), 3500);
  desk.console.edit(step(EditOp::undo), 6000);
  desk.console.run(12000, {64});
  EXPECT_LT(roughness(desk.left("t"), static_cast<std::size_t>(kLatency) + 2), 3e-4);
  EXPECT_LT(roughness(desk.out(3)), 1.5e-4);
  EXPECT_NEAR(peak(desk.out(3), 10000), 0.25, 1e-6);
}

}  // namespace
}  // namespace busbar::test
