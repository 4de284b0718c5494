#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "tests/support/insert_host.hpp"

namespace busbar::test {

namespace {

enum : ParamIndex { kGainDb, kPolarity, kSwap, kMono, kDelay, kLatency };
constexpr int kFade = 960;  // 20 ms at 48 kHz

const InsertType& utility_type() { return *find_insert_type("utility"); }

std::vector<float> with(ParamIndex param, float value) {
  auto params = start_values(utility_type());
  params[param] = value;
  return params;
}

Signal output(const Signal& in, std::vector<float> params) {
  InsertHost host(utility_type(), {.channels = static_cast<int>(in.size()), .params = std::move(params)});
  return host.run(in, at_random(1));
}

/// `signal` later by `frames`, zeros first, of the same length.
Signal delayed(const Signal& signal, int frames) {
  Signal late = joined(silence(static_cast<int>(signal.size()), frames), signal);
  return part(late, 0, static_cast<int>(signal[0].size()));
}

TEST(Utility, PassesEveryBitWhenNeutral) {
  for (const int channels : {1, 2}) {
    const Signal in = joined(hostile(channels, 5000, 1), denormals(channels, 500, 2));
    EXPECT_TRUE(same_bytes(output(in, {}), in));
  }
}

TEST(Utility, PassesEveryBitOfFiniteSamplesWhileANeutralCurveIsHandedOut) {
  const Signal in = joined(noise(2, 5000, 3), denormals(2, 500, 4));
  InsertHost host(utility_type(), {.standing_curves = true});
  EXPECT_TRUE(same_bytes(host.run(in, every(64)), in));
}

TEST(Utility, MultipliesByTheGainIn64BitAndRoundsOnce) {
  const Signal in = noise(2, 1000, 5);
  for (const float db : {-120.0f, -60.0f, -6.0206f, -0.1f, 0.5f, 12.0f, 24.0f}) {
    const Signal out = output(in, with(kGainDb, db));
    const double gain = std::pow(10.0, double{db} / 20.0);
    for (std::size_t c = 0; c < 2; ++c)
      for (std::size_t i = 0; i < in[c].size(); ++i) {
        ASSERT_EQ(out[c][i], static_cast<float>(gain * double{in[c][i]})) << db;
        ASSERT_NEAR(double{out[c][i]}, gain * double{in[c][i]}, 1e-7 * gain) << db;
      }
  }
}

TEST(Utility, InvertsPolarityExactly) {
  const Signal in = noise(2, 1000, 6);
  const Signal out = output(in, with(kPolarity, 1.0f));
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t i = 0; i < in[c].size(); ++i) ASSERT_EQ(out[c][i], -in[c][i]);
}

TEST(Utility, SwapsTheSidesBitForBit) {
  const Signal in = noise(2, 1000, 7);
  EXPECT_TRUE(same_bytes(output(in, with(kSwap, 1.0f)), {in[1], in[0]}));
}

TEST(Utility, GivesBothSidesTheSameMean) {
  const Signal in = noise(2, 1000, 8);
  const Signal out = output(in, with(kMono, 1.0f));
  EXPECT_TRUE(same_bytes({out[0]}, {out[1]}));
  for (std::size_t i = 0; i < in[0].size(); ++i)
    ASSERT_EQ(out[0][i], static_cast<float>((double{in[0][i]} + double{in[1][i]}) / 2.0));
}

TEST(Utility, LeavesAMonoStripAloneWithSwapAndMono) {
  const Signal in = noise(1, 1000, 9);
  EXPECT_TRUE(same_bytes(output(in, with(kSwap, 1.0f)), in));
  EXPECT_TRUE(same_bytes(output(in, with(kMono, 1.0f)), in));
}

TEST(Utility, NeverLetsASilentSideHearTheOther) {
  Signal in = noise(2, 1000, 10);
  std::ranges::fill(in[1], 0.0f);
  in[0][500] = std::numeric_limits<float>::infinity();
  const Signal out = output(in, with(kGainDb, -6.0f));
  EXPECT_TRUE(std::ranges::all_of(out[1], [](float x) { return x == 0.0f; }));
}

TEST(Utility, DelaysByWholeFramesExactly) {
  const Signal in = noise(2, 200000, 11);
  for (const int frames : {1, 15, 255, 256, 257, 4799, 95999, 96000}) {
    EXPECT_TRUE(same_bytes(output(in, with(kDelay, static_cast<float>(frames))), delayed(in, frames))) << frames;
    EXPECT_TRUE(same_bytes(output(in, with(kLatency, static_cast<float>(frames))), delayed(in, frames))) << frames;
  }
  auto both = with(kDelay, 96000.0f);
  both[kLatency] = 96000.0f;
  EXPECT_TRUE(same_bytes(output(in, both), delayed(in, 192000)));
}

TEST(Utility, DeclaresItsLatencyButNotItsDelay) {
  auto params = with(kDelay, 100.0f);
  params[kLatency] = 37.0f;
  EXPECT_EQ(utility_type().latency(params, 48000.0), 37);
  EXPECT_EQ(utility_type().tail(params, 48000.0), 137);
}

/// What a change from one delay to another at `at` ought to give.
Signal crossfaded(const Signal& in, int from, int to, int at) {
  const Signal before = delayed(in, from), after = delayed(in, to);
  Signal out = before;
  for (std::size_t c = 0; c < in.size(); ++c)
    for (std::size_t i = static_cast<std::size_t>(at); i < in[c].size(); ++i) {
      const double t = std::min(1.0, static_cast<double>(i - static_cast<std::size_t>(at)) / kFade);
      const double w = t * t * t * (10.0 - 15.0 * t + 6.0 * t * t);
      out[c][i] = static_cast<float>((1.0 - w) * double{before[c][i]} + w * double{after[c][i]});
    }
  return out;
}

double largest_difference(const Signal& a, const Signal& b) {
  double largest = 0.0;
  for (std::size_t c = 0; c < a.size(); ++c)
    for (std::size_t i = 0; i < a[c].size(); ++i)
      largest = std::max(largest, std::fabs(double{a[c][i]} - double{b[c][i]}));
  return largest;
}

TEST(Utility, FadesFromOneDelayToTheNextWithin20Ms) {
  const Signal in = noise(2, 20000, 12);
  for (const auto& [from, to] : {std::pair{0, 5000}, {5000, 0}, {100, 101}, {96000, 3}}) {
    InsertHost host(utility_type(), {.params = with(kDelay, static_cast<float>(from))});
    const Move change{kDelay, 7003, static_cast<float>(to), 0};
    const Signal out = host.run(in, at_random(3), std::span(&change, 1));
    const Signal expected = crossfaded(in, from, to, 7003);
    EXPECT_LT(largest_difference(out, expected), 1e-7) << from << " to " << to;
    const int settled = 7003 + kFade;
    EXPECT_TRUE(same_bytes(part(out, settled, 5000), part(delayed(in, to), settled, 5000)));
    EXPECT_TRUE(same_bytes(part(out, 0, 7003), part(delayed(in, from), 0, 7003)));
  }
}

TEST(Utility, LetsAChangeDuringAFadeWaitAndTheNewestCount) {
  const Signal in = noise(1, 20000, 13);
  const std::vector<Move> moves{{kDelay, 1000, 500.0f, 0}, {kDelay, 1200, 900.0f, 0}, {kDelay, 1300, 70.0f, 0}};
  InsertHost host(utility_type(), {.channels = 1});
  const Signal out = host.run(in, at_random(4), moves);
  EXPECT_LT(largest_difference(part(out, 0, 1000 + kFade), part(crossfaded(in, 0, 500, 1000), 0, 1000 + kFade)), 1e-7);
  const Signal second = crossfaded(in, 500, 70, 1000 + kFade);
  EXPECT_LT(largest_difference(part(out, 1000 + kFade, 5000), part(second, 1000 + kFade, 5000)), 1e-7);
}

TEST(Utility, FollowsAGainCurveFrameByFrame) {
  const Signal in = noise(2, 4000, 14);
  InsertHost host(utility_type());
  const Move fall{kGainDb, 1000, -40.0f, 960};
  const Signal out = host.run(in, at_random(5), std::span(&fall, 1));
  for (int i = 0; i < 4000; ++i) {
    const double t = std::clamp((i - 1000) / 960.0, 0.0, 1.0);
    const double gain = std::pow(10.0, -40.0 * smoothstep(t) / 20.0);
    const auto at = static_cast<std::size_t>(i);
    ASSERT_NEAR(double{out[0][at]}, gain * double{in[0][at]}, 1e-6) << i;
  }
}

/// The largest bin above 2 kHz of a 65,536-point Blackman-Harris window centred on `centre`, in dBFS.
double worst_bin_above_2_khz(const std::vector<float>& signal, int centre) {
  constexpr int kPoints = 65536;
  constexpr double kMeanOfWindow = 0.35875;
  std::vector<double> windowed;
  for (int i = 0; i < kPoints; ++i) {
    const double x = 2.0 * std::numbers::pi * i / kPoints;
    const double w = 0.35875 - 0.48829 * std::cos(x) + 0.14128 * std::cos(2 * x) - 0.01168 * std::cos(3 * x);
    windowed.push_back(w * double{signal[static_cast<std::size_t>(centre - kPoints / 2 + i)]});
  }
  double worst = 0.0;
  for (int bin = 2731; bin < kPoints / 2; bin += 61) {
    const std::complex<double> step = std::polar(1.0, -2.0 * std::numbers::pi * bin / kPoints);
    std::complex<double> turn = 1.0, sum = 0.0;
    for (const double x : windowed) {
      sum += turn * x;
      turn *= step;
    }
    worst = std::max(worst, std::abs(sum) * 2.0 / (kPoints * kMeanOfWindow));
  }
  return to_decibels({worst}).value;
}

TEST(Utility, IsMeasuredByASpectrumThatSeesAnEdge) {
  std::vector<float> edge(80000, 0.0f);
  std::fill(edge.begin() + 40000, edge.end(), 1.0f);
  EXPECT_GT(worst_bin_above_2_khz(edge, 40000), -80.0);
}

TEST(Utility, MovesItsDelayAndItsSwitchesWithoutAClick) {
  Signal tone = silence(2, 80000);
  for (std::size_t i = 0; i < tone[0].size(); ++i)
    for (std::size_t c = 0; c < 2; ++c)
      tone[c][i] =
          static_cast<float>(std::cos(2.0 * std::numbers::pi * 997.0 / 48000.0 * static_cast<double>(i + 20 * c)));
  for (const Move& move : {Move{kDelay, 40000, 24.0f, 0}, Move{kPolarity, 40000, 1.0f, kFade},
                           Move{kSwap, 40000, 1.0f, kFade}, Move{kMono, 40000, 1.0f, kFade}}) {
    InsertHost host(utility_type());
    const Signal out = host.run(tone, every(kSlice), std::span(&move, 1));
    EXPECT_LT(worst_bin_above_2_khz(out[0], 40480), -100.0) << utility_type().params[move.param].key;
  }
}

}  // namespace

}  // namespace busbar::test
