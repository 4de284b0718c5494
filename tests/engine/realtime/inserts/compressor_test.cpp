// The clean compressor's curve, times, make-up, link and key, against formulas of their own.
#include "tests/engine/realtime/inserts/dynamics_signals.hpp"

namespace busbar::test {

namespace {

const InsertType& compressor_type() { return *find_insert_type("compressor"); }

/// Output level of a level x, by the published curve; ratio 0 stands for an infinite one.
double curve_db(double x, double threshold, double ratio, double knee) {
  const double slope = ratio == 0.0 ? -1.0 : 1.0 / ratio - 1.0, over = x - threshold;
  if (2.0 * over <= -knee) return x;
  if (knee > 0.0 && 2.0 * std::fabs(over) <= knee) return x + slope * std::pow(over + knee / 2.0, 2) / (2.0 * knee);
  return threshold + (1.0 + slope) * over;
}

/// Where a steady level comes out, in dB.
double settled_db(double level, double rate, const std::vector<float>& params) {
  const auto in = square_carrier(2048, level);
  return db_of(static_cast<double>(rendered(compressor_type(), rate, params, in).back()));
}

TEST(Compressor, FollowsItsStaticCurve) {
  double worst = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float ratio : {1.5f, 2.0f, 4.0f, 10.0f, 20.0f, 0.0f})
      for (const float knee : {0.0f, 6.0f, 12.0f}) {
        const auto params = values_with(compressor_type(), {{"threshold_db", -24.0f},
                                                            {"ratio", ratio},
                                                            {"knee_db", knee},
                                                            {"attack_ms", 0.05f},
                                                            {"release_ms", 5.0f}});
        for (const double level : levels(-60.0, 6.0, rate == 48000.0 ? 1.0 : 5.5))
          worst = std::max(
              worst, std::fabs(settled_db(level, rate, params) - curve_db(level, -24.0, double{ratio}, double{knee})));
      }
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Compressor, static curve", .unit = "dB", .target = 0.05}, worst))
      << worst;
}

TEST(Compressor, ReadsTheRootMeanSquareOnTheSameCurve) {
  const auto params = values_with(
      compressor_type(), {{"threshold_db", -30.0f}, {"ratio", 4.0f}, {"attack_ms", 0.05f}, {"detector", 1.0f}});
  const auto in = sine_wave(1000.0, 48000.0, 48000, 0.5);
  const auto out = rendered(compressor_type(), 48000.0, params, to_float(in));
  const std::vector<float> end(out.end() - 4800, out.end());
  EXPECT_NEAR(rms_db(end), curve_db(db_of(0.5) - 3.0103, -30.0, 4.0, 6.0), 0.1);
}

TEST(Compressor, PassesEveryBitAtARatioOfOne) {
  const Signal in = noise(2, 20000, 1);
  InsertHost host(
      compressor_type(),
      {.params = values_with(compressor_type(), {{"ratio", 1.0f}, {"threshold_db", -60.0f}, {"auto_makeup", 1.0f}})});
  const Signal out = host.run(in, every(kSlice));
  EXPECT_TRUE(same_bytes(in, out));
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Compressor, ratio 1, null", .unit = "dBFS", .target = -140.0},
                       std::max(-400.0, null_db(in[0], out[0]))));
}

TEST(Compressor, PassesEveryBitBelowItsKneeInHighQualityToo) {
  for (const float quality : {0.0f, 1.0f}) {
    const auto params = values_with(compressor_type(), {{"threshold_db", -6.0f}, {"quality", quality}});
    InsertHost host(compressor_type(), {.params = params});
    const auto late = static_cast<int>(host.latency());
    const Signal in = joined(noise(2, 20000, 2, 0.05f), silence(2, late));
    const Signal out = host.run(in, every(kSlice));
    EXPECT_TRUE(same_bytes(part(in, 0, 20000), part(out, late, 20000))) << quality;
  }
}

/// Errors of the attack and the release behind a step from `before` to `after` and back.
std::pair<double, double> time_errors(double rate, float attack_ms, float release_ms, double before, double after) {
  const auto params =
      values_with(compressor_type(),
                  {{"threshold_db", -20.0f}, {"ratio", 4.0f}, {"attack_ms", attack_ms}, {"release_ms", release_ms}});
  const double attack = 1e-3 * double{attack_ms} * rate, release = 1e-3 * double{release_ms} * rate;
  const std::size_t up = 400, down = up + 400 + static_cast<std::size_t>(14.0 * attack),
                    end = down + 400 + static_cast<std::size_t>(14.0 * release);
  std::vector<float> in = square_step(end, up, before, after);
  const auto low = square_carrier(end - down, before);
  std::copy(low.begin(), low.end(), in.begin() + static_cast<std::ptrdiff_t>(down));
  const auto gain = gain_course(in, rendered(compressor_type(), rate, params, in));
  return {time_error(t63_frames(gain, up, down), attack), time_error(t63_frames(gain, down, end), release)};
}

TEST(Compressor, AttacksInTheTimeThePanelSays) {
  double worst = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float attack : {0.1f, 0.3f, 1.0f, 10.0f, 100.0f})
      worst = std::max(worst, time_errors(rate, attack, 10.0f, -40.0, -8.0).first);
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Compressor, attack 0.1 … 100 ms", .unit = "%", .target = 5.0},
                       100.0 * worst));
}

TEST(Compressor, ReleasesInTheTimeThePanelSays) {
  double worst = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float release : {10.0f, 30.0f, 100.0f, 300.0f})
      worst = std::max(worst, time_errors(rate, 1.0f, release, -40.0, -8.0).second);
  for (const float release : {1000.0f, 3000.0f})
    worst = std::max(worst, time_errors(8000.0, 1.0f, release, -40.0, -8.0).second);
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "Compressor, release 10 ms … 3 s", .unit = "%", .target = 5.0},
                       100.0 * worst));
}

TEST(Compressor, TakesTheSameTimeForAnyStep) {
  double worst = 0.0;
  for (const double after : {-16.0, -8.0, 0.0, 6.0}) {
    const auto [attack, release] = time_errors(48000.0, 5.0f, 50.0f, -40.0, after);
    worst = std::max({worst, attack, release});
  }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Compressor, times for steps of 4 … 26 dB over", .unit = "%", .target = 5.0},
      100.0 * worst));
}

TEST(Compressor, ReleasesWithinANoteOfTheTempo) {
  auto params = values_with(compressor_type(), {{"threshold_db", -20.0f}, {"attack_ms", 1.0f}, {"release_ms", 1.0f}});
  const ParamSpec& note = *find_param(compressor_type(), "release_note");
  const auto set_note = [&](std::string_view name) {
    const auto place = std::ranges::find(note.choices, name) - note.choices.begin();
    params[note.index] = static_cast<float>(place);
  };
  for (const auto& [name, beats] : {std::pair<std::string_view, double>{"quarter", 1.0},
                                    {"eighth_triplet", 1.0 / 3.0},
                                    {"sixteenth_dotted", 0.375},
                                    {"thirty_second", 0.125}})
    for (const float tempo : {90.0f, 128.0f}) {
      set_note(name);
      params.back() = tempo;
      const double frames = 60.0 / double{tempo} * beats * 48000.0;
      const std::size_t down = 2000, end = down + static_cast<std::size_t>(12.0 * frames);
      const auto in = square_step(end, down, -8.0, -40.0);
      const auto gain = gain_course(in, rendered(compressor_type(), 48000.0, params, in));
      EXPECT_LE(time_error(t63_frames(gain, down, end), frames), 0.01) << name << " at " << tempo;
    }
}

TEST(Compressor, LetsGoOfAPeakSoonAndOfALongReductionSlowlyByItself) {
  const auto params =
      values_with(compressor_type(), {{"threshold_db", -20.0f}, {"attack_ms", 0.1f}, {"release_ms", 0.0f}});
  const auto left_after = [&](double burst_s, double wait_s) {
    const auto down = static_cast<std::size_t>(48000.0 * burst_s);
    const auto in = square_step(down + 240000, down, -8.0, -60.0);
    const auto gain = gain_course(in, rendered(compressor_type(), 48000.0, params, in));
    return gain[down + static_cast<std::size_t>(48000.0 * wait_s)] / gain[down - 1];
  };
  EXPECT_LT(left_after(0.005, 0.15), 0.25);
  EXPECT_GT(left_after(3.0, 0.15), 0.7);
  EXPECT_LT(left_after(3.0, 4.5), 0.05);
}

TEST(Compressor, MakesUpHalfOfWhatFullScaleLosesByItself) {
  for (const float ratio : {2.0f, 8.0f, 0.0f}) {
    const auto with = [&](float automatic) {
      return values_with(compressor_type(), {{"threshold_db", -20.0f},
                                             {"ratio", ratio},
                                             {"attack_ms", 0.05f},
                                             {"release_ms", 5.0f},
                                             {"makeup_db", 3.0f},
                                             {"auto_makeup", automatic}});
    };
    const double lost = -curve_db(0.0, -20.0, double{ratio}, 6.0);
    EXPECT_NEAR(settled_db(-50.0, 48000.0, with(0.0f)), -47.0, 0.01);
    EXPECT_NEAR(settled_db(-50.0, 48000.0, with(1.0f)), -47.0 + lost / 2.0, 0.01);
    EXPECT_NEAR(settled_db(0.0, 48000.0, with(1.0f)), 3.0 - lost / 2.0, 0.01);
  }
}

/// Input and output of a stereo run, each side at a level of its own.
std::pair<Signal, Signal> run_sides(const std::vector<float>& params, double left_db, double right_db) {
  const Signal in{square_carrier(48000, left_db), square_carrier(48000, right_db)};
  InsertHost host(compressor_type(), {.params = params});
  return {in, host.run(in, every(kSlice))};
}

TEST(Compressor, ReducesBothSidesAlikeByTheLouderWhenLinked) {
  const auto params = values_with(compressor_type(), {{"threshold_db", -30.0f}, {"attack_ms", 1.0f}});
  const double alone = settled_db(-6.0, 48000.0, params) + 6.0;
  for (const auto& [left, right] : {std::pair{-6.0, -12.0}, {-20.0, -6.0}, {-6.0, -6.0}, {-6.0, -100.0}}) {
    const auto [in, out] = run_sides(params, left, right);
    const auto gain_l = gain_course(in[0], out[0]), gain_r = gain_course(in[1], out[1]);
    double apart = 0.0;
    for (std::size_t i = 0; i < gain_l.size(); ++i) apart = std::max(apart, std::fabs(gain_l[i] - gain_r[i]));
    EXPECT_TRUE(measured(
        {.group = "Dynamics", .item = "Compressor, link 100 %, left against right", .unit = "dB", .target = 0.001},
        apart));
    EXPECT_NEAR(gain_l.back(), alone, 0.001) << "the sum of both must not count";
  }
}

TEST(Compressor, LeavesTheSidesToThemselvesWhenApartAndGoesHalfWayBetween) {
  for (const auto& [link, expected] : {std::pair{0.0f, 0.0}, {50.0f, 0.5}, {100.0f, 1.0}}) {
    const auto params = values_with(compressor_type(), {{"threshold_db", -30.0f}, {"attack_ms", 1.0f}, {"link", link}});
    const auto [in, out] = run_sides(params, -6.0, -50.0);
    EXPECT_NEAR(gain_course(in[0], out[0]).back(), -18.0, 0.05);
    EXPECT_NEAR(gain_course(in[1], out[1]).back(), -18.0 * expected, 0.05) << link;
  }
}

TEST(Compressor, TakesAKeyOfOneSideOrOneChannelForTheSame) {
  const auto params = values_with(compressor_type(), {{"threshold_db", -30.0f}, {"attack_ms", 1.0f}});
  const Signal in = noise(2, 10000, 3, 0.1f);
  const auto tone = square_carrier(10000, -6.0);
  const Signal mono{tone}, both{tone, tone}, left{tone, std::vector<float>(10000)}, right{left[1], tone};
  const auto with_key = [&](const Signal& key) {
    InsertHost host(compressor_type(), {.params = params});
    return host.run(in, every(kSlice), {}, &key);
  };
  const Signal expected = with_key(mono);
  EXPECT_NEAR(gain_course(in[0], expected[0]).back(), -18.0, 0.05);
  for (const Signal& key : {both, left, right}) EXPECT_TRUE(same_bytes(expected, with_key(key)));
}

TEST(Compressor, SaysHowMuchItReduced) {
  const auto params =
      values_with(compressor_type(), {{"threshold_db", -30.0f}, {"attack_ms", 1.0f}, {"makeup_db", 9.0f}});
  InsertMemory memory(compressor_type(), 48000.0, 2, params);
  Signal in{square_carrier(48000, -6.0), square_carrier(48000, -6.0)};
  float reduction = -1.0f;
  for (int i = 0; i + 256 <= 48000; i += 256) {
    const AudioBlock io(in[0].data() + i, in[1].data() + i, 2, 256);
    compressor_type().process(memory.state(), {.io = io, .key = io, .params = params, .curves = {}});
    reduction = compressor_type().reduction_db(memory.state());
  }
  EXPECT_NEAR(reduction, 18.0f, 0.05f);
}

}  // namespace

}  // namespace busbar::test
