// The FET compressor: its buttons, its times, its cleanliness.
#include "tests/engine/realtime/inserts/dynamics_signals.hpp"

namespace busbar::test {

namespace {

const InsertType& fet_type() { return *find_insert_type("fet_compressor"); }

constexpr float kButtons[] = {0.0f, 1.0f, 2.0f, 3.0f, 4.0f};
constexpr double kRatios[] = {4.0, 8.0, 12.0, 20.0};
constexpr std::size_t kWindow = 65536;

std::vector<float> steady_tone(double rate, const std::vector<float>& params, double hz, double amplitude) {
  const auto settle = static_cast<std::size_t>(rate);
  const auto out = rendered(fet_type(), rate, params, to_float(sine_wave(hz, rate, settle + kWindow, amplitude)));
  return {out.end() - static_cast<std::ptrdiff_t>(kWindow), out.end()};
}

double on_bin(double hz, double rate) {
  const double bin = rate / static_cast<double>(kWindow);
  return bin * (2.0 * std::round(hz / bin / 2.0) + 1.0);
}

/// How much a steady level is reduced. Of direct current, which has the same level between its samples.
double reduction_of(float button, double level_db, float input_db = 0.0f) {
  const auto params = values_with(fet_type(), {{"ratio", button}, {"input_db", input_db}, {"output_db", -input_db}});
  const std::vector<float> in(4800, static_cast<float>(std::pow(10.0, level_db / 20.0)));
  return level_db - db_of(static_cast<double>(rendered(fet_type(), 48000.0, params, in).back()));
}

TEST(FetCompressor, HasARatioOfItsButtonWellOverItsThreshold) {
  for (int button = 0; button < 4; ++button) {
    const auto b = static_cast<float>(button);
    const double slope = (reduction_of(b, 0.0) - reduction_of(b, -6.0)) / 6.0;
    EXPECT_NEAR(1.0 / (1.0 - slope), kRatios[button], 0.03 * kRatios[button]);
  }
  EXPECT_GT(reduction_of(4.0f, 0.0) - reduction_of(4.0f, -6.0), 5.9) << "all buttons make a plateau";
}

TEST(FetCompressor, RaisesItsThresholdWithTheRatio) {
  double last = -100.0;
  for (const float button : kButtons) {
    double onset = -26.0;
    while (reduction_of(button, onset) < 0.05) onset += 0.5;
    EXPECT_GT(onset, last) << button;
    last = onset;
  }
}

TEST(FetCompressor, IsDrivenIntoItsThresholdByTheInput) {
  EXPECT_NEAR(reduction_of(0.0f, -20.0, 20.0f), reduction_of(0.0f, 0.0), 0.02);
  EXPECT_NEAR(reduction_of(1.0f, -40.0, 30.0f), reduction_of(1.0f, -10.0), 0.02);
}

/// Errors of both times after a step of 24 dB over the threshold and back. A tone close to a quarter of the rate would
/// be louder between its samples than on them, so the step is one of direct current.
std::pair<double, double> time_errors(double rate, float button, float attack_us, float release_ms) {
  const auto params =
      values_with(fet_type(), {{"ratio", button}, {"attack_us", attack_us}, {"release_ms", release_ms}});
  const double attack = 1e-6 * double{attack_us} * rate, release = 1e-3 * double{release_ms} * rate;
  const std::size_t up = 1000, down = up + 1000 + static_cast<std::size_t>(20.0 * attack),
                    end = down + 1000 + static_cast<std::size_t>(12.0 * release);
  std::vector<float> in(end, 0.01f);
  std::fill(in.begin() + static_cast<std::ptrdiff_t>(up), in.begin() + static_cast<std::ptrdiff_t>(down), 1.0f);
  const auto latency = static_cast<std::size_t>(fet_type().latency(params, rate));
  const auto gain = gain_course(in, rendered(fet_type(), rate, params, in), latency);
  return {time_error(t63_frames(gain, up, down), attack), time_error(t63_frames(gain, down, gain.size()), release)};
}

TEST(FetCompressor, KeepsTheTimesOnItsPanel) {
  double attack_error = 0.0, release_error = 0.0;
  for (const double rate : kDynamicsRates)
    for (const float button : {0.0f, 3.0f, 4.0f})
      for (const auto& [attack, release] : {std::pair{20.0f, 50.0f}, {100.0f, 100.0f}, {800.0f, 300.0f}}) {
        if (rate > 50000.0 && release > 60.0f && button > 0.0f) continue;
        const auto [a, r] = time_errors(rate, button, attack, release);
        attack_error = std::max(attack_error, a);
        release_error = std::max(release_error, r);
      }
  release_error = std::max(release_error, time_errors(44100.0, 0.0f, 200.0f, 1100.0f).second);
  EXPECT_TRUE(measured({.group = "Dynamics",
                        .item = "FET compressor, attack 20 … 800 us, of a level without ripple",
                        .unit = "%",
                        .target = 20.0},
                       100.0 * attack_error));
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "FET compressor, release 50 ms … 1.1 s", .unit = "%", .target = 10.0},
               100.0 * release_error));
}

TEST(FetCompressor, LeavesNoAliasesAbove80DbBelow5Khz) {
  double worst = -200.0;
  for (const double rate : kDynamicsRates)
    for (const float button : {0.0f, 4.0f})
      for (const float attack : {20.0f, 100.0f}) {
        const auto params = values_with(fet_type(), {{"ratio", button}, {"attack_us", attack}, {"release_ms", 50.0f}});
        const double hz = on_bin(5000.0, rate);
        const Spectrum spectrum = spectrum_of(steady_tone(rate, params, hz, 1.0), rate);
        worst = std::max(worst, spectrum.highest_db_besides(harmonics_of(hz, rate)) - spectrum.level_db(hz));
      }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "FET compressor, aliases of 5 kHz", .unit = "dBc", .target = -80.0}, worst))
      << worst;
}

TEST(FetCompressor, IsLateByLessThanAThirdOfAMillisecondOrSo) {
  double worst = 0.0;
  for (const double rate : kDynamicsRates)
    worst = std::max(worst, 1000.0 * static_cast<double>(fet_type().latency(start_values(fet_type()), rate)) / rate);
  EXPECT_TRUE(measured({.group = "Dynamics", .item = "FET compressor, latency", .unit = "ms", .target = 0.35}, worst));
}

TEST(FetCompressor, PassesEveryBitWhileItReducesNothing) {
  InsertHost host(fet_type());
  const auto late = static_cast<int>(host.latency());
  const Signal in = joined(noise(2, 20000, 2, 0.02f), silence(2, late));
  const Signal out = host.run(in, every(kSlice));
  EXPECT_TRUE(same_bytes(part(in, 0, 20000), part(out, late, 20000)));
}

TEST(FetCompressor, ReducesBothSidesAlike) {
  const Signal in{square_carrier(10000, -6.0), square_carrier(10000, -30.0)};
  InsertHost host(fet_type());
  const auto late = static_cast<std::size_t>(host.latency());
  const Signal out = host.run(in, every(kSlice));
  const auto l = gain_course(in[0], out[0], late), r = gain_course(in[1], out[1], late);
  EXPECT_LT(l.back(), -6.0);
  EXPECT_NEAR(l.back(), r.back(), 1e-4);
}

TEST(FetCompressor, ChangesButtonsAndGainsWithoutZipperNoise) {
  std::mt19937 rng(6);
  std::vector<Move> moves;
  for (Frames at = 0; at < 2 * static_cast<Frames>(kWindow); at += 48) {
    const ParamSpec& spec = fet_type().params[rng() % fet_type().params.size()];
    moves.push_back({spec.index, at, random_value(spec, rng), spec.travel == Travel::jump ? 0 : 960});
  }
  InsertHost host(fet_type(), {.channels = 1});
  const Signal in{to_float(sine_wave(on_bin(60.0, 48000.0), 48000.0, 2 * kWindow, 0.01))};
  const auto out = host.run(in, every(kSlice), moves)[0];
  const std::vector<float> end(out.end() - static_cast<std::ptrdiff_t>(kWindow), out.end());
  const Spectrum spectrum = spectrum_of(end, 48000.0);
  double worst = -300.0;
  worst = std::max(worst, highest_db_above(spectrum, 2000.0));
  EXPECT_TRUE(measured({.group = "Dynamics",
                        .item = "FET compressor, storm of moves, 60 Hz, above 2 kHz",
                        .unit = "dBFS",
                        .target = -60.0},
                       worst))
      << worst;
}

}  // namespace

}  // namespace busbar::test
