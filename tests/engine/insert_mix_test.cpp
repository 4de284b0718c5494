#include <gtest/gtest.h>

#include <cmath>

#include "engine/realtime/insert.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"
#include "tests/support/mixer_builder.hpp"

// The mix of a processor that turns phases: its dry part is turned alike, and a bypass is plain.
namespace busbar::test {
namespace {

constexpr Frames kLength = 65536;

/// Four bands that reduce nothing.
InsertSlot bands_at_unity(double mix) {
  std::map<std::string, ParamValue> params;
  for (const char* band : {"band1", "band2", "band3", "band4"}) params[std::string(band) + "_ratio"] = 1.0;
  InsertSlot bands = slot("i", "multiband_compressor", params);
  bands.mix = mix;
  return bands;
}

MixerBuilder desk(const std::vector<float>& samples, double mix, double rate = 48000.0) {
  MixerBuilder builder;
  return builder.rate(rate).track("a", {samples, samples}).insert("a", bands_at_unity(mix));
}

/// The largest departure from 0 dB between 20 Hz and 20 kHz.
double unevenness(double mix, double rate) {
  std::vector<float> click(static_cast<std::size_t>(kLength), 0.0f);
  click[0] = 1.0f;
  const auto out = render(desk(click, mix, rate), kLength).left("a");
  std::vector<std::complex<double>> bins(out.begin(), out.end());
  fft(bins);
  double worst = 0.0;
  for (std::size_t k = 1; k < bins.size() / 2; ++k) {
    const double hz = static_cast<double>(k) * rate / static_cast<double>(kLength);
    if (hz >= 20.0 && hz <= 20000.0) worst = std::max(worst, std::fabs(db_of(std::abs(bins[k]))));
  }
  return worst;
}

TEST(InsertMix, OfBandsThatReduceNothingIsFlat) {
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0})
    for (const double mix : {0.01, 0.1, 0.5, 0.9, 1.0})
      EXPECT_TRUE(measured({.group = "Dynamics",
                            .item = "Multiband: mix 1 … 100 % with bands at unity, 20 Hz … 20 kHz",
                            .unit = "dB",
                            .target = 0.05},
                           unevenness(mix, rate)))
          << mix << ' ' << rate;
}

TEST(InsertMix, OfNothingPassesEveryBit) {
  const auto noise = to_float(sine_wave(440.0, 48000.0, 9600, 0.7));
  const auto out = render(desk(noise, 0.0), 9600).left("a");
  for (std::size_t i = 0; i < noise.size(); ++i) ASSERT_EQ(out[i], static_cast<double>(noise[i])) << i;
}

/// The largest second difference: 0.0034 for the sine at half level, as much again where phases meet.
double bend_of(const std::vector<double>& y, std::size_t from, std::size_t to) {
  double bent = 0.0;
  for (std::size_t i = from; i < to; ++i) bent = std::max(bent, std::fabs(y[i] - 2.0 * y[i - 1] + y[i - 2]));
  return bent;
}

TEST(InsertMix, FadesIntoAPlainBypassAndBack) {
  const auto tone = to_float(sine_wave(440.0, 48000.0, 48000, 0.5));
  for (const bool is_matched : {false, true})
    for (const double mix : {0.3, 1.0}) {
      MixerBuilder builder = desk(tone, mix);
      builder.edit("a", [&](Strip& strip) { strip.inserts[0].match_level = is_matched; });
      const auto run = [&](int block) {
        Console console(builder, edit_parts);
        console.edit(set("/a/inserts/i/bypass", true), 12000);
        console.edit(set("/a/inserts/i/bypass", false), 24000);
        console.edit(set("/a/inserts/i/bypass", true), 36000);
        console.edit(set("/a/inserts/i/bypass", false), 36200);
        console.run(48000, {block});
        return console.rendered.left("a");
      };
      const auto out = run(256);
      EXPECT_LT(bend_of(out, 4800, 48000), 4e-3) << mix << is_matched;
      for (std::size_t i = 13000; i < 24000; ++i) ASSERT_EQ(out[i], static_cast<double>(tone[i])) << i;
      EXPECT_EQ(out, run(37)) << mix << is_matched;
    }
}

TEST(InsertMix, MovesWithoutAnEdge) {
  const auto tone = to_float(sine_wave(440.0, 48000.0, 48000, 0.5));
  Console console(desk(tone, 0.0), edit_parts);
  const double mixes[] = {0.5, 1.0, 0.2, 0.0};
  for (int k = 0; k < 4; ++k) console.edit(set("/a/inserts/i/mix", mixes[k]), 12000 + 8000 * k);
  console.run(48000, {64});
  EXPECT_LT(bend_of(console.rendered.left("a"), 4800, 48000), 4e-3);
}

}  // namespace
}  // namespace busbar::test
