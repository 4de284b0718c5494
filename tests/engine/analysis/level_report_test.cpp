#include "engine/analysis/level_report.hpp"

#include <gtest/gtest.h>

#include "tests/engine/analysis/signals.hpp"

namespace busbar::test {
namespace {

struct Part {
  double seconds, level_db;
};

std::optional<double> integrated(const std::vector<Part>& parts, int channels = 2) {
  std::vector<double> tone;
  for (const auto& [seconds, level] : parts) append_tone(tone, seconds, level);
  LoudnessMeter meter(channels, kRate);
  feed(meter, std::vector(static_cast<std::size_t>(channels), tone), 4096);
  return meter.integrated_lufs();
}

TEST(Loudness, MeetsEbuCases1To5) {
  EXPECT_NEAR(integrated({{20, -23}}).value(), -23.0, 0.1);
  EXPECT_NEAR(integrated({{20, -33}}).value(), -33.0, 0.1);
  EXPECT_NEAR(integrated({{10, -36}, {60, -23}, {10, -36}}).value(), -23.0, 0.1);
  EXPECT_NEAR(integrated({{10, -72}, {10, -36}, {60, -23}, {10, -36}, {10, -72}}).value(), -23.0, 0.1);
  EXPECT_NEAR(integrated({{20, -26}, {20.1, -20}, {20, -26}}).value(), -23.0, 0.1);
}

TEST(Loudness, CountsAMonoFileAsOneChannel) {
  EXPECT_NEAR(integrated({{10, -20}}, 1).value(), integrated({{10, -20}}, 2).value() - 3.01, 0.02);
}

TEST(Loudness, OfSilenceIsNone) {
  EXPECT_FALSE(integrated({{1, -200}}));
  EXPECT_FALSE(integrated({}));
}

TEST(LevelReport, ReadsASine) {
  LevelMeter meter(2, kRate);
  std::vector<double> tone;
  append_tone(tone, 5.0, -18.0);
  feed(meter, std::vector{tone, tone});
  const LevelReport report = meter.report();
  EXPECT_NEAR(report.peak_dbfs.value(), -18.0, 0.001);
  EXPECT_NEAR(report.true_peak_dbtp.value(), -18.0, 0.01);
  EXPECT_NEAR(report.rms_dbfs.value(), -21.0103, 0.001);
  EXPECT_NEAR(report.integrated_lufs.value(), -18.0, 0.1);
}

TEST(LevelReport, OfOneSilentSideHasHalfThePower) {
  LevelMeter meter(2, kRate);
  std::vector<double> tone;
  append_tone(tone, 5.0, -18.0);
  feed(meter, std::vector{tone, std::vector<double>(tone.size(), 0.0)});
  EXPECT_NEAR(meter.report().rms_dbfs.value(), -24.0206, 0.001);
}

TEST(LevelReport, OfSilenceIsNone) {
  for (const int frames : {0, 48000}) {
    LevelMeter meter(2, kRate);
    feed(meter, std::vector(2, std::vector<float>(static_cast<std::size_t>(frames), 0.0f)));
    const LevelReport report = meter.report();
    EXPECT_FALSE(report.peak_dbfs || report.true_peak_dbtp || report.rms_dbfs || report.integrated_lufs);
  }
}

TEST(LevelReport, IsTheSameForAnySplitIntoCallsAndForFloatsAsForDoubles) {
  Noise random(3);
  std::vector<std::vector<float>> signal(2);
  for (int i = 0; i < 50000; ++i)
    for (auto& channel : signal) channel.push_back(static_cast<float>(0.3 * random.next()));
  std::vector<std::vector<double>> wide;
  for (const auto& channel : signal) wide.emplace_back(channel.begin(), channel.end());
  LevelMeter whole(2, kRate);
  feed(whole, signal, 50000);
  for (const int block : {1, 127, 8192}) {
    LevelMeter meter(2, kRate);
    feed(meter, wide, block);
    EXPECT_EQ(meter.report().peak_dbfs, whole.report().peak_dbfs);
    EXPECT_EQ(meter.report().true_peak_dbtp, whole.report().true_peak_dbtp);
    EXPECT_EQ(meter.report().rms_dbfs, whole.report().rms_dbfs);
    EXPECT_EQ(meter.report().integrated_lufs, whole.report().integrated_lufs);
  }
}

}  // namespace
}  // namespace busbar::test
