#include "engine/analysis/true_peak.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/engine/analysis/signals.hpp"

namespace busbar::test {
namespace {

double true_peak_db(const std::vector<double>& signal, int block = 512) {
  TruePeakMeter meter(1, kRate);
  feed_one(meter, signal, block);
  return to_db(meter.peak());
}

/// EBU Tech 3341 allows +0.2 and -0.4 dB.
void expect_ebu(double reading, double wanted) {
  EXPECT_LE(reading, wanted + 0.2);
  EXPECT_GE(reading, wanted - 0.4);
}

TEST(TruePeak, MeetsEbuCases15To19) {
  const auto peak = [](double part, double degrees, double amplitude) {
    return true_peak_db(faded_sine(kRate / part, degrees, amplitude, 48000));
  };
  expect_ebu(peak(4, 0.0, 0.50), -6.0);
  expect_ebu(peak(4, 45.0, 0.50), -6.0);
  expect_ebu(peak(6, 60.0, 0.50), -6.0);
  expect_ebu(peak(8, 67.5, 0.50), -6.0);
  expect_ebu(peak(4, 45.0, 1.41), 3.0);
}

/// fs/6 at 0.50 with one period of fs/4 at 1.00 in its middle, phase continuous, made at 4 times the rate.
std::vector<double> case_20_at_four_times() {
  std::vector<double> out;
  double cycles = 0.0;
  const int lead = 24 * 400;  // whole periods of fs/6, at 4 fs
  const auto run = [&](int count, double period, double amplitude) {
    for (int i = 0; i < count; ++i) {
      out.push_back(amplitude * std::sin(2.0 * std::numbers::pi * cycles));
      cycles += 1.0 / period;
    }
  };
  run(lead, 24, 0.5);
  run(16, 16, 1.0);
  run(lead, 24, 0.5);
  return out;
}

/// A long low-pass at fs/2 for a signal at 4 fs.
std::vector<double> low_passed(const std::vector<double>& in) {
  constexpr int kHalf = 1024;
  std::vector<double> taps;
  for (int k = -kHalf; k <= kHalf; ++k) {
    const double x = k * 0.25;
    const double sinc = k == 0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
    taps.push_back(0.25 * sinc * (0.5 + 0.5 * std::cos(std::numbers::pi * k / (kHalf + 1))));
  }
  std::vector<double> out(in.size());
  for (int i = 0; i < static_cast<int>(in.size()); ++i)
    for (int k = -kHalf; k <= kHalf; ++k)
      if (i - k >= 0 && i - k < static_cast<int>(in.size()))
        out[static_cast<std::size_t>(i)] +=
            taps[static_cast<std::size_t>(k + kHalf)] * in[static_cast<std::size_t>(i - k)];
  return out;
}

TEST(TruePeak, MeetsEbuCases20To23) {
  const auto fine = low_passed(case_20_at_four_times());
  // What a correct synthesis has as sample peaks, so that the signal is known to be right.
  const double sample_peaks[] = {-0.13, -0.46, -2.51, -0.46};
  std::vector<double> found;
  for (std::size_t offset = 0; offset < 4; ++offset) {
    std::vector<double> signal;
    for (std::size_t i = offset; i < fine.size(); i += 4) signal.push_back(fine[i]);
    TruePeakMeter meter(1, kRate);
    feed_one(meter, signal);
    found.push_back(to_db(meter.sample_peak()));
    expect_ebu(to_db(meter.peak()), 0.0);
  }
  std::ranges::sort(found);
  std::vector<double> wanted(std::begin(sample_peaks), std::end(sample_peaks));
  std::ranges::sort(wanted);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[i], wanted[i], 0.02);
}

TEST(TruePeak, ReadsAnyToneTo0Point1Db) {
  for (double part = 0.01; part < 0.45; part += 0.0137)
    for (const double degrees : {0.0, 17.0, 45.0, 80.0})
      EXPECT_NEAR(true_peak_db(faded_sine(part * kRate, degrees, 0.7, 9600)), to_db(0.7), 0.1)
          << part << " " << degrees;
}

/// Random sines below 0.4 of the rate: their sum can be computed between the samples.
TEST(TruePeak, FindsThePeakOfDenseMaterial) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Noise random(seed);
    std::vector<std::array<double, 2>> parts(12);  // frequency in cycles per frame, phase
    for (auto& part : parts) part = {0.2 + 0.2 * random.next(), random.next() * std::numbers::pi};
    const auto wave = [&](double t) {
      const double window = 0.5 - 0.5 * std::cos(2.0 * std::numbers::pi * t / 2000.0);
      double sum = 0.0;
      for (const auto& [frequency, phase] : parts) sum += std::sin(2.0 * std::numbers::pi * frequency * t + phase);
      return 0.05 * window * sum;
    };
    std::vector<double> signal;
    for (int i = 0; i <= 2000; ++i) signal.push_back(wave(i));
    double highest = 0.0;
    for (int i = 0; i <= 2000 * 64; ++i) highest = std::max(highest, std::fabs(wave(i / 64.0)));
    EXPECT_NEAR(true_peak_db(signal), to_db(highest), 0.05) << seed;
  }
}

TEST(TruePeak, DoesNotDependOnTheSplitIntoCalls) {
  Noise random(5);
  std::vector<std::vector<double>> signal(2);
  for (int i = 0; i < 10007; ++i)
    for (auto& channel : signal) channel.push_back(random.next() * (i % 3000) / 3000.0);
  TruePeakMeter whole(2, kRate);
  feed(whole, signal, 10007);
  for (const int block : {1, 16, 63, 64, 65, 1024}) {
    TruePeakMeter meter(2, kRate);
    feed(meter, signal, block);
    EXPECT_EQ(meter.peak(), whole.peak()) << block;
    EXPECT_EQ(meter.sample_peak(), whole.sample_peak()) << block;
  }
}

TEST(TruePeak, CanBeAskedAtAnyTimeAndCountsTheTail) {
  TruePeakMeter meter(1, kRate);
  EXPECT_EQ(meter.peak(), 0.0);
  const std::vector<double> pair{0.5, 0.5};  // two equal samples at the very end: the wave is higher between them
  feed_one(meter, pair);
  const double early = meter.peak();
  EXPECT_NEAR(early, 2.0 * 0.5 * 2.0 / std::numbers::pi, 0.003);  // 2 · 0.5 · sinc(1/2)
  EXPECT_EQ(meter.peak(), early);
  feed_one(meter, std::vector<double>(1000, 0.0));
  EXPECT_EQ(meter.peak(), early);
}

TEST(TruePeak, TakesTheHighestChannelAndIsNeverBelowTheSamples) {
  TruePeakMeter meter(2, kRate);
  feed(meter, std::vector{faded_sine(100, 0, 0.1, 4800), faded_sine(100, 0, 0.8, 4800)});
  EXPECT_NEAR(meter.peak(), 0.8, 0.001);
  EXPECT_GE(meter.peak(), meter.sample_peak());
}

TEST(TruePeak, SkipsSamplesThatAreNoNumbers) {
  TruePeakMeter meter(1, kRate);
  feed_one(meter, std::vector<float>{0.1f, NAN, INFINITY, -0.2f});
  EXPECT_NEAR(meter.sample_peak(), 0.2, 1e-7);
  EXPECT_LT(meter.peak(), 0.3);
}

}  // namespace
}  // namespace busbar::test
