#include "engine/realtime/dsp/oversampler.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/measure.hpp"

namespace busbar::test {

namespace {

using Sampler = Oversampler<3>;

Sampler sampler_of(int stages, int pairs) {
  Sampler sampler;
  sampler.use(std::array{HalfBand::kaiser(pairs, 80.0), HalfBand::kaiser(6, 80.0), HalfBand::kaiser(5, 80.0)}, stages);
  return sampler;
}

/// Up and down again, in calls of up to `most` samples.
std::vector<float> there_and_back(Sampler sampler, const std::vector<float>& in, int most) {
  std::vector<float> out(in.size());
  std::mt19937 rng(1);
  Sampler::Buffer buffer;
  for (std::size_t done = 0; done < in.size();) {
    const int wanted = most == 0 ? 1 + static_cast<int>(rng() % Sampler::kMost) : most;
    const int count = std::min(wanted, static_cast<int>(in.size() - done));
    sampler.up(in.data() + done, count, buffer.data());
    sampler.down(buffer.data(), count, out.data() + done);
    done += static_cast<std::size_t>(count);
  }
  return out;
}

TEST(Oversampler, IsLateByExactlyWhatItSaysAndSymmetric) {
  for (int stages = 0; stages <= 3; ++stages)
    for (const int pairs : {1, 7, 12, 25}) {
      const Sampler sampler = sampler_of(stages, pairs);
      std::vector<float> click(400, 0.0f);
      click[100] = 1.0f;
      const auto out = there_and_back(sampler, click, 64);
      const std::size_t middle = 100 + static_cast<std::size_t>(sampler.latency());
      EXPECT_EQ(static_cast<std::size_t>(std::ranges::max_element(out) - out.begin()), middle);
      for (std::size_t k = 1; k < 90; ++k)
        EXPECT_NEAR(out[middle - k], out[middle + k], 1e-7f) << stages << ' ' << pairs;
      EXPECT_EQ(out.back(), 0.0f);
    }
}

TEST(Oversampler, GivesTheSameBytesForAnyCalls) {
  const auto in = to_float(white_noise(3000, 1));
  for (int stages = 1; stages <= 3; ++stages) {
    const auto expected = there_and_back(sampler_of(stages, 12), in, 64);
    for (const int most : {1, 17, 0}) EXPECT_EQ(expected, there_and_back(sampler_of(stages, 12), in, most));
  }
}

TEST(Oversampler, KeepsTheBandAndStopsItsImages) {
  const auto tone = to_float(sine_wave(0.3, 1.0, 8192));  // of the rate: 14.4 kHz at 48 kHz
  for (int stages = 1; stages <= 3; ++stages) {
    Sampler sampler = sampler_of(stages, 20);
    std::vector<float> high;
    Sampler::Buffer buffer;
    for (std::size_t done = 0; done < tone.size(); done += 64) {
      sampler.up(tone.data() + done, 64, buffer.data());
      high.insert(high.end(), buffer.begin(), buffer.begin() + 64 * sampler.factor());
    }
    const double rate = sampler.factor();
    const auto spectrum = spectrum_of(std::vector<float>(high.end() - 4096 * sampler.factor(), high.end()), rate);
    EXPECT_NEAR(spectrum.level_db(0.3), 0.0, 0.9);  // between two bins
    EXPECT_LT(spectrum.highest_db_besides({0.3}) - spectrum.level_db(0.3), -75.0) << stages;
  }
}

TEST(Oversampler, RemovesOnTheWayDownWhatTheBaseRateCannotHold) {
  for (int stages = 1; stages <= 3; ++stages) {
    Sampler sampler = sampler_of(stages, 20);
    const auto tone = to_float(sine_wave(0.7, static_cast<double>(sampler.factor()), 8192));
    Sampler::Buffer buffer;
    std::vector<float> low(64), all;
    for (std::size_t done = 0; done < tone.size(); done += 64 * static_cast<std::size_t>(sampler.factor())) {
      std::copy_n(tone.begin() + static_cast<std::ptrdiff_t>(done), 64 * sampler.factor(), buffer.begin());
      sampler.down(buffer.data(), 64, low.data());
      all.insert(all.end(), low.begin(), low.end());
    }
    EXPECT_LT(peak_db(std::vector<float>(all.begin() + 200, all.end())), -78.0) << stages;
  }
}

}  // namespace

}  // namespace busbar::test
