// The make-up that makes the output as loud as the input.
#include <cmath>
#include <numbers>

#include "tests/engine/realtime/inserts/colour_signals.hpp"

namespace busbar::test {

namespace {

constexpr double kRate = 48000.0;

/// Loudness by ITU-R BS.1770-5 without gates, at 48 kHz, with the coefficients printed there.
double loudness(const std::vector<double>& signal) {
  struct Section {
    double b0, b1, b2, a1, a2, s1 = 0.0, s2 = 0.0;
    double next(double x) {
      const double y = b0 * x + s1;
      s1 = b1 * x - a1 * y + s2;
      s2 = b2 * x - a2 * y;
      return y;
    }
  };
  Section shelf{1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585};
  Section high_pass{1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621};
  double power = 0.0;
  for (const double x : signal) power += std::pow(high_pass.next(shelf.next(x)), 2);
  return -0.691 + 10.0 * std::log10(power / static_cast<double>(signal.size()));
}

constexpr std::size_t kFrames = 8 * 48000;

std::vector<double> pink(double peak) {
  std::vector<double> signal = white_noise(kFrames, 11, 1.0);
  double a = 0.0, b = 0.0, c = 0.0, most = 0.0;  // three sections after P. Kellet
  for (double& x : signal) {
    a = 0.99765 * a + 0.0990460 * x;
    b = 0.96300 * b + 0.2965164 * x;
    c = 0.57000 * c + 1.0526913 * x;
    x = a + b + c + 0.1848 * x;
    most = std::max(most, std::fabs(x));
  }
  for (double& x : signal) x *= peak / most;
  return signal;
}

std::vector<double> drums() {
  const auto hiss = white_noise(kFrames, 5, 0.4);
  std::vector<double> signal(kFrames);
  for (std::size_t i = 0; i < kFrames; ++i) {
    const double t = static_cast<double>(i % 12000) / kRate;
    signal[i] = 0.8 * std::exp(-t / 0.06) * std::sin(2.0 * std::numbers::pi * 70.0 * t) + std::exp(-t / 0.02) * hiss[i];
  }
  return signal;
}

void expect_matched(const std::vector<double>& in, int model, double drive) {
  const auto params = params_of("saturation", {{"model", model}, {"drive_db", drive}, {"level_match", 1.0}});
  const auto out = through("saturation", kRate, params, in);
  EXPECT_TRUE(measured({.group = "Colour, space, time",
                        .item = "Saturation: level-matched, loudness of output over input, from the first sample on",
                        .unit = "LU",
                        .target = 0.2},
                       std::fabs(loudness(end_of(out, out.size())) - loudness(in))))
      << "model " << model << " drive " << drive;
}

TEST(SaturationLevel, IsThatOfTheInputWhenMatched) {
  const auto noise = pink(0.7), kit = drums(), tone = sine_wave(1000.0, kRate, kFrames, 0.25);
  for (int model = 0; model < 4; ++model)
    for (const double drive : {6.0, 18.0}) {
      expect_matched(noise, model, drive);
      expect_matched(kit, model, drive);
      expect_matched(tone, model, drive);
    }
}

TEST(SaturationLevel, StaysMatchedThroughSilence) {
  std::vector<double> in = sine_wave(1000.0, kRate, kFrames, 0.25);
  std::fill(in.begin() + 96000, in.begin() + 288000, 0.0);
  const auto params = params_of("saturation", {{"drive_db", 12.0}, {"level_match", 1.0}});
  const auto out = through("saturation", kRate, params, in);
  EXPECT_TRUE(std::all_of(out.begin() + 200000, out.begin() + 288000, [](float x) { return x == 0.0f; }));
  const std::vector<double> again(out.begin() + 290000, out.begin() + 300000);
  const std::vector<double> before(in.begin() + 290000, in.begin() + 300000);
  EXPECT_NEAR(rms_db(again), rms_db(before), 0.1);
}

TEST(SaturationLevel, RisesByTheDriveWhenNotMatched) {
  const auto tone = sine_wave(1000.0, kRate, 48000, 0.001);
  for (const double drive : {6.0, 18.0}) {
    const auto out = through("saturation", kRate, params_of("saturation", {{"drive_db", drive}}), tone);
    EXPECT_NEAR(rms_db(end_of(out, 9600)) - rms_db(end_of(to_float(tone), 9600)), drive, 0.01);
  }
}

}  // namespace

}  // namespace busbar::test
