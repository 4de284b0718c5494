// Low cut and high cut at all their slopes. What the low cut is at 12 dB per octave stands in low_cut_test.cpp.
#include <algorithm>
#include <cmath>

#include "engine/realtime/dsp/svf.hpp"
#include "tests/engine/realtime/inserts/filter_response.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {

namespace {

constexpr float kSlopes[] = {6.0f, 12.0f, 18.0f, 24.0f, 36.0f, 48.0f};
constexpr int kWindow = 65536;

const InsertType& low_cut_type() { return *find_insert_type("low_cut"); }
const InsertType& high_cut_type() { return *find_insert_type("high_cut"); }

TEST(LowCutSlopes, SoundBitForBitAsThePlainFilterDoesAtTheStart) {
  for (const double rate : kRates) {
    InsertHost host(low_cut_type(), {.sample_rate = rate, .channels = 1});
    const Signal in = joined(noise(1, 20000, 1), silence(1, 20000));
    const Signal out = host.run(in, at_random(1));
    const SvfTuning tuning = SvfTuning::at(80.0, double{0.707f}, rate);
    SvfState state;
    for (std::size_t i = 0; i < in[0].size(); ++i) {
      ASSERT_EQ(out[0][i], static_cast<float>(state.next(tuning, double{in[0][i]}).high)) << i << " at " << rate;
      if (i % kSettleEvery == kSettleEvery - 1) state.settle();
    }
  }
}

TEST(LowCutSlopes, FollowButterworthAtEveryRate) {
  double worst = 0.0, corner = 0.0;
  for (const double rate : kRates)
    for (const float hz : {40.0f, 120.0f, 400.0f})
      for (const float slope_db : kSlopes) {
        if (slope_db == 12.0f) continue;
        const auto params = with(low_cut_type(), {{"corner_hz", hz}, {"slope_db", slope_db}});
        const auto response = response_of(low_cut_type(), params, rate, 20.0 / double{hz});
        const auto expected = [&](double f) { return high_pass_db(f / double{hz}, double{slope_db}); };
        worst = std::max(worst, response.worst(0.25 * double{hz}, 20000.0, expected));
        InsertHost host(low_cut_type(), {.sample_rate = rate, .channels = 1, .params = params});
        const auto frames = static_cast<int>(20.0 / double{hz} * rate);
        corner = std::max(
            corner,
            std::fabs(level_at(host.run(impulse(1, frames, 0, 1.0f), every(kSlice))[0], double{hz}, rate) + 3.0103));
      }
  EXPECT_TRUE(measured(
      {.group = "Equaliser", .item = "Low cut, two octaves below its corner … 20 kHz", .unit = "dB", .target = 0.01},
      worst))
      << worst;
  EXPECT_LT(corner, 0.05);
}

TEST(LowCutSlopes, DoNotHearQBut12DbDoes) {
  const Signal in = noise(1, 10000, 2);
  for (const float slope_db : kSlopes) {
    InsertHost calm(low_cut_type(), {.channels = 1, .params = {80.0f, 0.707f, slope_db}});
    InsertHost sharp(low_cut_type(), {.channels = 1, .params = {80.0f, 4.0f, slope_db}});
    EXPECT_EQ(same_bytes(calm.run(in, every(64)), sharp.run(in, every(64))), slope_db != 12.0f) << slope_db;
  }
}

TEST(HighCut, FollowsButterworthAtEveryRate) {
  double to_16k = 0.0, to_20k = 0.0, corner = 0.0;
  for (const double rate : kRates)
    for (const float hz : {1000.0f, 4000.0f, 10000.0f, 16000.0f})
      for (const float slope_db : kSlopes) {
        const auto response = response_of(high_cut_type(), {hz, slope_db}, rate, 0.05);
        for (std::size_t k = 1; k < response.db.size(); ++k) {
          const double f = response.hz(k), expected = low_pass_db(f / double{hz}, double{slope_db});
          if (f > 20000.0 || expected < -90.0) break;
          const double error = std::fabs(response.db[k] - expected);
          to_20k = std::max(to_20k, error);
          if (f <= 16000.0) to_16k = std::max(to_16k, error);
        }
        InsertHost host(high_cut_type(), {.sample_rate = rate, .channels = 1, .params = {hz, slope_db}});
        const auto response_in_time = host.run(impulse(1, 40000, 0, 1.0f), every(kSlice))[0];
        corner = std::max(corner, std::fabs(level_at(response_in_time, double{hz}, rate) + 3.0103));
      }
  EXPECT_TRUE(measured({.group = "Equaliser", .item = "High cut, up to 16 kHz", .unit = "dB", .target = 0.3}, to_16k))
      << to_16k;
  EXPECT_TRUE(measured({.group = "Equaliser", .item = "High cut, up to 20 kHz", .unit = "dB", .target = 1.0}, to_20k))
      << to_20k;
  EXPECT_LT(corner, 0.05);
}

TEST(HighCut, LetsDirectCurrentThroughToTheLastBit) {
  for (const float slope_db : kSlopes) {
    InsertHost host(high_cut_type(), {.channels = 1, .params = {1000.0f, slope_db}});
    const Signal out = host.run(Signal{std::vector<float>(20000, 0.7f)}, every(kSlice));
    EXPECT_EQ(out[0].back(), 0.7f) << slope_db;
  }
}

TEST(HighCut, AddsNothingAbove140DbBelowATone) {
  for (const double rate : kRates) {
    InsertHost host(high_cut_type(), {.sample_rate = rate, .channels = 1, .params = {1200.0f, 48.0f}});
    const auto frames = static_cast<std::size_t>(2.0 * rate);
    const auto out = host.run({to_float(sine_wave(997.0, rate, frames))}, every(kSlice))[0];
    EXPECT_LT(distortion_db(out, 997.0, rate, frames / 2), -140.0) << rate;
  }
}

/// What is heard above 6 kHz of a 997 Hz tone while one parameter of a filter moves.
double spurious_while(const InsertType& type, const std::vector<float>& params, Move move) {
  constexpr int kBefore = 20000;
  InsertHost host(type, {.channels = 1, .params = params});
  const Signal in{to_float(sine_wave(997.0, 48000.0, kBefore + kWindow))};
  move.at += kBefore;
  const Signal out = host.run(in, every(64), std::vector<Move>{move});
  return spurious_db(part(out, kBefore, kWindow)[0], 48000.0, 6000.0);
}

TEST(Cuts, MoveAndSwitchWithoutZipperNoise) {
  double worst = -300.0;
  worst = std::max(worst, spurious_while(high_cut_type(), {16000.0f, 24.0f}, {0, kWindow / 2, 1000.0f, 960}));
  worst = std::max(worst, spurious_while(high_cut_type(), {1500.0f, 12.0f}, {1, kWindow / 2, 48.0f, 0}));
  worst = std::max(worst, spurious_while(low_cut_type(), {20.0f, 0.707f, 48.0f}, {0, kWindow / 2, 400.0f, 960}));
  worst = std::max(worst, spurious_while(low_cut_type(), {400.0f, 4.0f, 12.0f}, {2, kWindow / 2, 48.0f, 0}));
  EXPECT_TRUE(measured({.group = "Equaliser",
                        .item = "Cuts swept in 20 ms, slopes changed: spurious above 6 kHz of a 997 Hz tone",
                        .unit = "dBFS",
                        .target = -90.0},
                       worst))
      << worst;
}

}  // namespace

}  // namespace busbar::test
