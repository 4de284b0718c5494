#include <algorithm>
#include <cmath>

#include "tests/engine/realtime/inserts/filter_response.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {

namespace {

constexpr int kWindow = 65536;

const InsertType& multiband_type() { return *find_insert_type("multiband_compressor"); }
ParamIndex index_of(std::string_view key) { return find_param(multiband_type(), key)->index; }

/// All bands at unity, but for `settings`.
std::vector<float> unity(const Settings& settings = {}) {
  Settings all{{"band1_ratio", 1.0f}, {"band2_ratio", 1.0f}, {"band3_ratio", 1.0f}, {"band4_ratio", 1.0f}};
  all.insert(all.end(), settings.begin(), settings.end());
  return with(multiband_type(), all);
}

TEST(MultibandCompressor, IsFlatWhileNoBandIsReduced) {
  double worst = 0.0;
  for (const double rate : kRates)
    for (const auto& params : {unity(), unity({{"cross1_hz", 300.0f}, {"cross2_hz", 350.0f}, {"cross3_hz", 400.0f}}),
                               unity({{"cross1_hz", 16000.0f}}),
                               unity({{"cross1_hz", 5000.0f}, {"cross2_hz", 100.0f}, {"cross3_hz", 20.0f}})}) {
      const auto response = response_of(multiband_type(), params, rate, 0.5);
      worst = std::max(worst, response.worst(20.0, 20000.0, [](double) { return 0.0; }));
    }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Multiband: bands at unity, 20 Hz … 20 kHz", .unit = "dB", .target = 0.05}, worst))
      << worst;
}

TEST(MultibandCompressor, SplitsBy24DbPerOctave) {
  double worst = 0.0;
  for (const double rate : kRates) {
    const auto low =
        unity({{"cross1_hz", 100.0f}, {"cross2_hz", 6000.0f}, {"cross3_hz", 12000.0f}, {"band1_solo", 1.0f}});
    const auto high =
        unity({{"cross1_hz", 50.0f}, {"cross2_hz", 200.0f}, {"cross3_hz", 6000.0f}, {"band4_solo", 1.0f}});
    for (const auto& [params, near, far] : {std::tuple{low, 400.0, 800.0}, std::tuple{high, 1500.0, 750.0}}) {
      InsertHost host(multiband_type(), {.sample_rate = rate, .channels = 1, .params = params});
      const auto response = host.run(impulse(1, static_cast<int>(0.5 * rate), 0, 1.0f), every(kSlice))[0];
      worst = std::max(worst, std::fabs(level_at(response, near, rate) - level_at(response, far, rate) - 24.0));
    }
  }
  EXPECT_TRUE(measured({.group = "Dynamics",
                        .item = "Multiband: slope within two octaves of a low corner, off 24 dB per octave",
                        .unit = "dB",
                        .target = 0.5},
                       worst))
      << worst;
}

TEST(MultibandCompressor, IsTheLinkwitzRileyFilterOnItsOwnCorner) {
  // |LR4|² = 1/(1 + v⁴)² below, on the axis of the bilinear transform.
  for (const double rate : kRates) {
    const auto params =
        unity({{"cross1_hz", 500.0f}, {"cross2_hz", 8000.0f}, {"cross3_hz", 15000.0f}, {"band1_solo", 1.0f}});
    const auto response = response_of(multiband_type(), params, rate, 0.2);
    const auto tan_of = [&](double hz) { return std::tan(std::numbers::pi * hz / rate); };
    const auto expected = [&](double hz) {
      const double v = tan_of(hz) / tan_of(500.0), w = tan_of(hz) / tan_of(8000.0);
      return -20.0 * std::log10((1.0 + v * v * v * v) * (1.0 + w * w * w * w));
    };
    EXPECT_LT(response.worst(20.0, 3000.0, expected), 0.01) << rate;
    EXPECT_NEAR(expected(500.0), -6.02, 0.01);
  }
}

/// The level of a sine of known frequency within a signal, beside others: its bin under no window over whole cycles.
double tone_db(const std::vector<float>& signal, double hz, double rate, std::size_t from, std::size_t frames) {
  Complex sum = 0.0;
  for (std::size_t i = from; i < from + frames; ++i)
    sum += double{signal[i]} * std::polar(1.0, -2.0 * std::numbers::pi * hz / rate * static_cast<double>(i));
  return db_of(2.0 * std::abs(sum) / static_cast<double>(frames));
}

std::vector<double> sum_of(std::vector<double> a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

TEST(MultibandCompressor, LeavesTonesTwoOctavesAwayAlone) {
  constexpr std::size_t kFrames = 96000;
  const Settings corners{{"cross1_hz", 200.0f}, {"cross2_hz", 2000.0f}, {"cross3_hz", 12000.0f}};
  auto settings = corners;
  settings.insert(settings.end(), {{"band2_ratio", 20.0f},
                                   {"band2_threshold_db", -40.0f},
                                   {"band2_attack_ms", 1.0f},
                                   {"band2_release_ms", 300.0f}});
  double worst = 0.0;
  for (const double far : {50.0, 8000.0}) {
    const Signal in{to_float(sum_of(sine_wave(640.0, 48000.0, kFrames, 0.5), sine_wave(far, 48000.0, kFrames, 0.05)))};
    InsertHost works(multiband_type(), {.channels = 1, .params = unity(settings)});
    InsertHost idles(multiband_type(), {.channels = 1, .params = unity(corners)});
    const auto worked = works.run(in, every(64))[0], idled = idles.run(in, every(64))[0];
    EXPECT_LT(tone_db(worked, 640.0, 48000.0, 48000, 48000), tone_db(idled, 640.0, 48000.0, 48000, 48000) - 20.0);
    worst = std::max(
        worst, std::fabs(tone_db(worked, far, 48000.0, 48000, 48000) - tone_db(idled, far, 48000.0, 48000, 48000)));
  }
  EXPECT_TRUE(measured({.group = "Dynamics",
                        .item = "Multiband: a tone two octaves from a band reduced by 30 dB",
                        .unit = "dB",
                        .target = 0.1},
                       worst))
      << worst;
}

/// The published static curve.
double curve_db(double x, double threshold, double ratio, double knee) {
  const double slope = 1.0 / ratio - 1.0;
  if (2.0 * (x - threshold) < -knee) return x;
  if (2.0 * std::fabs(x - threshold) <= knee && knee > 0.0)
    return x + slope * std::pow(x - threshold + knee / 2.0, 2.0) / (2.0 * knee);
  return threshold + (x - threshold) / ratio;
}

/// Everything below 16 kHz lies in the first band, direct current too, whose level has no ripple.
Settings one_band(float threshold, float ratio, float knee, float attack, float release) {
  return {{"cross1_hz", 16000.0f},     {"cross2_hz", 16000.0f},      {"cross3_hz", 16000.0f},
          {"knee_db", knee},           {"band1_ratio", ratio},       {"band1_threshold_db", threshold},
          {"band1_attack_ms", attack}, {"band1_release_ms", release}};
}

TEST(MultibandCompressor, FollowsTheStaticCurve) {
  double worst = 0.0;
  for (const float ratio : {1.5f, 4.0f, 20.0f})
    for (const float knee : {0.0f, 6.0f, 12.0f})
      for (double level = -60.0; level <= 6.0; level += 3.0) {
        InsertHost host(multiband_type(), {.channels = 1, .params = unity(one_band(-24.0f, ratio, knee, 0.1f, 10.0f))});
        const Signal in{std::vector<float>(4800, static_cast<float>(std::pow(10.0, level / 20.0)))};
        const double out = db_of(double{host.run(in, every(kSlice))[0].back()});
        worst = std::max(worst, std::fabs(out - curve_db(level, -24.0, double{ratio}, double{knee})));
      }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Multiband: static curve, -60 … +6 dB", .unit = "dB", .target = 0.05}, worst))
      << worst;
}

/// Frames until 63.2 % of the change in dB is done, after a step at frame `at` between two levels in dB.
double frames_to_63(const Settings& settings, double before, double after, int frames, int at) {
  Signal in = silence(1, frames);
  for (int i = 0; i < frames; ++i)
    in[0][static_cast<std::size_t>(i)] = static_cast<float>(std::pow(10.0, (i < at ? before : after) / 20.0));
  Settings flat = settings;
  flat.emplace_back("band1_ratio", 1.0f);
  InsertHost works(multiband_type(), {.channels = 1, .params = unity(settings)});
  InsertHost idles(multiband_type(), {.channels = 1, .params = unity(flat)});
  const auto out = works.run(in, every(kSlice))[0], plain = idles.run(in, every(kSlice))[0];
  const auto gain = [&](int i) {
    return db_of(double{out[static_cast<std::size_t>(i)]} / double{plain[static_cast<std::size_t>(i)]});
  };
  const double from = gain(at - 1), to = gain(frames - 1);
  // The first frames of a step are the split's own, which sends its edge to the other bands.
  constexpr int kEdge = 60;
  for (int i = at + kEdge; i < frames; ++i)
    if ((gain(i) - from) / (to - from) >= 1.0 - std::exp(-1.0)) return i - at + 1;
  return frames;
}

TEST(MultibandCompressor, KeepsTheTimesOnItsPanel) {
  double worst = 0.0;
  for (const float ms : {3.0f, 10.0f, 30.0f, 100.0f}) {
    const auto settings = one_band(-24.0f, 4.0f, 0.0f, ms, 500.0f);
    const double expected = 48.0 * double{ms};
    for (const double loud : {-18.0, -12.0, 0.0}) {
      const double frames = frames_to_63(settings, -44.0, loud, static_cast<int>(12.0 * expected) + 2000, 1000);
      worst = std::max(worst, 100.0 * std::max(0.0, std::fabs(frames - expected) - 1.0) / expected);
    }
  }
  for (const float ms : {10.0f, 100.0f, 1000.0f}) {
    const auto settings = one_band(-24.0f, 4.0f, 0.0f, 1.0f, ms);
    const double expected = 48.0 * double{ms};
    const double frames = frames_to_63(settings, -12.0, -44.0, static_cast<int>(12.0 * expected) + 2000, 1000);
    worst = std::max(worst, 100.0 * std::max(0.0, std::fabs(frames - expected) - 1.0) / expected);
  }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "Multiband: t63 of attack and release", .unit = "%", .target = 5.0}, worst))
      << worst;
}

TEST(MultibandCompressor, SolosBandsThatAddUpToTheWhole) {
  const Signal in = noise(2, 20000, 1, 0.25f);
  InsertHost whole(multiband_type(), {.params = unity()});
  const Signal expected = whole.run(in, every(64));
  std::vector<double> sum(20000, 0.0);
  for (const std::string_view solo : {"band1_solo", "band2_solo", "band3_solo", "band4_solo"}) {
    InsertHost host(multiband_type(), {.params = unity({{solo, 1.0f}})});
    const Signal out = host.run(in, every(64));
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += double{out[1][i]};
  }
  EXPECT_LT(null_db(sum, expected[1]), -140.0);
  InsertHost all(
      multiband_type(),
      {.params = unity({{"band1_solo", 1.0f}, {"band2_solo", 1.0f}, {"band3_solo", 1.0f}, {"band4_solo", 1.0f}})});
  EXPECT_TRUE(same_bytes(expected, all.run(in, every(64))));
}

TEST(MultibandCompressor, LeavesBandsThatAreOffAlone) {
  const Signal in = noise(2, 20000, 2, 0.5f);
  InsertHost plain(multiband_type(), {.params = unity()});
  InsertHost off(multiband_type(),
                 {.params = with(multiband_type(),
                                 {{"band1_on", 0.0f}, {"band2_on", 0.0f}, {"band3_on", 0.0f}, {"band4_on", 0.0f}})});
  const Signal expected = plain.run(in, every(64));
  EXPECT_TRUE(same_bytes(expected, off.run(in, every(64))));
}

TEST(MultibandCompressor, LinksItsChannelsByTheLouderOne) {
  const auto params = unity({{"band3_ratio", 8.0f}, {"band3_threshold_db", -40.0f}});
  Signal in = noise(2, 20000, 3);
  for (float& x : in[1]) x = 0.0f;
  InsertHost stereo(multiband_type(), {.params = params}), mono(multiband_type(), {.channels = 1, .params = params});
  EXPECT_TRUE(same_bytes({stereo.run(in, every(64))[0]}, mono.run({in[0]}, every(64))));
}

TEST(MultibandCompressor, TellsItsLargestReduction) {
  const auto params = unity(one_band(-24.0f, 4.0f, 0.0f, 0.1f, 10.0f));
  InsertMemory memory(multiband_type(), 48000.0, 1, params);
  std::vector<float> samples(256);
  const std::vector<std::span<const float>> no_curves(params.size());
  for (int call = 0; call < 20; ++call) {
    std::ranges::fill(samples, 0.5f);
    const AudioBlock io(samples.data(), nullptr, 1, 256);
    multiband_type().process(memory.state(), {.io = io, .key = io, .params = params, .curves = no_curves});
  }
  EXPECT_NEAR(multiband_type().reduction_db(memory.state()), (db_of(0.5) + 24.0) * 0.75, 0.01);
}

TEST(MultibandCompressor, MovesItsCornersWithoutZipperNoise) {
  double worst = -300.0;
  for (const auto& [key, to] : Settings{{"cross2_hz", 3000.0f},
                                        {"cross1_hz", 900.0f},
                                        {"band2_makeup_db", 12.0f},
                                        {"band2_solo", 1.0f},
                                        {"band3_on", 0.0f}}) {
    InsertHost host(multiband_type(),
                    {.channels = 1, .params = unity({{"cross1_hz", 200.0f}, {"band3_makeup_db", 6.0f}})});
    const Signal in{to_float(sine_wave(997.0, 48000.0, 20000 + kWindow))};
    const Signal out = host.run(in, every(64), std::vector<Move>{{index_of(key), 20000 + kWindow / 2, to, 960}});
    worst = std::max(worst, spurious_db(part(out, 20000, kWindow)[0], 48000.0, 4000.0));
  }
  EXPECT_TRUE(measured({.group = "Dynamics",
                        .item = "Multiband: corner, make-up, solo, switch moved in 20 ms: spurious above 4 kHz",
                        .unit = "dBFS",
                        .target = -90.0},
                       worst))
      << worst;
}

}  // namespace

}  // namespace busbar::test
