#include <algorithm>
#include <cmath>

#include "tests/engine/realtime/inserts/filter_response.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {

namespace {

constexpr int kWindow = 65536;
constexpr float kWideBand = 1.0f;

const InsertType& de_esser_type() { return *find_insert_type("de_esser"); }

std::vector<float> settings(float threshold_db, float range_db, float split = 0.0f, float listen = 0.0f) {
  return with(de_esser_type(),
              {{"threshold_db", threshold_db}, {"range_db", range_db}, {"split", split}, {"listen", listen}});
}

/// The level of a sine of known frequency beside others, over whole cycles of all of them.
double tone_db(const std::vector<float>& signal, double hz, double rate) {
  const auto frames = static_cast<std::size_t>(0.2 * rate);
  Complex sum = 0.0;
  for (std::size_t i = signal.size() - frames; i < signal.size(); ++i)
    sum += double{signal[i]} * std::polar(1.0, -2.0 * std::numbers::pi * hz / rate * static_cast<double>(i));
  return db_of(2.0 * std::abs(sum) / static_cast<double>(frames));
}

/// Half a second of a hiss at 7 kHz and a tone at 1 kHz, with these peaks in dBFS.
Signal hiss_and_tone(double hiss_db, double tone_level_db, double rate) {
  const auto frames = static_cast<std::size_t>(0.5 * rate);
  auto sum = sine_wave(7000.0, rate, frames, std::pow(10.0, hiss_db / 20.0));
  const auto tone = sine_wave(1000.0, rate, frames, std::pow(10.0, tone_level_db / 20.0));
  for (std::size_t i = 0; i < frames; ++i) sum[i] += tone[i];
  return {to_float(sum)};
}

TEST(DeEsser, CutsAHissSixDbOverByWhatIsSet) {
  double worst = 0.0;
  for (const double rate : kRates)
    for (const float range_db : {3.0f, 6.0f, 9.0f, 12.0f})
      for (const float split : {0.0f, kWideBand}) {
        InsertHost host(de_esser_type(),
                        {.sample_rate = rate, .channels = 1, .params = settings(-24.0f, range_db, split)});
        const auto out = host.run(hiss_and_tone(-18.0, -400.0, rate), every(64))[0];
        worst = std::max(worst, std::fabs(-18.0 - tone_db(out, 7000.0, rate) - double{range_db}));
      }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "De-esser: 7 kHz 6 dB over, cut against the set one", .unit = "dB", .target = 0.5},
      worst))
      << worst;
}

TEST(DeEsser, LeavesAToneAloneByItselfAndBesideAHiss) {
  double worst = 0.0;
  for (const double rate : kRates)
    for (const double hiss_db : {-400.0, -18.0, -12.0}) {
      InsertHost host(de_esser_type(), {.sample_rate = rate, .channels = 1, .params = settings(-24.0f, 12.0f)});
      const auto out = host.run(hiss_and_tone(hiss_db, -6.0, rate), every(64))[0];
      worst = std::max(worst, std::fabs(-6.0 - tone_db(out, 1000.0, rate)));
    }
  EXPECT_TRUE(measured(
      {.group = "Dynamics", .item = "De-esser: 1 kHz, alone or beside the hiss", .unit = "dB", .target = 0.1}, worst))
      << worst;
}

TEST(DeEsser, IsNotThereWhileItIdles) {
  double worst = -300.0;
  for (const double rate : kRates)
    for (const float split : {0.0f, kWideBand}) {
      InsertHost host(de_esser_type(), {.sample_rate = rate, .params = settings(0.0f, 12.0f, split)});
      const Signal in = noise(2, 20000, 1, 0.3f);
      const Signal out = host.run(in, every(64));
      for (std::size_t c = 0; c < 2; ++c) worst = std::max(worst, null_db(in[c], out[c]));
    }
  EXPECT_TRUE(
      measured({.group = "Dynamics", .item = "De-esser: null while idle", .unit = "dBFS", .target = -120.0}, worst))
      << worst;
}

TEST(DeEsser, IsTheShelfOfItsFormulaWhenFullyDown) {
  // A loud key holds the cut at the range; the audio's answer is then |H|² = (1 + g²v¹⁶)/(1 + v¹⁶).
  for (const double rate : kRates) {
    InsertHost host(de_esser_type(), {.sample_rate = rate, .channels = 1, .params = settings(-40.0f, 12.0f)});
    const auto before = static_cast<std::size_t>(0.2 * rate), size = std::size_t{16384};
    Signal key{to_float(sine_wave(8000.0, rate, before + size))};
    Signal in = silence(1, static_cast<int>(before + size));
    in[0][before] = 1.0f;
    auto out = host.run(in, every(64), {}, &key)[0];
    std::vector<Complex> bins(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
    fft(bins);
    const double corner = std::tan(std::numbers::pi * 0.7 * 6500.0 / rate), g = std::pow(10.0, -12.0 / 20.0);
    for (std::size_t k = 1; k < size / 2; ++k) {
      const double hz = static_cast<double>(k) * rate / static_cast<double>(size);
      const double v16 = std::pow(std::tan(std::numbers::pi * hz / rate) / corner, 16.0);
      const double expected = 10.0 * std::log10((1.0 + g * g * v16) / (1.0 + v16));
      ASSERT_NEAR(db_of(std::abs(bins[k])), expected, 0.1) << hz << " at " << rate;
    }
  }
}

TEST(DeEsser, LetsItsDetectorBeHeard) {
  InsertHost host(de_esser_type(), {.channels = 1, .params = settings(-24.0f, 6.0f, 0.0f, 1.0f)});
  const auto out = host.run(hiss_and_tone(-30.0, -6.0, 48000.0), every(64))[0];
  EXPECT_NEAR(tone_db(out, 7000.0, 48000.0), -30.0, 0.2);
  EXPECT_LT(tone_db(out, 1000.0, 48000.0), -50.0);
}

TEST(DeEsser, TurnsEverythingDownInWideBand) {
  InsertHost host(de_esser_type(), {.channels = 1, .params = settings(-24.0f, 6.0f, kWideBand)});
  const auto out = host.run(hiss_and_tone(-18.0, -20.0, 48000.0), every(64))[0];
  EXPECT_NEAR(tone_db(out, 1000.0, 48000.0), -26.0, 0.2);
}

TEST(DeEsser, TellsItsReduction) {
  const auto params = settings(-24.0f, 6.0f);
  InsertMemory memory(de_esser_type(), 48000.0, 1, params);
  const std::vector<std::span<const float>> no_curves(params.size());
  auto hiss = hiss_and_tone(-10.0, -400.0, 48000.0)[0];
  for (std::size_t done = 0; done + 256 <= hiss.size(); done += 256) {
    const AudioBlock io(hiss.data() + done, nullptr, 1, 256);
    de_esser_type().process(memory.state(), {.io = io, .key = io, .params = params, .curves = no_curves});
  }
  EXPECT_NEAR(de_esser_type().reduction_db(memory.state()), 6.0, 0.05);
}

TEST(DeEsser, MovesAndSwitchesWithoutZipperNoise) {
  double worst = -300.0;
  const auto note = [&](std::string_view key, float to, Frames length) {
    // The hiss of 5.2 kHz that works it lies above the corner; what is looked for, 4 kHz above it.
    InsertHost host(de_esser_type(), {.channels = 1, .params = settings(-30.0f, 6.0f)});
    const Signal in{to_float(sine_wave(5200.0, 48000.0, 20000 + kWindow, 0.5))};
    const Signal out = host.run(
        in, every(64), std::vector<Move>{{find_param(de_esser_type(), key)->index, 20000 + kWindow / 2, to, length}});
    worst = std::max(worst, spurious_db(part(out, 20000, kWindow)[0], 48000.0, 17000.0));
  };
  note("frequency_hz", 3000.0f, 960);
  note("range_db", 12.0f, 960);
  note("threshold_db", 0.0f, 960);
  note("listen", 1.0f, 960);
  note("split", kWideBand, 0);
  EXPECT_TRUE(measured({.group = "Dynamics",
                        .item = "De-esser: moved in 20 ms, switched: spurious above 17 kHz of a 5.2 kHz tone",
                        .unit = "dBFS",
                        .target = -90.0},
                       worst))
      << worst;
}

}  // namespace

}  // namespace busbar::test
