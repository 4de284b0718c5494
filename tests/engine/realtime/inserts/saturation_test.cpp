#include <cmath>
#include <numbers>

#include "tests/engine/realtime/inserts/colour_signals.hpp"

namespace busbar::test {

namespace {

enum Model { kTape, kTransformer, kTube, kClip };
constexpr std::size_t kPeriod = 32768;

std::vector<float> settings(int model, double drive_db, double colour = 0.0, int quality = 1, bool match = false) {
  return params_of("saturation", {{"model", model},
                                  {"drive_db", drive_db},
                                  {"colour", colour},
                                  {"level_match", match ? 1.0 : 0.0},
                                  {"quality", quality}});
}

/// The settled end of a tone's output, a whole number of its periods.
std::vector<double> settled(const std::vector<float>& params, double hz, double rate, double amplitude) {
  const auto lead = std::max(kPeriod, static_cast<std::size_t>(rate));
  return end_of(through("saturation", rate, params, sine_wave(hz, rate, lead + kPeriod, amplitude)), kPeriod);
}

/// The loudest below 20 kHz that is no harmonic, in dB below the tone.
double worst_alias_db(const std::vector<float>& params, double rate) {
  const double hz = on_bin(5000.0, rate, kPeriod);
  Spectrum spectrum = spectrum_of(settled(params, hz, rate, 1.0), rate);
  const double carrier = spectrum.level_db(hz);
  for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
    if (static_cast<double>(k) * spectrum.bin_hz() > 20000.0) spectrum.amplitudes[k] = 0.0;
  std::vector<double> harmonics;
  for (double h = 0.0; h * hz < 0.5 * rate; ++h) harmonics.push_back(h * hz);
  return spectrum.highest_db_besides(harmonics) - carrier;
}

double thd(const std::vector<double>& signal, double hz, double rate) {
  double power = 0.0;
  for (double h = 2.0; h * hz < std::min(20000.0, 0.5 * rate); ++h)
    power += std::pow(amplitude_at(signal, h * hz, rate), 2);
  return std::sqrt(power) / amplitude_at(signal, hz, rate);
}

TEST(Saturation, FoldsLittleBackIntoTheAudibleBand) {
  constexpr std::string_view kItems[] = {"Saturation: 5 kHz + 12 dB into a tanh, worst non-harmonic, eco",
                                         "Saturation: 5 kHz + 12 dB into a tanh, worst non-harmonic, normal",
                                         "Saturation: 5 kHz + 12 dB into a tanh, worst non-harmonic, high"};
  constexpr double kTargets[] = {-50.0, -80.0, -100.0};
  for (const double rate : kColourRates)
    for (int quality = 0; quality < 3; ++quality)
      for (const Model model : {kTape, kTube})
        EXPECT_TRUE(measured(
            {.group = "Colour, space, time", .item = kItems[quality], .unit = "dBc", .target = kTargets[quality]},
            worst_alias_db(settings(model, 12.0, 0.0, quality), rate)))
            << rate << " quality " << quality << " model " << model;
}

TEST(Saturation, FoldsLittleBackEvenWhereItClips) {
  constexpr std::string_view kItems[] = {"Saturation: 5 kHz + 12 dB into the clipper, worst non-harmonic, eco",
                                         "Saturation: 5 kHz + 12 dB into the clipper, worst non-harmonic, normal",
                                         "Saturation: 5 kHz + 12 dB into the clipper, worst non-harmonic, high"};
  constexpr double kTargets[] = {-50.0, -80.0, -100.0};
  for (const double rate : kColourRates)
    for (int quality = 0; quality < 3; ++quality)
      EXPECT_TRUE(measured(
          {.group = "Colour, space, time", .item = kItems[quality], .unit = "dBc", .target = kTargets[quality]},
          worst_alias_db(settings(kClip, 12.0, 0.0, quality), rate)))
          << rate << " quality " << quality;
}

TEST(Saturation, PassesEveryBitWithoutDrive) {
  for (const double rate : kColourRates)
    for (int model = 0; model < 4; ++model)
      for (int quality = 0; quality < 3; ++quality)
        for (const double colour : {-1.0, 0.3}) {
          InsertHost host(type_of("saturation"),
                          {.sample_rate = rate, .params = settings(model, 0.0, colour, quality)});
          const Signal in = noise(2, 5000, 1), out = host.run(in, every(64));
          const int late = static_cast<int>(host.latency());
          EXPECT_LE(late, 64);
          const double null = null_db(part(out, late, 5000 - late)[0], part(in, 0, 5000 - late)[0]);
          EXPECT_TRUE(measured({.group = "Colour, space, time",
                                .item = "Saturation: drive 0, null against the delayed input",
                                .unit = "dB",
                                .target = -110.0},
                               std::max(null, -300.0)))
              << rate << ' ' << model;
        }
}

/// Small signals pass any model at any drive as through a gain: emphasis and de-emphasis cancel.
TEST(Saturation, IsFlatForSmallSignals) {
  for (const double rate : {48000.0, 96000.0, 192000.0})
    for (int model = 0; model < 4; ++model)
      for (const double drive : {0.0, 3.0, 18.0}) {
        const auto params = settings(model, drive, 0.7, 1);
        std::vector<double> click(8192, 0.0);
        click[100] = 1e-5;
        const auto response = end_of(through("saturation", rate, params, click), click.size());
        for (double hz = 20.0; hz < 20000.0; hz *= 1.25) {
          const double gain = amplitude_at(response, hz, rate) * 0.5 * static_cast<double>(click.size()) / 1e-5;
          EXPECT_TRUE(
              measured({.group = "Colour, space, time",
                        .item = "Saturation: flat from 20 Hz to 16 kHz for small signals, any drive, 48 kHz and more",
                        .unit = "dB",
                        .target = 0.05},
                       std::fabs(db_of(gain) - drive)))
              << rate << ' ' << model << ' ' << drive << ' ' << hz;
        }
      }
}

/// Harmonics of the published curve: g/a·(t + k·t²), t = tanh(u + c·u³ + 3c/5·u⁵), u = a·x, a² = g² - 1.
double curve(double x, double drive_db, double k, double c) {
  const double g = std::pow(10.0, drive_db / 20.0), a = std::sqrt(g * g - 1.0), u = a * x;
  const double t = std::tanh(u + c * u * u * u + 0.6 * c * std::pow(u, 5));
  return g / a * (t + k * t * t);
}

TEST(Saturation, HasTheHarmonicsOfItsCurve) {
  const double rate = 48000.0, hz = on_bin(1000.0, rate, kPeriod);
  struct Case {
    Model model;
    double k, c;
  };
  for (const auto& [model, k, c] : {Case{kTube, 0.2, 0.0}, Case{kClip, 0.0, 1.0 / 3.0}})
    for (const double drive : {3.0, 9.0, 18.0})
      for (const double amplitude : {0.1, 0.5, 1.0}) {
        std::vector<double> ideal = sine_wave(hz, rate, kPeriod, amplitude);
        for (double& x : ideal) x = curve(x, drive, k, c);
        const auto out = settled(settings(model, drive), hz, rate, amplitude);
        for (double h = 1.0; h < 8.0; ++h)
          EXPECT_NEAR(amplitude_at(out, h * hz, rate), amplitude_at(ideal, h * hz, rate),
                      1e-6 + 0.002 * amplitude_at(ideal, h * hz, rate))
              << model << ' ' << drive << " harmonic " << h;
      }
}

TEST(Saturation, BendsTheLowsOfATransformerMost) {
  for (const double rate : kColourRates)
    for (const double drive : {3.0, 12.0})
      for (const double amplitude : {0.3}) {
        const double low = on_bin(20.0, rate, kPeriod), mid = on_bin(1000.0, rate, kPeriod);
        const auto params = settings(kTransformer, drive);
        const double at_low = thd(settled(params, low, rate, amplitude), low, rate);
        const double at_mid = thd(settled(params, mid, rate, amplitude), mid, rate);
        EXPECT_TRUE(measured({.group = "Colour, space, time",
                              .item = "Saturation: transformer, THD at 20 Hz over THD at 1 kHz",
                              .unit = "x",
                              .target = 10.0,
                              .higher_is_better = true},
                             at_low / at_mid))
            << rate << ' ' << drive << ' ' << amplitude;
      }
}

TEST(Saturation, TiltsWhatItBendsByItsColour) {
  const double rate = 48000.0, low = on_bin(100.0, rate, kPeriod), high = on_bin(5000.0, rate, kPeriod);
  for (int model = 0; model < 4; ++model) {
    const auto bends = [&](double colour, double hz) {
      return thd(settled(settings(model, 6.0, colour), hz, rate, 0.4), hz, rate);
    };
    EXPECT_GT(bends(-1.0, low), bends(0.0, low)) << model;
    EXPECT_GT(bends(0.0, low), bends(1.0, low)) << model;
    EXPECT_LT(bends(-1.0, high), bends(1.0, high)) << model;
  }
}

TEST(Saturation, AddsNoDirectCurrent) {
  for (const double rate : kColourRates)
    for (int model = 0; model < 4; ++model)
      for (const double hz : {40.0, 1000.0}) {
        const auto out = settled(settings(model, 12.0), on_bin(hz, rate, kPeriod), rate, 0.8);
        EXPECT_TRUE(
            measured({.group = "Colour, space, time", .item = "Saturation: DC", .unit = "dBFS", .target = -90.0},
                     std::max(-200.0, db_of(amplitude_at(out, 0.0, rate)))))
            << rate << ' ' << model << ' ' << hz;
      }
}

/// A quiet tone has harmonics far below what is looked for; all that moves is swept a thousand times a second.
TEST(Saturation, MovesWithoutZipperNoise) {
  constexpr int kLong = 131072;
  for (const std::string_view key : {"drive_db", "colour", "output_db", "model", "level_match"}) {
    const ParamSpec& spec = *find_param(type_of("saturation"), key);
    const bool jumps = spec.travel == Travel::jump;
    std::vector<Move> moves;
    for (int at = 1000, k = 0; at < kLong; at += jumps ? 4800 : 48, ++k) {
      const float low = key == "drive_db" ? 0.0f : spec.min, high = key == "drive_db" ? 6.0f : spec.max;
      const float to = jumps ? static_cast<float>(k % static_cast<int>(spec.max + 1.0f))
                             : low + (high - low) * static_cast<float>(k % 3) / 2.0f;
      moves.push_back({spec.index, at, to, jumps ? 0 : 960});
    }
    InsertHost host(type_of("saturation"), {.channels = 1, .params = settings(kTape, 3.0)});
    const auto out = host.run({to_float(sine_wave(500.0, 48000.0, kLong, 0.01))}, every(kSlice), moves)[0];
    const auto spectrum = spectrum_of(out, 48000.0);
    double worst = 0.0;
    for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
      if (static_cast<double>(k) * spectrum.bin_hz() > 5000.0) worst = std::max(worst, spectrum.amplitudes[k]);
    EXPECT_TRUE(measured({.group = "Colour, space, time",
                          .item = "Saturation: 500 Hz at -40 dBFS, any parameter moving, above 5 kHz",
                          .unit = "dBc",
                          .target = -80.0},
                         db_of(worst / 0.01)))
        << key;
  }
}

}  // namespace

}  // namespace busbar::test
