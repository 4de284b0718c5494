#include <cmath>
#include <numbers>
#include <string>

#include "tests/engine/realtime/inserts/colour_signals.hpp"

namespace busbar::test {

namespace {

constexpr double kCeiling = -1.0;

/// Peak in dB of the waveform that the samples stand for: 16 points a sample, each from 128 samples around it.
double true_peak_db(const std::vector<float>& signal) {
  constexpr int kPoints = 16, kSide = 64;
  double highest = 0.0;
  for (int point = 0; point < kPoints; ++point) {
    std::array<double, 2 * kSide> taps{};
    for (int k = 0; k < 2 * kSide; ++k) {
      const double t = k - kSide + 1 - static_cast<double>(point) / kPoints;
      const double sinc = t == 0.0 ? 1.0 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t);
      taps[static_cast<std::size_t>(k)] = sinc * kaiser(t / kSide, 8.0);
    }
    for (std::size_t i = 0; i + 2 * kSide <= signal.size(); ++i) {
      double sum = 0.0;
      for (std::size_t k = 0; k < taps.size(); ++k) sum += taps[k] * static_cast<double>(signal[i + k]);
      highest = std::max(highest, std::fabs(sum));
    }
  }
  return db_of(highest);
}

/// What comes out of 12 dB of drive under a ceiling of -1 dBTP.
std::vector<float> driven(double rate, const std::vector<double>& in, double release_ms = 100.0, double drive = 12.0) {
  return through("limiter", rate, params_of("limiter", {{"drive_db", drive}, {"release_ms", release_ms}}), in);
}

double over_db(double rate, const std::vector<double>& in, double release_ms = 100.0) {
  const auto out = driven(rate, in, release_ms);
  EXPECT_LE(peak_db(out), kCeiling + 1e-6) << "a sample over the ceiling";
  return true_peak_db(out) - kCeiling;
}

constexpr std::size_t kFrames = 12000;

std::vector<double> drums(double rate) {
  const auto hiss = white_noise(kFrames, 3, 1.0);
  std::vector<double> kit(kFrames);
  for (std::size_t i = 0; i < kFrames; ++i) {
    const double t = static_cast<double>(i % 3000) / rate;
    const double body = std::sin(2.0 * std::numbers::pi * (55.0 * t + 2.0 * (1.0 - std::exp(-t / 0.01))));
    kit[i] = std::exp(-t / 0.02) * body + 0.7 * std::exp(-t / 0.004) * hiss[i];
  }
  return low_passed(kit, 18500.0, rate);
}

constexpr Row kBandLimited{.group = "Dynamics",
                           .item = "Limiter: true peak over the ceiling, drums and noise up to 20 kHz, 12 dB drive",
                           .unit = "dB",
                           .target = 0.05};
constexpr Row kAnything{.group = "Dynamics",
                        .item = "Limiter: true peak over the ceiling, white noise, fs/4, impulses, EBU 15-23",
                        .unit = "dB",
                        .target = 0.2,
                        .stretch = 0.05};

TEST(Limiter, KeepsDrumsAndBandLimitedNoiseUnderItsCeiling) {
  for (const double rate : kColourRates)
    for (const double release : {0.0, 10.0, 100.0}) {
      const auto hiss = low_passed(white_noise(kFrames, 7, 1.0), 19000.0, rate);
      EXPECT_TRUE(measured(kBandLimited, over_db(rate, hiss, release))) << rate << ' ' << release;
      EXPECT_TRUE(measured(kBandLimited, over_db(rate, drums(rate), release))) << rate << ' ' << release;
    }
}

TEST(Limiter, KeepsWhiteNoiseUnderItsCeiling) {
  for (const double rate : kColourRates)
    for (const double release : {0.0, 10.0, 100.0})
      EXPECT_TRUE(measured(kAnything, over_db(rate, white_noise(3 * kFrames, 5, 1.0), release))) << rate << release;
}

TEST(Limiter, KeepsImpulsesUnderItsCeiling) {
  std::vector<double> clicks(kFrames, 0.0);
  for (std::size_t i = 400, k = 0; i + 400 < kFrames; i += 611, ++k) {
    clicks[i] = k % 2 == 0 ? 1.0 : -1.0;
    if (k % 3 == 0) clicks[i + 1] = clicks[i];
  }
  for (const double rate : kColourRates) EXPECT_TRUE(measured(kAnything, over_db(rate, clicks))) << rate;
}

/// EBU Tech 3341, cases 15 to 19: tones whose samples miss their peaks.
TEST(Limiter, KeepsTheEbuTonesUnderItsCeiling) {
  struct Case {
    double parts, degrees, amplitude;
  };
  for (const double rate : kColourRates)
    for (const auto& [parts, degrees, amplitude] :
         {Case{4, 0, 0.5}, Case{4, 45, 0.5}, Case{6, 60, 0.5}, Case{8, 67.5, 0.5}, Case{4, 45, 1.41}}) {
      auto tone = sine_wave(rate / parts, rate, kFrames, amplitude, degrees * std::numbers::pi / 180.0);
      const auto fade = static_cast<std::size_t>(0.01 * rate);
      for (std::size_t i = 0; i < fade; ++i) {
        tone[i] *= static_cast<double>(i) / static_cast<double>(fade);
        tone[kFrames - 1 - i] *= static_cast<double>(i) / static_cast<double>(fade);
      }
      EXPECT_TRUE(measured(kAnything, over_db(rate, tone))) << rate << " fs/" << parts;
    }
}

/// EBU Tech 3341, cases 20 to 23: one period of fs/4 at full scale within fs/6 at half, made at four times the rate.
TEST(Limiter, KeepsTheEbuBurstsUnderItsCeiling) {
  std::vector<double> fine(4 * kFrames);
  double phase = 0.0;
  for (std::size_t i = 0; i < fine.size(); ++i) {
    const bool is_burst = i >= 2 * kFrames && i < 2 * kFrames + 16;
    fine[i] = (is_burst ? 1.0 : 0.5) * std::sin(phase);
    phase += 2.0 * std::numbers::pi / (is_burst ? 16.0 : 24.0);
  }
  fine = low_passed(fine, 0.115, 1.0, 200);
  for (const double rate : kColourRates)
    for (std::size_t offset = 0; offset < 4; ++offset) {
      std::vector<double> coarse(kFrames);
      for (std::size_t i = 0; i < kFrames; ++i) coarse[i] = fine[4 * i + offset];
      EXPECT_TRUE(measured(kAnything, over_db(rate, coarse))) << rate << ' ' << offset;
    }
}

TEST(Limiter, IsADelayToTheBitBelowItsCeiling) {
  for (const double rate : kColourRates) {
    InsertHost host(type_of("limiter"), {.sample_rate = rate});
    const Signal in = noise(2, 20000, 1, 0.25f);
    const Signal out = host.run(in, every(64));
    const int late = static_cast<int>(host.latency());
    EXPECT_TRUE(same_bytes(part(out, late, 20000 - late), part(in, 0, 20000 - late))) << rate;
    EXPECT_TRUE(measured({.group = "Dynamics", .item = "Limiter: latency", .unit = "ms", .target = 2.0},
                         1000.0 * static_cast<double>(host.latency()) / rate));
  }
}

TEST(Limiter, IsADelayToTheBitUpTo0Point2DbBelowItsCeiling) {
  for (const double hz : {100.0, 997.0, 5000.0, 11000.0, 17000.0}) {
    auto tone = sine_wave(hz, 48000.0, 20000, std::pow(10.0, -1.2 / 20.0));
    for (std::size_t i = 0; i < 2000; ++i) tone[i] *= smoothstep(static_cast<double>(i) / 2000.0);
    const auto in = to_float(tone), out = driven(48000.0, tone, 100.0, 0.0);
    EXPECT_TRUE(std::equal(out.begin() + 96, out.end() - 200, in.begin())) << hz;
  }
}

TEST(Limiter, LeavesAToneWithoutHarmonics) {
  constexpr std::size_t kPeriod = 32768;
  for (const double rate : kColourRates) {
    const double hz = on_bin(1000.0, rate, kPeriod);
    const auto tone = sine_wave(hz, rate, 4 * kPeriod, std::pow(10.0, 2.0 / 20.0));
    const auto out = end_of(driven(rate, tone, 100.0, 0.0), kPeriod);
    double harmonics = 0.0;
    for (double h = 2.0; h * hz < 20000.0; ++h) harmonics += std::pow(amplitude_at(out, h * hz, rate), 2);
    EXPECT_NEAR(db_of(amplitude_at(out, hz, rate)), kCeiling, 0.15);
    EXPECT_TRUE(measured(
        {.group = "Dynamics", .item = "Limiter: THD of 1 kHz at 3 dB of reduction", .unit = "dB", .target = -80.0},
        db_of(std::sqrt(harmonics) / amplitude_at(out, hz, rate))))
        << rate;
  }
}

/// A carrier of constant magnitude (fs/4) that is loud for a while, then 20 dB below: the reduction, frame by frame.
std::vector<double> recovery_db(double release_ms, double loud_seconds) {
  const double rate = 48000.0;
  const auto loud = static_cast<std::size_t>(loud_seconds * rate);
  std::vector<double> in = sine_wave(rate / 4.0, rate, loud + 96000, 1.0, std::numbers::pi / 4.0);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] *= i < loud ? 2.0 * std::numbers::sqrt2 : 0.1;
  const auto out = driven(rate, in, release_ms, 0.0);
  std::vector<double> reduction;
  for (std::size_t i = loud + 200; i < in.size(); ++i)
    reduction.push_back(db_of(in[i - 96] / static_cast<double>(out[i])));
  return reduction;
}

TEST(Limiter, LetsGoAsSlowlyAsItsPanelSays) {
  for (const double release : {20.0, 100.0, 400.0}) {
    const auto reduction = recovery_db(release, 0.5);
    const auto later = static_cast<std::size_t>(release * 48.0);
    EXPECT_NEAR(reduction[later] / reduction[0], std::exp(-1.0), 0.005) << release;
  }
}

TEST(Limiter, InAutoLetsGoOfAPeakSoonerThanOfAPassage) {
  const auto half_life = [](const std::vector<double>& reduction) {
    return std::ranges::find_if(reduction, [&](double db) { return db < 0.3 * reduction[0]; }) - reduction.begin();
  };
  const auto of_peak = half_life(recovery_db(0.0, 0.005)), of_passage = half_life(recovery_db(0.0, 4.0));
  EXPECT_LT(of_peak, 0.08 * 48000.0);
  EXPECT_GT(of_passage, 3 * of_peak);
}

TEST(Limiter, TurnsBothSidesDownTogetherAsFarAsTheyAreLinked) {
  Signal in{to_float(sine_wave(1000.0, 48000.0, 48000, 2.0)), to_float(sine_wave(1000.0, 48000.0, 48000, 0.5))};
  for (const double link : {0.0, 50.0, 100.0}) {
    InsertHost host(type_of("limiter"), {.params = params_of("limiter", {{"link", link}})});
    const Signal out = host.run(in, every(kSlice));
    const double left = rms_db(end_of(out[0], 9600)) - rms_db(end_of(in[0], 9600));
    const double right = rms_db(end_of(out[1], 9600)) - rms_db(end_of(in[1], 9600));
    EXPECT_NEAR(left, -7.1, 0.1) << link;
    EXPECT_NEAR(right, 0.01 * link * left, 0.02) << link;
  }
}

TEST(Limiter, SaysHowMuchItReduces) {
  std::vector<float> tone = to_float(sine_wave(1000.0, 48000.0, 48000, 2.0));
  const auto params = start_values(type_of("limiter"));
  const InsertType& type = type_of("limiter");
  InsertMemory memory(type, 48000.0, 1, params);
  EXPECT_EQ(type.reduction_db(memory.state()), 0.0f);
  for (int done = 0; done + kSlice <= 48000; done += kSlice) {
    const AudioBlock io(tone.data() + done, nullptr, 1, kSlice);
    type.process(memory.state(), {.io = io, .key = io, .params = params, .curves = {}});
  }
  EXPECT_NEAR(type.reduction_db(memory.state()), 7.12f, 0.05f);
}

TEST(Limiter, MovesItsDriveAndCeilingWithoutZipperNoise) {
  constexpr int kLong = 65536;
  std::vector<Move> moves;
  for (int at = 1000, k = 0; at < kLong; at += 48, ++k)
    moves.push_back({index_of("limiter", k % 2 == 0 ? "drive_db" : "ceiling_dbtp"), at,
                     k % 2 == 0 ? static_cast<float>(k % 7) : -1.0f - static_cast<float>(k % 5), 960});
  InsertHost host(type_of("limiter"), {.channels = 1});
  const auto out = host.run({to_float(sine_wave(997.0, 48000.0, kLong, 1.0))}, every(kSlice), moves)[0];
  const auto spectrum = spectrum_of(out, 48000.0);
  double worst = 0.0;
  for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
    if (static_cast<double>(k) * spectrum.bin_hz() > 8000.0) worst = std::max(worst, spectrum.amplitudes[k]);
  EXPECT_TRUE(measured({.group = "Dynamics",
                        .item = "Limiter: 997 Hz, drive and ceiling moved 1000 times a second, above 8 kHz",
                        .unit = "dBFS",
                        .target = -80.0},
                       db_of(worst)));
}

}  // namespace

}  // namespace busbar::test
