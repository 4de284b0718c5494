// What the equaliser promises beside its curves: purity, transparency, places, and calm under a restless hand.
#include <algorithm>
#include <cmath>

#include "tests/engine/realtime/inserts/filter_response.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {

namespace {

constexpr float kBell = 0.0f, kHighShelf = 2.0f, kHighPass = 3.0f, kLowPass = 4.0f, kTilt = 5.0f;
constexpr float kMid = 1.0f, kSide = 2.0f;
constexpr int kWindow = 65536;

const InsertType& equaliser_type() { return *find_insert_type("equaliser"); }
ParamIndex index_of(std::string_view key) { return find_param(equaliser_type(), key)->index; }

std::vector<float> bell(float hz, float gain_db, float q) {
  return with(equaliser_type(), {{"band3_on", 1.0f}, {"band3_hz", hz}, {"band3_gain_db", gain_db}, {"band3_q", q}});
}

Signal tone(double hz, double rate, std::size_t frames, double amplitude = 0.5) {
  return {to_float(sine_wave(hz, rate, frames, amplitude))};
}

TEST(Equaliser, PassesEveryBitAsItComes) {
  for (const int channels : {1, 2}) {
    InsertHost host(equaliser_type(), {.channels = channels});
    const Signal in = joined(noise(channels, 5000, 1), denormals(channels, 1000, 2));
    EXPECT_TRUE(same_bytes(in, host.run(in, at_random(1))));
    EXPECT_EQ(host.tail(), 0);
  }
}

TEST(Equaliser, PassesEveryBitWithBandsThatAreOnButFlat) {
  for (const float type : {kBell, 1.0f, kHighShelf, kTilt}) {
    InsertHost host(
        equaliser_type(),
        {.params = with(equaliser_type(), {{"band4_on", 1.0f}, {"band4_type", type}, {"band4_place", kMid}})});
    const Signal in = noise(2, 5000, 1);
    EXPECT_TRUE(same_bytes(in, host.run(in, at_random(1)))) << type;
  }
}

TEST(Equaliser, IsBitTransparentAgainOnceAGainIsBackAtZero) {
  const ParamIndex gain = index_of("band3_gain_db");
  InsertHost host(equaliser_type(), {.params = bell(1000.0f, 0.0f, 1.0f)});
  const Signal in = noise(2, 20000, 3);
  const Signal out = host.run(in, at_random(2), std::vector<Move>{{gain, 1000, 12.0f, 960}, {gain, 5000, 0.0f, 960}});
  EXPECT_TRUE(same_bytes(part(in, 0, 1000), part(out, 0, 1000)));
  EXPECT_FALSE(same_bytes(part(in, 3000, 1000), part(out, 3000, 1000)));
  EXPECT_TRUE(same_bytes(part(in, 7000, 13000), part(out, 7000, 13000)));
}

TEST(Equaliser, CutsAreTheInverseOfBoosts) {
  for (const double rate : kRates)
    for (const float type : {kBell, 1.0f, kHighShelf, kTilt}) {
      const auto params = with(equaliser_type(), {{"band2_on", 1.0f},
                                                  {"band2_type", type},
                                                  {"band2_hz", 9000.0f},
                                                  {"band2_gain_db", 12.0f},
                                                  {"band2_q", 1.5f},
                                                  {"band7_on", 1.0f},
                                                  {"band7_type", type},
                                                  {"band7_hz", 9000.0f},
                                                  {"band7_gain_db", -12.0f},
                                                  {"band7_q", 1.5f}});
      InsertHost host(equaliser_type(), {.sample_rate = rate, .params = params});
      const Signal in = noise(2, 20000, 4);
      EXPECT_LT(null_db(in[1], host.run(in, every(64))[1]), -140.0) << type << " at " << rate;
    }
}

TEST(Equaliser, AddsNothingAbove140DbBelowATone) {
  double worst = -300.0;
  for (const double rate : kRates) {
    InsertHost host(equaliser_type(), {.sample_rate = rate, .channels = 1, .params = bell(30.0f, 12.0f, 8.0f)});
    const auto out = host.run(tone(997.0, rate, static_cast<std::size_t>(4.0 * rate), 1.0), every(kSlice))[0];
    worst = std::max(worst, distortion_db(out, 997.0, rate, static_cast<std::size_t>(3.0 * rate)));
  }
  EXPECT_TRUE(measured(
      {.group = "Equaliser", .item = "30 Hz, Q 8, +12 dB: THD+N of a 997 Hz tone", .unit = "dB", .target = -140.0},
      worst))
      << worst;
}

TEST(Equaliser, LeavesTheSideAloneWhenItWorksOnTheMiddle) {
  auto params = bell(3000.0f, 9.0f, 1.0f);
  const auto side_of = [](const Signal& s) {
    std::vector<double> side(s[0].size());
    for (std::size_t i = 0; i < side.size(); ++i) side[i] = 0.5 * (double{s[0][i]} - double{s[1][i]});
    return side;
  };
  params[index_of("band3_place")] = kMid;
  const Signal in = noise(2, 20000, 5, 0.25f);
  InsertHost middle(equaliser_type(), {.params = params});
  const Signal out = middle.run(in, every(64));
  const double error = null_db(side_of(in), side_of(out));
  EXPECT_TRUE(
      measured({.group = "Equaliser", .item = "Band on mid: null of the side", .unit = "dB", .target = -140.0}, error))
      << error;
  // Turned over, it is the side that changes: L' + R' stays, and mid and side of the same signal do the same.
  params[index_of("band3_place")] = kSide;
  InsertHost sides(equaliser_type(), {.params = params});
  Signal turned = in;
  for (float& x : turned[1]) x = -x;
  Signal back = sides.run(turned, every(64));
  for (float& x : back[1]) x = -x;
  EXPECT_LT(null_db(out[0], back[0]), -140.0);
  EXPECT_LT(null_db(out[1], back[1]), -140.0);
}

TEST(Equaliser, TreatsAMonoStripAsItsOwnMiddleWithoutSides) {
  auto params = bell(3000.0f, 9.0f, 1.0f);
  const Signal in = noise(1, 10000, 6);
  InsertHost plain(equaliser_type(), {.channels = 1, .params = params});
  const Signal expected = plain.run(in, every(64));
  params[index_of("band3_place")] = kMid;
  InsertHost middle(equaliser_type(), {.channels = 1, .params = params});
  EXPECT_TRUE(same_bytes(expected, middle.run(in, every(64))));
  params[index_of("band3_place")] = kSide;
  InsertHost side(equaliser_type(), {.channels = 1, .params = params});
  EXPECT_TRUE(same_bytes(in, side.run(in, every(64))));
}

TEST(Equaliser, AppliesItsOutputGainOnceAndExactly) {
  InsertHost host(equaliser_type(), {.params = with(equaliser_type(), {{"output_db", -6.0f}})});
  const Signal in = noise(2, 1000, 7);
  const Signal out = host.run(in, every(64));
  for (std::size_t i = 0; i < 1000; ++i)
    EXPECT_EQ(out[1][i], static_cast<float>(double{in[1][i]} * std::pow(10.0, -6.0 / 20.0)));
}

/// A 997 Hz tone of 0 dBFS, and what is heard above 4 kHz while `moves` are made, in one window around them.
double spurious_while(const std::vector<float>& params, const std::vector<Move>& moves, double rate) {
  constexpr int kBefore = 24000;
  InsertHost host(equaliser_type(), {.sample_rate = rate, .channels = 1, .params = params});
  host.run(tone(997.0, rate, kBefore, 1.0), every(64));
  Signal in{std::vector<float>(kWindow)};
  for (std::size_t i = 0; i < kWindow; ++i)
    in[0][i] = static_cast<float>(std::sin(2.0 * std::numbers::pi * 997.0 / rate * static_cast<double>(i + kBefore)));
  return spurious_db(host.run(in, every(64), moves)[0], rate, 4000.0);
}

TEST(Equaliser, MakesNoZipperNoiseWhenItsFrequencyIsSweptFast) {
  const ParamIndex hz = index_of("band3_hz");
  double worst = -300.0;
  for (const double rate : {44100.0, 48000.0, 96000.0}) {
    const auto quarter_second = static_cast<Frames>(0.25 * rate);
    worst = std::max(worst, spurious_while(bell(100.0f, 12.0f, 2.0f),
                                           {{hz, kWindow / 2 - quarter_second / 2, 8000.0f, quarter_second}}, rate));
    worst = std::max(worst, spurious_while(bell(8000.0f, -12.0f, 1.0f),
                                           {{hz, kWindow / 2 - quarter_second / 2, 100.0f, quarter_second}}, rate));
  }
  EXPECT_TRUE(measured({.group = "Equaliser",
                        .item = "Bell ±12 dB swept over 6 octaves in 0.25 s: spurious above 4 kHz of a 997 Hz tone",
                        .unit = "dBFS",
                        .target = -90.0},
                       worst))
      << worst;
}

TEST(Equaliser, MakesNoZipperNoiseWhenGainOrQMoves) {
  double worst = -300.0;
  for (const auto& [key, to] : Settings{{"band3_gain_db", -12.0f}, {"band3_q", 8.0f}, {"output_db", -20.0f}})
    worst =
        std::max(worst, spurious_while(bell(1200.0f, 12.0f, 1.0f), {{index_of(key), kWindow / 2, to, 960}}, 48000.0));
  EXPECT_TRUE(measured({.group = "Equaliser",
                        .item = "Gain, Q or output moved in 20 ms: spurious above 4 kHz of a 997 Hz tone",
                        .unit = "dBFS",
                        .target = -90.0},
                       worst))
      << worst;
}

TEST(Equaliser, SwitchesWithoutAClick) {
  double worst = -300.0;
  const auto note = [&](const std::vector<float>& params, std::string_view key, float to) {
    worst = std::max(worst, spurious_while(params, {{index_of(key), kWindow / 2, to, 0}}, 48000.0));
  };
  note(bell(1000.0f, 12.0f, 1.0f), "band3_on", 0.0f);
  auto off = bell(1000.0f, -18.0f, 4.0f);
  off[index_of("band3_on")] = 0.0f;
  note(off, "band3_on", 1.0f);
  note(bell(1000.0f, 12.0f, 1.0f), "band3_type", kHighShelf);
  note(bell(1000.0f, 12.0f, 1.0f), "band3_type", kLowPass);
  note(bell(1000.0f, 12.0f, 1.0f), "band3_place", kSide);
  auto pass = bell(1000.0f, 0.0f, 1.0f);
  pass[index_of("band3_type")] = kHighPass;
  note(pass, "band3_slope_db", 48.0f);
  // Again and again, before the fade of the last time has ended.
  for (const Frames apart : {48, 240, 480, 720}) {
    std::vector<Move> moves;
    for (Frames n = 0; n < 4000 / apart; ++n)
      moves.push_back({index_of("band3_on"), kWindow / 2 + n * apart, n % 2 == 0 ? 0.0f : 1.0f, 0});
    worst = std::max(worst, spurious_while(bell(900.0f, 9.0f, 1.0f), moves, 48000.0));
  }
  EXPECT_TRUE(
      measured({.group = "Equaliser",
                .item = "Band switched, its type, place or slope changed: spurious above 4 kHz of a 997 Hz tone",
                .unit = "dBFS",
                .target = -90.0},
               worst))
      << worst;
}

TEST(Equaliser, DoesNotGrowUnderAThousandChangesASecond) {
  // One bell, every parameter of it thrown about; its gain never above 12 dB.
  std::mt19937 rng(9);
  std::vector<Move> moves;
  for (Frames at = 0; at < 96000; at += 48) {
    const auto share = static_cast<float>(rng() % 1001) / 1000.0f;
    switch (rng() % 3) {
      case 0:
        moves.push_back({index_of("band3_hz"), at, 20.0f * std::pow(1000.0f, share), 0});
        break;
      case 1:
        moves.push_back({index_of("band3_gain_db"), at, -24.0f + 36.0f * share, 0});
        break;
      default:
        moves.push_back({index_of("band3_q"), at, 0.1f * std::pow(180.0f, share), 0});
    }
  }
  InsertHost host(equaliser_type(), {.params = bell(1000.0f, 0.0f, 1.0f)});
  const Signal out = host.run(noise(2, 96000, 10), every(64), moves);
  EXPECT_LT(peak(out[0]), 8.0);
  EXPECT_LT(peak(out[1]), 8.0);
}

TEST(Equaliser, IsHeardAtOnceAndDeclaresHowLongItRings) {
  const auto narrow = bell(30.0f, 12.0f, 8.0f), wide = bell(3000.0f, 12.0f, 1.0f);
  EXPECT_EQ(equaliser_type().latency(narrow, 48000.0), 0);
  EXPECT_GT(equaliser_type().tail(narrow, 48000.0), 20 * equaliser_type().tail(wide, 48000.0));
  EXPECT_LT(equaliser_type().tail(wide, 48000.0), 48000);
}

}  // namespace

}  // namespace busbar::test
