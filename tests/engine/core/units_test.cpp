#include "engine/core/units.hpp"

#include <gtest/gtest.h>

namespace busbar {

namespace {

TEST(Units, MakeZeroDecibelsExactlyOne) {
  EXPECT_EQ(to_gain({0.0}).value, 1.0);
  EXPECT_EQ(to_gain({-0.0}).value, 1.0);
  EXPECT_EQ(to_decibels({1.0}).value, 0.0);
}

TEST(Units, MakeMinusInfinityExactlyZeroAndBack) {
  EXPECT_EQ(to_gain(kMinusInfinity).value, 0.0);
  EXPECT_EQ(to_decibels({0.0}), kMinusInfinity);
}

TEST(Units, KnowTheUsualGains) {
  EXPECT_DOUBLE_EQ(to_gain({20.0}).value, 10.0);
  EXPECT_NEAR(to_gain({-6.020599913279624}).value, 0.5, 1e-15);
  EXPECT_NEAR(to_decibels({-0.5}).value, -6.020599913279624, 1e-12);
}

TEST(Units, ComeBackFromDecibelsWithinRounding) {
  for (double db = -120.0; db <= 24.0; db += 0.37) EXPECT_NEAR(to_decibels(to_gain({db})).value, db, 1e-12);
}

TEST(Units, RiseWithTheLevel) {
  for (double db = -120.0; db < 24.0; db += 0.01) ASSERT_LT(to_gain({db}).value, to_gain({db + 0.01}).value);
}

TEST(Units, RoundSecondsToTheNearestFrameHalvesAwayFromZero) {
  EXPECT_EQ(to_frames(1.0, 44100.0), 44100);
  EXPECT_EQ(to_frames(0.5, 3.0), 2);
  EXPECT_EQ(to_frames(-0.5, 3.0), -2);
  EXPECT_EQ(to_frames(0.1, 48000.0), 4800);
  EXPECT_EQ(to_frames(86400.0, 192000.0), 16588800000);
}

}  // namespace

}  // namespace busbar
