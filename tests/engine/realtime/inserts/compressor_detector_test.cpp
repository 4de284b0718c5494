// What the clean compressor hears: images, distortion, the filters of its side chain, and what moves may add.
#include <numeric>

#include "tests/engine/realtime/inserts/dynamics_signals.hpp"

namespace busbar::test {

namespace {

const InsertType& compressor_type() { return *find_insert_type("compressor"); }

constexpr std::size_t kWindow = 65536;

/// The end of a render of a tone on a bin of the window, once all has settled.
std::vector<float> steady_tone(double rate, const std::vector<float>& params, double hz, double amplitude) {
  const auto settle = static_cast<std::size_t>(rate);
  const auto out =
      rendered(compressor_type(), rate, params, to_float(sine_wave(hz, rate, settle + kWindow, amplitude)));
  return {out.end() - static_cast<std::ptrdiff_t>(kWindow), out.end()};
}

/// The nearest frequency that lies on an odd bin, so that no alias of it falls on another one's bin.
double on_bin(double hz, double rate) {
  const double bin = rate / static_cast<double>(kWindow);
  return bin * (2.0 * std::round(hz / bin / 2.0) + 1.0);
}

/// What is there besides the tone and its harmonics, of 5 kHz at full scale by 6 dB or so.
double images_db(double rate, float quality) {
  const auto params = values_with(
      compressor_type(),
      {{"threshold_db", -8.0f}, {"ratio", 4.0f}, {"attack_ms", 0.1f}, {"release_ms", 100.0f}, {"quality", quality}});
  const double hz = on_bin(5000.0, rate);
  return spectrum_of(steady_tone(rate, params, hz, 1.0), rate).highest_db_besides(harmonics_of(hz, rate));
}

TEST(CompressorDetector, LeavesImagesBelow60Db) {
  double worst = -200.0;
  for (const double rate : kDynamicsRates) worst = std::max(worst, images_db(rate, 0.0f));
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "Compressor, images of 5 kHz", .unit = "dBFS", .target = -60.0}, worst))
      << worst;
}

TEST(CompressorDetector, LeavesImagesBelow90DbInHighQuality) {
  double worst = -200.0;
  for (const double rate : kDynamicsRates) worst = std::max(worst, images_db(rate, 1.0f));
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Compressor, images of 5 kHz, high quality", .unit = "dBFS", .target = -90.0},
      worst))
      << worst;
}

/// Harmonics of 100 Hz against the tone, at 6 dB of reduction.
double distortion_db(double rate, float detector) {
  auto params = values_with(compressor_type(), {{"ratio", 4.0f}, {"release_ms", 100.0f}, {"detector", detector}});
  const double hz = on_bin(100.0, rate);
  Spectrum spectrum;
  float low = -40.0f, high = 0.0f;
  for (int i = 0; i < 8; ++i) {
    const float threshold = 0.5f * (low + high);
    params[find_param(compressor_type(), "threshold_db")->index] = threshold;
    spectrum = spectrum_of(steady_tone(rate, params, hz, 0.5), rate);
    (spectrum.level_db(hz) < db_of(0.5) - 6.0 ? low : high) = threshold;
  }
  EXPECT_NEAR(spectrum.level_db(hz), db_of(0.5) - 6.0, 0.3);
  double sum = 0.0;
  for (int k = 2; k * hz < 20000.0; ++k) sum += std::pow(10.0, spectrum.level_db(k * hz) / 10.0);
  return 10.0 * std::log10(sum) - spectrum.level_db(hz);
}

TEST(CompressorDetector, DistortsALowToneLittleByPeaksAndLessByItsMean) {
  const double peaks = distortion_db(48000.0, 0.0f), mean = distortion_db(48000.0, 1.0f);
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "Compressor, THD of 100 Hz, peak", .unit = "dB", .target = -40.0}, peaks));
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "Compressor, THD of 100 Hz, RMS", .unit = "dB", .target = -55.0}, mean));
}

/// The level that the detector takes a key of 0 dB for: read from the reduction of a carrier that is not filtered.
double heard_db(double rate, double hz, std::string_view filter, float corner) {
  auto params = values_with(compressor_type(), {{"threshold_db", -60.0f},
                                                {"ratio", 0.0f},
                                                {"knee_db", 0.0f},
                                                {"attack_ms", 0.05f},
                                                {"release_ms", 300.0f},
                                                {filter, corner}});
  const auto frames = static_cast<std::size_t>(2.0 * rate);
  const Signal in{square_carrier(frames, -20.0)}, key{to_float(sine_wave(hz, rate, frames))};
  InsertHost host(compressor_type(), {.sample_rate = rate, .channels = 1, .params = params});
  const auto gain = gain_course(in[0], host.run(in, every(kSlice), {}, &key)[0]);
  const double most = *std::min_element(gain.end() - static_cast<std::ptrdiff_t>(rate), gain.end());
  return -60.0 - most;
}

TEST(CompressorDetector, HearsAKeyThroughButterworthFilters) {
  double worst = 0.0;
  for (const double rate : kDynamicsRates) {
    const double read = heard_db(rate, 50.0, "sidechain_hpf_hz", 100.0f);
    worst = std::max(worst, std::fabs(read - -12.3));
    for (const double hz : {100.0, 200.0, 1000.0})
      EXPECT_NEAR(heard_db(rate, hz, "sidechain_hpf_hz", 100.0f), -10.0 * std::log10(1.0 + std::pow(100.0 / hz, 4)),
                  0.1);
    for (const double hz : {200.0, 1000.0, 2000.0})
      EXPECT_NEAR(heard_db(rate, hz, "sidechain_lpf_hz", 1000.0f), -10.0 * std::log10(1.0 + std::pow(hz / 1000.0, 4)),
                  0.2)
          << hz;
  }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Compressor, 50 Hz key at a low cut of 100 Hz", .unit = "dB", .target = 0.2},
      worst));
}

TEST(CompressorDetector, FiltersTheKeyAndNeverTheSound) {
  const auto params = values_with(compressor_type(),
                                  {{"threshold_db", 0.0f}, {"sidechain_hpf_hz", 500.0f}, {"sidechain_lpf_hz", 500.0f}});
  InsertHost host(compressor_type(), {.params = params});
  const Signal in = noise(2, 20000, 4, 0.5f);
  EXPECT_TRUE(same_bytes(in, host.run(in, every(kSlice))));
}

TEST(CompressorDetector, LooksAheadByItsLatency) {
  for (const float ahead : {1.0f, 5.0f}) {
    const auto params =
        values_with(compressor_type(), {{"threshold_db", -20.0f}, {"attack_ms", 0.2f}, {"lookahead_ms", ahead}});
    const auto late = static_cast<std::size_t>(48.0f * ahead);
    EXPECT_EQ(compressor_type().latency(params, 48000.0), static_cast<Frames>(late));
    const auto in = square_step(8000, 4000, -40.0, -8.0);
    const auto gain = gain_course(in, rendered(compressor_type(), 48000.0, params, in), late);
    EXPECT_NEAR(gain[4000], -9.0, 0.1) << "the loud part is met with its reduction";
    EXPECT_EQ(gain[3990 - late], 0.0);
  }
}

/// By how many dB the sum of dry and wet is less than the sum of their levels: what a phase would cost.
double comb_loss_db(const InsertType& type, const std::vector<float>& params, double hz) {
  const double tone = on_bin(hz, 48000.0);
  const auto late = static_cast<std::size_t>(type.latency(params, 48000.0));
  const auto in = to_float(sine_wave(tone, 48000.0, 48000 + kWindow, 0.5));
  const auto out = rendered(type, 48000.0, params, in);
  std::vector<double> dry(kWindow), wet(kWindow), sum(kWindow);
  for (std::size_t i = 0; i < kWindow; ++i) {
    dry[i] = static_cast<double>(in[48000 + i - late]);
    wet[i] = static_cast<double>(out[48000 + i]);
    sum[i] = dry[i] + wet[i];
  }
  const auto amplitude = [&](const std::vector<double>& signal) {
    return std::pow(10.0, spectrum_of(signal, 48000.0).level_db(tone) / 20.0);
  };
  return db_of(amplitude(dry) + amplitude(wet)) - db_of(amplitude(sum));
}

TEST(CompressorDetector, MixesWithItsDryPartWithoutACombAtAnyReduction) {
  double worst = 0.0;
  for (const auto& [key, setting] : {std::pair<std::string_view, Setting>{"compressor", {"quality", 0.0f}},
                                     {"compressor", {"quality", 1.0f}},
                                     {"bus_compressor", {"makeup_db", 0.0f}},
                                     {"fet_compressor", {"output_db", 0.0f}}})
    for (const double hz : {100.0, 1000.0, 6000.0, 18000.0}) {
      const InsertType& type = *find_insert_type(key);
      worst = std::max(worst, std::fabs(comb_loss_db(type, values_with(type, {setting}), hz)));
    }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Parallel compression, loss where dry and wet add", .unit = "dB", .target = 0.01},
      worst))
      << worst;
}

/// What a storm of moves adds to a tone beyond 2 kHz, where its own sidebands end.
double storm_db(const std::vector<std::string_view>& keys, bool high) {
  const auto params = values_with(compressor_type(), {{"quality", high ? 1.0f : 0.0f}});
  std::mt19937 rng(5);
  std::vector<Move> moves;
  for (Frames at = 0; at < 2 * static_cast<Frames>(kWindow); at += 48) {
    const ParamSpec& spec = *find_param(compressor_type(), keys[rng() % keys.size()]);
    moves.push_back({spec.index, at, random_value(spec, rng), spec.travel == Travel::jump ? 0 : 960});
  }
  InsertHost host(compressor_type(), {.channels = 1, .params = params});
  const Signal in{to_float(sine_wave(on_bin(60.0, 48000.0), 48000.0, 2 * kWindow, 0.5))};
  const auto out = host.run(in, every(kSlice), moves)[0];
  const std::vector<float> end(out.end() - static_cast<std::ptrdiff_t>(kWindow), out.end());
  const Spectrum spectrum = spectrum_of(end, 48000.0);
  double worst = -300.0;
  worst = std::max(worst, highest_db_above(spectrum, 2000.0));
  return worst;
}

TEST(CompressorDetector, AddsNoZipperNoiseAThousandMovesASecond) {
  const double gains = storm_db({"threshold_db", "ratio", "knee_db", "makeup_db", "auto_makeup", "link"}, false);
  const double others = storm_db({"attack_ms", "release_ms", "release_note", "detector", "sidechain_hpf_hz"}, false);
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Compressor, storm of moves, 60 Hz, above 2 kHz", .unit = "dBFS", .target = -60.0},
      std::max(gains, others)))
      << gains << ' ' << others;
}

}  // namespace

}  // namespace busbar::test
