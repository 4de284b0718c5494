#include <cmath>
#include <numbers>

#include "tests/engine/realtime/inserts/colour_signals.hpp"

namespace busbar::test {

namespace {

constexpr std::size_t kPeriod = 32768;
constexpr std::string_view kGroup = "Colour, space, time";

std::vector<double> settled(double drive_db, double hz, double rate, double amplitude) {
  const auto lead = static_cast<std::size_t>(2.0 * rate);
  const auto tone = sine_wave(hz, rate, lead + kPeriod, amplitude);
  return end_of(through("console_summing", rate, params_of("console_summing", {{"drive_db", drive_db}}), tone),
                kPeriod);
}

/// What the curve itself adds to a sine, harmonic by harmonic.
double harmonic_of_curve(double drive_db, double amplitude, double harmonic) {
  const double a = 0.25 * std::pow(10.0, drive_db / 20.0);
  std::vector<double> bent = sine_wave(1.0, 4096.0, 4096, amplitude);
  for (double& x : bent) {
    const double f = a * x / std::sqrt(1.0 + a * x * a * x);
    x = (f + 0.04 * f * f) / a;
  }
  return amplitude_at(bent, harmonic, 4096.0);
}

TEST(ConsoleSumming, AddsTheHarmonicsOfItsCurve) {
  for (const double rate : kColourRates)
    for (const double drive : {-6.0, 0.0, 12.0})
      for (const double level_db : {-20.0, -6.0, 0.0}) {
        const double hz = on_bin(200.0, rate, kPeriod), amplitude = std::pow(10.0, level_db / 20.0);
        const auto out = settled(drive, hz, rate, amplitude);
        for (const double harmonic : {2.0, 3.0})
          EXPECT_NEAR(db_of(amplitude_at(out, harmonic * hz, rate)),
                      db_of(harmonic_of_curve(drive, amplitude, harmonic)), 0.1)
              << rate << ' ' << drive << ' ' << level_db << " harmonic " << harmonic;
      }
}

TEST(ConsoleSumming, AddsMoreTheLouderTheSum) {
  const double hz = on_bin(1000.0, 48000.0, kPeriod);
  const auto third = [&](double level_db) {
    return db_of(amplitude_at(settled(0.0, hz, 48000.0, std::pow(10.0, level_db / 20.0)), 3.0 * hz, 48000.0));
  };
  EXPECT_NEAR(third(0.0), -42.5, 1.0);
  EXPECT_NEAR(third(-20.0) - third(-40.0), 60.0, 0.5) << "three dB for each of the sum's";
}

TEST(ConsoleSumming, LeavesAQuietSumAlone) {
  for (const double rate : kColourRates) {
    std::vector<double> in = white_noise(48000, 1, 0.001);
    const auto out = through("console_summing", rate, start_values(type_of("console_summing")), in);
    EXPECT_TRUE(measured({.group = kGroup,
                          .item = "Console summing: noise at -60 dBFS, what is added",
                          .unit = "dB below it",
                          .target = -80.0},
                         null_db(out, to_float(in)) + 60.0));
  }
}

TEST(ConsoleSumming, AddsNoDirectCurrentAndNoDelay) {
  const double hz = on_bin(100.0, 48000.0, kPeriod);
  const auto out = settled(12.0, hz, 48000.0, 0.8);
  EXPECT_TRUE(measured({.group = kGroup, .item = "Console summing: DC", .unit = "dBFS", .target = -90.0},
                       std::max(-200.0, db_of(amplitude_at(out, 0.0, 48000.0)))));
  EXPECT_EQ(InsertHost(type_of("console_summing")).latency(), 0);
}

TEST(ConsoleSumming, FoldsLittleBack) {
  for (const double rate : kColourRates) {
    const double hz = on_bin(5000.0, rate, kPeriod);
    Spectrum spectrum = spectrum_of(settled(0.0, hz, rate, 1.0), rate);
    for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
      if (static_cast<double>(k) * spectrum.bin_hz() > 20000.0) spectrum.amplitudes[k] = 0.0;
    std::vector<double> harmonics;
    for (double h = 0.0; h * hz < 0.5 * rate; ++h) harmonics.push_back(h * hz);
    EXPECT_TRUE(measured({.group = kGroup,
                          .item = "Console summing: 5 kHz at 0 dBFS, worst non-harmonic",
                          .unit = "dBc",
                          .target = -80.0},
                         spectrum.highest_db_besides(harmonics)))
        << rate;
  }
}

TEST(ConsoleSumming, MovesItsDriveWithoutZipperNoise) {
  constexpr int kLong = 65536;
  std::vector<Move> moves;
  for (int at = 1000, k = 0; at < kLong; at += 48, ++k) moves.push_back({0, at, static_cast<float>(6 * (k % 3)), 960});
  InsertHost host(type_of("console_summing"), {.channels = 1});
  const auto out = host.run({to_float(sine_wave(500.0, 48000.0, kLong, 0.1))}, every(kSlice), moves)[0];
  const auto spectrum = spectrum_of(out, 48000.0);
  double worst = 0.0;
  for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
    if (static_cast<double>(k) * spectrum.bin_hz() > 6000.0) worst = std::max(worst, spectrum.amplitudes[k]);
  EXPECT_TRUE(measured({.group = kGroup,
                        .item = "Console summing: 500 Hz at -20 dBFS, drive moving, above 6 kHz",
                        .unit = "dBFS",
                        .target = -110.0},
                       db_of(worst)));
}

}  // namespace

}  // namespace busbar::test
