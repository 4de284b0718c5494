#include "engine/realtime/dsp/svf.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>
#include <vector>

namespace busbar {

namespace {

constexpr double kRate = 48000.0;

/// The filter as its source writes it, frame by frame.
struct Textbook {
  double g, k, s1 = 0.0, s2 = 0.0;
  SvfOutputs next(double x) {
    const double high = (x - (k + g) * s1 - s2) / (1.0 + g * (g + k));
    const double band = g * high + s1, low = g * band + s2;
    s1 = g * high + band;
    s2 = g * band + low;
    return {low, band, high};
  }
};

TEST(Svf, IsTheTextbookFilterButForRounding) {
  for (const double hz : {20.0, 1000.0, 15000.0})
    for (const double q : {0.3, 0.707, 8.0}) {
      const SvfTuning tuning = SvfTuning::at(hz, q, kRate);
      SvfState state;
      Textbook textbook{std::tan(std::numbers::pi * hz / kRate), 1.0 / q};
      std::mt19937 rng(1);
      for (int i = 0; i < 20000; ++i) {
        const double x = std::uniform_real_distribution(-1.0, 1.0)(rng);
        const SvfOutputs ours = state.next(tuning, x), theirs = textbook.next(x);
        ASSERT_NEAR(ours.low, theirs.low, 1e-10);
        ASSERT_NEAR(ours.band, theirs.band, 1e-10);
        ASSERT_NEAR(ours.high, theirs.high, 1e-10);
      }
    }
}

TEST(Svf, HoldsDirectCurrentToTheLastBit) {
  const SvfTuning tuning = SvfTuning::at(30.0, 0.707, kRate);
  SvfState state{0.0, 0.3};
  for (int i = 0; i < 1000; ++i) {
    const SvfOutputs out = state.next(tuning, 0.3);
    ASSERT_EQ(out.high, 0.0);
    ASSERT_EQ(out.low, 0.3);
  }
}

TEST(Svf, KnowsHowFarItsPolesLieFromTheOrigin) {
  for (const double hz : {20.0, 400.0, 15000.0})
    for (const double q : {0.2, 0.5, 0.707, 20.0}) {
      // z = (1 + g p)/(1 - g p) for the prototype's poles p, roots of p² + p/q + 1.
      const std::complex<double> root = std::sqrt(std::complex<double>(0.25 / (q * q) - 1.0));
      double farthest = 0.0;
      const double g = std::tan(std::numbers::pi * hz / kRate);
      for (const std::complex<double> p : {-0.5 / q + root, -0.5 / q - root})
        farthest = std::max(farthest, std::abs((1.0 + g * p) / (1.0 - g * p)));
      if (q < 0.5 && hz > 1000.0) continue;  // beyond g = 1 the fast pole lies farther out
      EXPECT_NEAR(SvfTuning::pole_radius(hz, q, kRate), farthest, 1e-12) << hz << ' ' << q;
    }
}

TEST(SettleClock, LooksEvery64FramesHoweverTimeIsCut) {
  for (const std::vector<int>& calls : {std::vector<int>{256, 256}, {1, 63, 64, 200, 184}, {100, 100, 100, 100, 112}}) {
    SettleClock clock;
    int frames = 0;
    std::vector<int> looks;
    for (const int count : calls) {
      int covered = 0;
      clock.drive(
          count,
          [&](int first, int run) {
            EXPECT_EQ(first, covered);
            covered += run;
            frames += run;
          },
          [&] { looks.push_back(frames); });
      EXPECT_EQ(covered, count);
    }
    EXPECT_EQ(looks, (std::vector<int>{64, 128, 192, 256, 320, 384, 448, 512}));
  }
}

TEST(SettleClock, DeclaresFramesThatBringTheLoudestStateBelowTheLine) {
  for (const double radius : {0.5, 0.99, 0.99999})
    EXPECT_LE(kLoudest * std::pow(radius, static_cast<double>(settle_frames(radius) - kSettleEvery)),
              kSettled * 1.0001);
}

}  // namespace

}  // namespace busbar
