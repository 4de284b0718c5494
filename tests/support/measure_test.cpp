#include "tests/support/measure.hpp"

#include <gtest/gtest.h>

namespace busbar::test {
namespace {

constexpr double kRate = 48000.0;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Measure, ReadsPeakAndRmsOfASine) {
  const auto sine = sine_wave(1000.0, kRate, 48000, 0.5);
  EXPECT_NEAR(peak_db(sine), -6.0206, 1e-3);
  EXPECT_NEAR(rms_db(sine), -9.0309, 1e-3);
  EXPECT_NEAR(rms_db(to_float(sine)), -9.0309, 1e-3);
}

TEST(Measure, ReadsSilenceAsMinusInfinity) {
  const std::vector<float> silence(64);
  EXPECT_EQ(peak_db(silence), -kInfinity);
  EXPECT_EQ(rms_db(silence), -kInfinity);
  EXPECT_EQ(null_db(silence, silence), -kInfinity);
}

TEST(Measure, NeverOverlooksANotANumber) {
  std::vector<double> signal(64, 0.1);
  signal[40] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(peak_db(signal)));
}

TEST(Measure, NullsOnlyWhatIsEqual) {
  const auto a = white_noise(4096, 1);
  auto b = a;
  EXPECT_EQ(null_db(a, b), -kInfinity);
  b[100] += 1e-6;
  EXPECT_NEAR(null_db(a, b), -120.0, 1e-3);
  b.pop_back();
  EXPECT_EQ(null_db(a, b), kInfinity) << "another length";
}

TEST(Measure, MakesTheSameNoiseFromTheSameSeedOnly) {
  EXPECT_EQ(white_noise(1000, 7), white_noise(1000, 7));
  EXPECT_NE(white_noise(1000, 7), white_noise(1000, 8));
  const auto noise = white_noise(1 << 18, 3);
  EXPECT_LE(peak(noise), 1.0);
  EXPECT_NEAR(rms_db(noise), db_of(1.0 / std::sqrt(3.0)), 0.02);
  double sum = 0.0;
  for (const double x : noise) sum += x;
  EXPECT_NEAR(sum / static_cast<double>(noise.size()), 0.0, 0.005);
}

TEST(Measure, TransformsLikeTheDefinition) {
  constexpr std::size_t kSize = 64;
  const auto real = white_noise(kSize, 1), imaginary = white_noise(kSize, 2);
  std::vector<std::complex<double>> fast(kSize);
  for (std::size_t n = 0; n < kSize; ++n) fast[n] = {real[n], imaginary[n]};
  const auto signal = fast;
  fft(fast);
  for (std::size_t k = 0; k < kSize; ++k) {
    std::complex<double> slow = 0.0;
    for (std::size_t n = 0; n < kSize; ++n)
      slow += signal[n] * std::polar(1.0, -2.0 * std::numbers::pi * static_cast<double>(k * n) / kSize);
    EXPECT_LT(std::abs(fast[k] - slow), 1e-12) << k;
  }
}

TEST(Spectrum, ReadsTheAmplitudeOfSinesApart) {
  auto signal = sine_wave(kRate / 64.0, kRate, 16384, 0.5);
  const auto second = sine_wave(kRate / 16.0, kRate, 16384, 1e-4);
  for (std::size_t n = 0; n < signal.size(); ++n) signal[n] += second[n];
  const Spectrum spectrum = spectrum_of(signal, kRate);
  EXPECT_NEAR(spectrum.level_db(kRate / 64.0), -6.0206, 1e-3);
  EXPECT_NEAR(spectrum.level_db(kRate / 16.0), -80.0, 0.01);
  EXPECT_NEAR(spectrum.highest_db_besides({kRate / 64.0}), -80.0, 0.01);
  EXPECT_LT(spectrum.highest_db_besides({kRate / 64.0, kRate / 16.0}), -140.0);
}

TEST(Spectrum, ReadsASineBetweenTwoBinsLessThanOneDecibelLow) {
  const double hz = (340.5) * kRate / 16384.0;
  const Spectrum spectrum = spectrum_of(sine_wave(hz, kRate, 16384), kRate);
  EXPECT_NEAR(spectrum.level_db(hz), -0.83, 0.02);
  EXPECT_LT(spectrum.highest_db_besides({hz}), -90.0);
}

}  // namespace
}  // namespace busbar::test
