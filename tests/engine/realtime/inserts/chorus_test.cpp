#include <cmath>
#include <numbers>

#include "tests/engine/realtime/inserts/colour_signals.hpp"

namespace busbar::test {

namespace {

/// A tone through one channel of voices by the formula: the sum of sin(ω·(t - d(t))), d a sine around the set delay. To
/// both sides of a mono tone it goes 3 dB lower, as its dry part does.
std::vector<double> ideal(double hz, double rate, std::size_t frames, int voices, double rate_hz, double depth_ms,
                          double delay_ms, double lead_turns) {
  constexpr double kPlaces[] = {0.0, 0.5, 0.25, 0.75};
  std::vector<double> out(frames);
  for (std::size_t i = 0; i < frames; ++i)
    for (int v = 0; v < voices; ++v) {
      const double turns = rate_hz * static_cast<double>(i) / rate + kPlaces[v] + lead_turns;
      const double late = 0.001 * rate * (delay_ms + depth_ms * std::sin(2.0 * std::numbers::pi * turns));
      out[i] +=
          std::sin(2.0 * std::numbers::pi * hz / rate * (static_cast<double>(i) - late)) / std::sqrt(2.0 * voices);
    }
  return out;
}

constexpr std::size_t kFrames = 24000;

TEST(Chorus, IsTheSumOfVoicesWhoseDelaysSwing) {
  for (const double rate : kColourRates)
    for (const int voices : {1, 2, 3, 4})
      for (const double hz : {440.0, 9000.0}) {
        const auto params =
            params_of("chorus", {{"rate_hz", 1.5}, {"depth_ms", 2.5}, {"delay_ms", 10.0}, {"voices", voices}});
        InsertHost host(type_of("chorus"), {.sample_rate = rate, .channels = 1, .params = params});
        const Signal out = host.run({to_float(sine_wave(hz, rate, kFrames, 1.0))}, every(kSlice));
        ASSERT_EQ(out.size(), 2u);
        for (const int side : {0, 1}) {
          const auto expected =
              end_of(to_float(ideal(hz, rate, kFrames, voices, 1.5, double(2.5f), 10.0, 0.25 * side)), 18000);
          EXPECT_TRUE(measured({.group = "Colour, space, time",
                                .item = "Chorus: null against the sum of swinging delays",
                                .unit = "dB",
                                .target = -50.0},
                               null_db(end_of(out[static_cast<std::size_t>(side)], 18000), expected)))
              << rate << ' ' << voices << ' ' << hz;
        }
      }
}

TEST(Chorus, IsAsLoudOnAMonoStripAsOnAStereoOne) {
  const auto params = params_of("chorus", {{"voices", 1.0}, {"depth_ms", 0.0}});
  const Signal in = noise(2, 9600, 1);
  InsertHost mono(type_of("chorus"), {.channels = 1, .params = params}), stereo(type_of("chorus"), {.params = params});
  const Signal of_mono = mono.run({in[0]}, every(kSlice)), of_stereo = stereo.run(in, every(kSlice));
  EXPECT_NEAR(rms_db(of_mono[0]), rms_db(of_stereo[0]) - 3.0103, 1e-3);
  EXPECT_NEAR(rms_db(of_mono[1]), rms_db(of_mono[0]), 1e-9);
}

TEST(Chorus, IsMonoAtNoWidth) {
  InsertHost host(type_of("chorus"), {.channels = 1, .params = params_of("chorus", {{"width", 0.0}})});
  const Signal out = host.run(noise(1, 9600, 1), every(kSlice));
  EXPECT_EQ(out[0], out[1]);
}

TEST(Chorus, KeepsTheSidesOfAStereoSignalApart) {
  InsertHost host(type_of("chorus"));
  Signal in = noise(2, 9600, 1);
  std::ranges::fill(in[1], 0.0f);
  const Signal out = host.run(in, every(kSlice));
  EXPECT_EQ(peak(out[1]), 0.0);
  EXPECT_GT(peak(out[0]), 0.1);
}

TEST(Chorus, MovesWithoutZipperNoise) {
  constexpr int kLong = 131072;
  for (const std::string_view key : {"rate_hz", "depth_ms", "width", "voices"}) {
    const ParamSpec& spec = *find_param(type_of("chorus"), key);
    std::vector<Move> moves;
    for (int at = 8000, k = 0; at < kLong - 8000; at += 48, ++k)
      moves.push_back({spec.index, at, value_at(spec, 0.25 * (k % 5)), spec.travel == Travel::jump ? 0 : 960});
    InsertHost host(type_of("chorus"), {.channels = 1});
    const auto out = host.run({to_float(sine_wave(997.0, 48000.0, kLong, 1.0))}, every(kSlice), moves)[0];
    const auto spectrum = spectrum_of(std::vector<float>(out.begin() + 32768, out.begin() + 98304), 48000.0);
    double worst = 0.0;
    for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
      if (static_cast<double>(k) * spectrum.bin_hz() > 3000.0) worst = std::max(worst, spectrum.amplitudes[k]);
    EXPECT_TRUE(measured({.group = "Colour, space, time",
                          .item = "Chorus: 997 Hz, any parameter moved 1000 times a second, above 3 kHz",
                          .unit = "dBFS",
                          .target = -60.0},
                         db_of(worst)))
        << key;
  }
}

}  // namespace

}  // namespace busbar::test
