#include "engine/realtime/dsp/staged_ramp.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace busbar::test {
namespace {

constexpr Frames kLength = 9600;

TEST(StagedRamp, IsOffAtOnceAndComesBackOnTheCurve) {
  StagedRamp ramp;
  ramp.depart(2.0, 100, kLength, 0);
  EXPECT_EQ(ramp.at(100), 2.0);
  EXPECT_DOUBLE_EQ(ramp.at(100 + kLength / 2), 1.0);
  EXPECT_TRUE(ramp.moving());
  EXPECT_EQ(ramp.at(100 + kLength), 0.0);
  EXPECT_FALSE(ramp.moving());
}

TEST(StagedRamp, ValuesThatMoveAgainstEachOtherKeepStepThroughAnyOverlapAndLag) {
  for (const Frames every : {1, 48, 480, 1199, 2400, 9601}) {
    constexpr Frames kLag = 333;
    StagedRamp trim, fader;
    double trim_is = 0.0, fader_is = 0.0;
    std::vector<double> trims, faders;
    for (Frames now = 0; now < 4 * kLength; ++now) {
      if (now % every == 0 && now < 2 * kLength) {
        const double by = now % (3 * every) == 0 ? 0.7 : -0.3;
        trim.depart(-by, now, kLength, 0), trim_is += by;
        fader.depart(by, now, kLength, kLag), fader_is -= by;
      }
      trims.push_back(trim_is + trim.at(now));
      faders.push_back(fader_is + fader.at(now));
    }
    for (std::size_t i = kLag; i < trims.size(); ++i) ASSERT_NEAR(trims[i - kLag] + faders[i], 0.0, 1e-9) << every;
    EXPECT_FALSE(trim.moving() || fader.moving());
  }
}

TEST(StagedRamp, NeverJumps) {
  StagedRamp ramp;
  double target = 0.0, last = 0.0;
  for (Frames now = 0; now < 4 * kLength; ++now) {
    if (now < kLength) ramp.depart(-0.01, now, kLength, 0), target += 0.01;
    const double value = target + ramp.at(now);
    ASSERT_LE(std::fabs(value - last), 2.0 * 96.0 / static_cast<double>(kLength)) << now;
    last = value;
  }
  EXPECT_EQ(last, target);
}

TEST(StagedRamp, LeavesARampThatMovesItsWay) {
  Ramp<1> moving, plain;
  moving.stand_at({0.5}), plain.stand_at({1.0});
  for (Frames n = 0; n < 12; ++n) {  // more than it can do at a time
    moving.go_to({0.5 + 0.1 * static_cast<double>(n)}, n, 960);
    plain.go_to({1.0 + 0.2 * static_cast<double>(n)}, n, 960);
  }
  StagedRamp staged;
  ASSERT_TRUE(go_to_in_decibels<1>(moving, staged, {2.0 * moving.target()[0]}, 12, kLength, 0));
  for (Frames now = 12; now < 3000; ++now)
    ASSERT_NEAR(moving.at(now)[0] * std::exp(staged.at(now)),
                plain.at(now)[0] * 0.5 * std::exp(staged.at(now) + std::log(2.0)), 1e-9);
  EXPECT_EQ(moving.target()[0], 2.0 * (0.5 + 0.1 * 11.0));
}

TEST(Ramp, ShiftsAllThatIsOnItsWay) {
  Ramp<1> ramp, plain;
  for (Frames n = 0; n < 12; ++n) {
    ramp.go_to({static_cast<double>(n)}, n, 960);
    plain.go_to({static_cast<double>(n)}, n, 960);
  }
  ramp.shift({ramp.target()[0] - 6.0});
  for (Frames now = 12; now < 3000; ++now) ASSERT_NEAR(ramp.at(now)[0], plain.at(now)[0] - 6.0, 1e-12);
}

}  // namespace
}  // namespace busbar::test
