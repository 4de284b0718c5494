// The console's bus compressor against the values on its panel and the handbook's release figures.
#include "tests/engine/realtime/inserts/dynamics_signals.hpp"

namespace busbar::test {

namespace {

const InsertType& bus_type() { return *find_insert_type("bus_compressor"); }

constexpr double kPanelZero = -12.0;  // dBFS

/// The curve by its published form: knees of 15 - 3·log2(ratio) dB around the threshold.
double reduction_db(double level, double panel, double ratio) {
  const double knee = 15.0 - 3.0 * std::log2(ratio), over = level - kPanelZero - panel, slope = 1.0 - 1.0 / ratio;
  if (over <= -knee / 2.0) return 0.0;
  if (over < knee / 2.0) return slope * std::pow(over + knee / 2.0, 2) / (2.0 * knee);
  return slope * over;
}

double settled_db(double level, double rate, const std::vector<float>& params) {
  return db_of(static_cast<double>(rendered(bus_type(), rate, params, square_carrier(4096, level)).back()));
}

TEST(BusCompressor, FollowsASoftKneeForEachRatio) {
  double worst = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float ratio : {2.0f, 4.0f, 10.0f})
      for (const float panel : {-15.0f, 0.0f, 15.0f}) {
        const auto params = values_with(
            bus_type(), {{"threshold_db", panel}, {"ratio", ratio}, {"attack_ms", 0.1f}, {"makeup_db", 2.0f}});
        for (const double level : levels(-50.0, 6.0, 2.0))
          worst = std::max(worst, std::fabs(settled_db(level, rate, params) -
                                            (level + 2.0 - reduction_db(level, double{panel}, double{ratio}))));
      }
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "Bus compressor, static curve", .unit = "dB", .target = 0.05}, worst));
}

TEST(BusCompressor, BeginsLowerTheLowerItsRatio) {
  double last = -100.0;
  for (const float ratio : {2.0f, 4.0f, 10.0f}) {
    const auto params = values_with(bus_type(), {{"ratio", ratio}, {"attack_ms", 0.1f}});
    double onset = -30.0;
    while (settled_db(onset, 48000.0, params) > onset - 0.01) onset += 0.1;
    EXPECT_GT(onset, kPanelZero - 6.2);
    EXPECT_LT(onset, kPanelZero);
    EXPECT_GT(onset, last + 0.5) << ratio;
    last = onset;
  }
}

TEST(BusCompressor, KeepsTheTimesOnItsPanel) {
  double attack_error = 0.0, release_error = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float attack : {0.1f, 0.3f, 1.0f, 3.0f, 10.0f, 30.0f}) {
      const auto params = values_with(bus_type(), {{"attack_ms", attack}});
      const double frames = 1e-3 * double{attack} * rate;
      const std::size_t end = 400 + static_cast<std::size_t>(14.0 * frames) + 400;
      const auto in = square_step(end, 400, -32.0, 0.0);
      attack_error =
          std::max(attack_error,
                   time_error(t63_frames(gain_course(in, rendered(bus_type(), rate, params, in)), 400, end), frames));
    }
  for (const double rate : {8000.0, 48000.0})
    for (const float release : {0.1f, 0.3f, 0.6f, 1.2f}) {
      const auto params = values_with(bus_type(), {{"attack_ms", 0.1f}, {"release_s", release}});
      const double frames = double{release} * rate;
      const std::size_t down = 2000, end = down + static_cast<std::size_t>(12.0 * frames);
      const auto in = square_step(end, down, 0.0, -32.0);
      release_error =
          std::max(release_error,
                   time_error(t63_frames(gain_course(in, rendered(bus_type(), rate, params, in)), down, end), frames));
    }
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Bus compressor, attack times", .unit = "%", .target = 10.0},
                       100.0 * attack_error));
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Bus compressor, release times", .unit = "%", .target = 10.0},
                       100.0 * release_error));
}

/// Seconds after a burst of 6 dB reduction until `share` of it is left, in automatic release.
double seconds_until(double share, double burst_s, double rate) {
  const auto params = values_with(bus_type(), {{"attack_ms", 0.1f}, {"release_s", 0.0f}});
  const auto before = static_cast<std::size_t>(0.1 * rate), down = before + static_cast<std::size_t>(burst_s * rate);
  auto in = square_step(down + static_cast<std::size_t>(6.0 * rate), down, -4.0, -60.0);
  const auto quiet = square_carrier(before, -60.0);
  std::copy(quiet.begin(), quiet.end(), in.begin());
  const auto gain = gain_course(in, rendered(bus_type(), rate, params, in));
  EXPECT_NEAR(gain[down - 1], -6.0, 0.05);
  std::size_t i = down;
  while (i < gain.size() && gain[i] < share * gain[down - 1]) ++i;
  return static_cast<double>(i - down) / rate;
}

TEST(BusCompressor, FindsItsReleaseAsTwoSectionsInSeriesDo) {
  struct Burst {
    double seconds, half, third;
  };
  double worst = 0.0;
  for (const double rate : {24000.0, 48000.0})
    for (const Burst& burst : {Burst{0.005, 0.034, 0.049}, Burst{0.020, 0.035, 0.051}, Burst{0.100, 0.042, 0.065},
                               Burst{0.5, 0.36, 1.9}, Burst{2.0, 2.8, 4.4}}) {
      const double half = seconds_until(0.50, burst.seconds, rate), third = seconds_until(0.37, burst.seconds, rate);
      worst = std::max({worst, std::fabs(half / burst.half - 1.0), std::fabs(third / burst.third - 1.0)});
      EXPECT_NEAR(half, burst.half, 0.15 * burst.half) << burst.seconds;
      EXPECT_NEAR(third, burst.third, 0.15 * burst.third) << burst.seconds;
    }
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Bus compressor, automatic release", .unit = "%", .target = 15.0},
                       100.0 * worst));
}

TEST(BusCompressor, OffersTheStepsOfThePanelAndNoLatency) {
  const auto steps = [](std::string_view key) {
    const auto s = find_param(bus_type(), key)->steps;
    return std::vector<float>(s.begin(), s.end());
  };
  EXPECT_EQ(steps("ratio"), (std::vector<float>{2, 4, 10}));
  EXPECT_EQ(steps("attack_ms"), (std::vector<float>{0.1f, 0.3f, 1, 3, 10, 30}));
  EXPECT_EQ(steps("release_s"), (std::vector<float>{0.1f, 0.3f, 0.6f, 1.2f}));
  EXPECT_EQ(find_param(bus_type(), "release_s")->choices.front(), "auto");
  EXPECT_EQ(bus_type().latency(start_values(bus_type()), 48000.0), 0);
}

TEST(BusCompressor, ReducesBothSidesAlikeAndPassesEveryBitBelowItsKnee) {
  const auto params = values_with(bus_type(), {{"attack_ms", 1.0f}});
  InsertHost one(bus_type(), {.params = params}), both(bus_type(), {.params = params}), idle(bus_type());
  const Signal sided{square_carrier(10000, 0.0), square_carrier(10000, -30.0)};
  const Signal same{square_carrier(10000, 0.0), square_carrier(10000, 0.0)};
  const Signal out = one.run(sided, every(kSlice));
  EXPECT_EQ(out[0], both.run(same, every(kSlice))[0]);
  EXPECT_NEAR(gain_course(sided[1], out[1]).back(), gain_course(sided[0], out[0]).back(), 1e-4);
  const Signal quiet = noise(2, 10000, 1, 0.1f);
  EXPECT_TRUE(same_bytes(quiet, idle.run(quiet, every(kSlice))));
}

TEST(BusCompressor, HearsLessBassThroughItsKeyFilter) {
  const auto params = values_with(bus_type(), {{"threshold_db", -15.0f},
                                               {"ratio", 10.0f},
                                               {"attack_ms", 0.1f},
                                               {"release_s", 1.2f},
                                               {"sidechain_hpf_hz", 100.0f}});
  const Signal in{square_carrier(96000, -40.0)}, key{to_float(sine_wave(50.0, 48000.0, 96000))};
  InsertHost host(bus_type(), {.channels = 1, .params = params});
  const auto gain = gain_course(in[0], host.run(in, every(kSlice), {}, &key)[0]);
  EXPECT_NEAR(-*std::min_element(gain.begin() + 48000, gain.end()), reduction_db(-12.3, -15.0, 10.0), 0.2);
}

}  // namespace

}  // namespace busbar::test
