#include "engine/realtime/dsp/ramp.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace busbar {
namespace {

std::vector<double> filled(Ramp<1> ramp, Frames from, int count, int piece) {
  std::vector<double> out(static_cast<std::size_t>(count));
  for (int done = 0; done < count; done += piece)
    ramp.fill(from + done, std::min(piece, count - done), {out.data() + done});
  return out;
}

TEST(Ramp, FollowsTheQuinticAndEndsExactlyOnItsTarget) {
  Ramp<1> ramp;
  ramp.stand_at({1.0});
  ramp.go_to({0.25}, 100, 480);
  const auto y = filled(ramp, 100, 600, 600);
  for (int n = 0; n < 480; ++n) {
    const double t = n / 480.0;
    const double w = 1.0 - t * t * t * (10.0 - 15.0 * t + 6.0 * t * t);
    EXPECT_NEAR(y[static_cast<std::size_t>(n)], w * 1.0 + (1.0 - w) * 0.25, 1e-14);
  }
  EXPECT_EQ(y[0], 1.0);
  for (std::size_t n = 480; n < 600; ++n) EXPECT_EQ(y[n], 0.25);
}

TEST(Ramp, DoesNotDependOnHowFramesAreSplit) {
  std::mt19937 random(1);
  Ramp<1> ramp;
  ramp.stand_at({0.0});
  ramp.go_to({1.0}, 0, 960);
  ramp.go_to({0.3}, 200, 480);
  ramp.go_to({0.9}, 333, 960);
  const auto whole = filled(ramp, 333, 1500, 1500);
  for (const int piece : {1, 7, 16, 64, 127, 256}) EXPECT_EQ(filled(ramp, 333, 1500, piece), whole) << piece;
}

TEST(Ramp, NeverOvershootsWhenTheHandTurnsBack) {
  Ramp<1> ramp;
  ramp.stand_at({0.5});
  std::vector<double> y;
  for (int move = 0; move < 40; ++move) {
    ramp.go_to({move % 2 == 0 ? 1.0 : 0.0}, move * 50, 480);
    std::vector<double> part(50);
    ramp.fill(move * 50, 50, {part.data()});
    y.insert(y.end(), part.begin(), part.end());
  }
  for (const double value : y) {
    EXPECT_GE(value, -1e-12);
    EXPECT_LE(value, 1.0 + 1e-12);
  }
}

TEST(Ramp, ThatIsHurriedEndsInTimeThoughItGoesWhereItWentBefore) {
  Ramp<1> ramp, other;
  for (Ramp<1>* r : {&ramp, &other}) {
    r->stand_at({1.0});
    r->go_to({0.0}, 0, 9600);
  }
  ramp.hurry_to({0.0}, 3000, 960, 200);
  const auto y = filled(ramp, 3000, 6000, 100), still = filled(other, 3000, 6000, 100);
  for (std::size_t n = 0; n < 200; ++n) EXPECT_EQ(y[n], still[n]);  // it has not begun
  for (std::size_t n = 200; n < 1160; ++n) {
    const double t = static_cast<double>(n - 200) / 960.0;
    EXPECT_NEAR(y[n], still[n] * (1.0 - t * t * t * (10.0 - 15.0 * t + 6.0 * t * t)), 1e-14);
  }
  for (std::size_t n = 1160; n < 6000; ++n) EXPECT_EQ(y[n], 0.0);
}

TEST(Ramp, StepsAndSlopesStaySmallThroughAStormOfMoves) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> target(0.0, 1.0);
  Ramp<1> ramp;
  ramp.stand_at({0.0});
  double last = 0.0, last_slope = 0.0;
  for (int n = 0; n < 48000; ++n) {
    if (n % 37 == 0) ramp.go_to({target(random)}, n, 480);
    const double value = ramp.at(n)[0];
    const double slope = value - last;
    if (n > 0) {
      EXPECT_LT(std::fabs(slope), 8 * 1.875 / 480);  // eight moves at their steepest
      EXPECT_LT(std::fabs(slope - last_slope), 8 * 5.8 / (480.0 * 480.0));
    }
    last = value;
    last_slope = slope;
  }
}

TEST(Ramp, TakesTheNewestOfTheMovesThatHadToWait) {
  Ramp<1> ramp;
  ramp.stand_at({0.0});
  for (int move = 1; move <= 20; ++move) ramp.go_to({static_cast<double>(move)}, move, 100);
  EXPECT_EQ(ramp.target()[0], 20.0);
  std::vector<double> out(400);
  ramp.fill(20, 400, {out.data()});
  EXPECT_EQ(out.back(), 20.0);
  EXPECT_EQ(ramp.at(500)[0], 20.0);
  EXPECT_FALSE(ramp.moving());
}

}  // namespace
}  // namespace busbar
