#include "engine/devices/callback_meter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace busbar::test {
namespace {

std::uint64_t sum_of(const CallbackCounts& counts) {
  return std::accumulate(counts.durations.begin(), counts.durations.end(), std::uint64_t{0});
}

TEST(CallbackCounts, HaveSixSizesPerDoublingFromAMicrosecondToTwoSeconds) {
  EXPECT_DOUBLE_EQ(CallbackCounts::edge_s(0), 1e-6);
  EXPECT_NEAR(CallbackCounts::edge_s(6), 2e-6, 1e-15);
  EXPECT_NEAR(CallbackCounts::edge_s(60), 1024e-6, 1e-12);
  EXPECT_GT(CallbackCounts::edge_s(CallbackCounts::kDurations - 1), 2.0);
}

TEST(CallbackMeter, PutsADurationBelowTheFirstEdgeThatIsLonger) {
  CallbackMeter meter;
  meter.note(64, false, 0);
  meter.note(64, false, 999);
  meter.note(64, false, 1000);  // not less than the first edge, so of the second size
  meter.note(64, false, 1'000'000'000'000);
  const auto counts = meter.counts();
  EXPECT_EQ(counts.durations[0], 2U);
  EXPECT_EQ(counts.durations[1], 1U);
  EXPECT_EQ(counts.durations[CallbackCounts::kDurations - 1], 1U);
  EXPECT_EQ(sum_of(counts), counts.callbacks);
  EXPECT_DOUBLE_EQ(counts.longest_s, 1000.0);
}

TEST(CallbackMeter, AddsUpFramesAndKeepsTheLongestBlock) {
  CallbackMeter meter;
  for (const int frames : {64, 8192, 1, 128}) meter.note(frames, false, 5000);
  EXPECT_EQ(meter.counts().frames, 64 + 8192 + 1 + 128);
  EXPECT_EQ(meter.counts().longest_block, 8192);
  EXPECT_EQ(meter.counts().callbacks, 4U);
  EXPECT_EQ(meter.counts().flagged, 0U);
}

TEST(CallbackMeter, TellsHowLongTheCallbackBeforeAFlaggedOneTook) {
  CallbackMeter meter;
  meter.note(64, false, 10'000);
  meter.note(64, false, 3'000'000);
  meter.note(64, true, 20'000);
  meter.note(64, false, 4'000'000);
  EXPECT_EQ(meter.counts().flagged, 1U);
  EXPECT_DOUBLE_EQ(meter.counts().last_before_flag_s, 3e-3);
}

TEST(CallbackCounts, GivePercentilesToTheEdgeAbove) {
  CallbackMeter meter;
  EXPECT_EQ(meter.counts().percentile_s(0.99), 0.0) << "no callback yet";
  for (int n = 0; n < 990; ++n) meter.note(64, false, 100'000);
  for (int n = 0; n < 10; ++n) meter.note(64, false, 5'000'000);
  const auto counts = meter.counts();
  const double step = std::exp2(1.0 / 6.0);
  EXPECT_GE(counts.percentile_s(0.5), 100e-6);
  EXPECT_LE(counts.percentile_s(0.5), 100e-6 * step);
  EXPECT_LE(counts.percentile_s(0.99), 100e-6 * step);
  EXPECT_DOUBLE_EQ(counts.percentile_s(0.999), 5e-3) << "never more than the longest there was";
  EXPECT_DOUBLE_EQ(counts.percentile_s(1.0), 5e-3);
  EXPECT_GE(counts.percentile_s(0.0), 100e-6);
}

}  // namespace
}  // namespace busbar::test
