#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <random>

#include "engine/analysis/loudness.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/mixer_builder.hpp"

// What a strip can do with its inserts as a whole: leave them all out, match their level, and colour a bus's sum.
namespace busbar::test {
namespace {

constexpr Frames kLength = 48000 * 16;

/// Noise with more lows than highs, so that filters change its loudness.
Samples brown(unsigned seed) {
  std::mt19937 random(seed);
  Samples samples(2, std::vector<float>(static_cast<std::size_t>(kLength)));
  for (auto& channel : samples) {
    float state = 0.0f;
    for (float& x : channel) {
      state = 0.97f * state + 0.03f * (static_cast<float>(random() % 20001) / 10000.0f - 1.0f);
      x = 0.8f * state;
    }
  }
  return samples;
}

MixerBuilder desk() {
  MixerBuilder builder;
  builder.bus("g", StripKind::group).track("a", brown(1), "g").track("b", brown(2), "g");
  return builder;
}

Rendered run(const MixerBuilder& builder, Frames frames, const std::vector<std::pair<Frames, Edit>>& edits = {},
             int block = 256) {
  Console console(builder, edit_parts);
  for (const auto& [at, edit] : edits) console.edit(edit, at);
  console.run(frames, {block});
  return std::move(console.rendered);
}

/// Integrated loudness of the last eight seconds.
double loudness(const Rendered& sound, const std::string& strip) {
  constexpr std::size_t kFrames = 48000 * 8;
  const auto& sides = sound.strips.at(strip);
  const std::array<const double*, 2> end{sides[0].data() + sides[0].size() - kFrames,
                                         sides[1].data() + sides[1].size() - kFrames};
  LoudnessMeter meter(2, 48000.0);
  meter.add(std::span<const double* const>(end), kFrames);
  return meter.integrated_lufs().value_or(-100.0);
}

TEST(LevelMatch, MakesWhatAnInsertPutsOutAsLoudAsWhatItGets) {
  const double plain = loudness(run(desk(), kLength), "g");
  for (const InsertSlot& insert :
       {slot("i", "utility", {{"gain_db", 12.0}}), slot("i", "utility", {{"gain_db", -15.0}}),
        slot("i", "low_cut", {{"corner_hz", 400.0}}), slot("i", "compressor", {{"threshold_db", -50.0}})}) {
    MixerBuilder builder = desk();
    builder.insert("g", insert);
    EXPECT_GT(std::fabs(loudness(run(builder, kLength), "g") - plain), 0.5) << insert.type;
    builder.edit("g", [](Strip& s) { s.inserts[0].match_level = true; });
    EXPECT_NEAR(loudness(run(builder, kLength), "g"), plain, 0.2) << insert.type;
  }
}

TEST(LevelMatch, OfAChainMatchesAllOfIt) {
  MixerBuilder builder = desk();
  builder.insert("g", slot("cut", "low_cut", {{"corner_hz", 300.0}}));
  builder.insert("g", slot("gain", "utility", {{"gain_db", 9.0}, {"latency_samples", 100.0}}));
  builder.edit("g", [](Strip& s) { s.match_inserts = true; });
  EXPECT_NEAR(loudness(run(builder, kLength), "g"), loudness(run(desk(), kLength), "g"), 0.2);
}

TEST(LevelMatch, ComesAndGoesWithoutAClickAndDoesNotDependOnBlocks) {
  constexpr double kHz = 200.0, kAmplitude = 0.2;
  MixerBuilder builder;
  builder.bus("g", StripKind::group);
  builder.track("a", Samples(2, to_float(sine_wave(kHz, 48000.0, 150000, kAmplitude))), "g");
  builder.insert("g", slot("gain", "utility", {{"gain_db", 6.0}}));
  const std::vector<std::pair<Frames, Edit>> edits{{20000, set("/g/inserts/gain/match_level", true)},
                                                   {90000, set("/g/match_inserts", true)},
                                                   {110000, set("/g/inserts/gain/match_level", false)},
                                                   {130000, set("/g/match_inserts", false)}};
  const Rendered sound = run(builder, 150000, edits);
  EXPECT_EQ(sound.left("g"), run(builder, 150000, edits, 37).left("g"));
  // A sine of twice the amplitude, on its way between two of 6 dB apart in 20 ms, bends no more than this.
  const double turn = 2.0 * std::numbers::pi * kHz / 48000.0, allowed = 2.0 * kAmplitude * (turn * turn + 8e-3 * turn);
  double bent = 0.0;
  const auto& y = sound.left("g");
  for (std::size_t i = 2; i < y.size(); ++i) bent = std::max(bent, std::fabs(y[i] - 2.0 * y[i - 1] + y[i - 2]));
  EXPECT_LT(bent, 1.5 * allowed);
  EXPECT_NEAR(peak(std::vector<double>(y.begin() + 80000, y.begin() + 89000)), kAmplitude, 0.02 * kAmplitude);
}

TEST(ChainBypass, LeavesAllInsertsOutAndKeepsTheirLatency) {
  MixerBuilder late = desk(), bypassed = desk();
  late.insert("g", slot("late", "utility", {{"latency_samples", 64.0}}));
  bypassed.insert("g", slot("late", "utility", {{"latency_samples", 64.0}, {"gain_db", 3.0}}));
  bypassed.insert("g", slot("cut", "low_cut"));
  bypassed.edit("g", [](Strip& s) { s.bypass_inserts = true; });
  EXPECT_EQ(run(late, 9600).left("g"), run(bypassed, 9600).left("g"));
  bypassed.edit("g", [](Strip& s) { s.bypass_inserts = false; });
  EXPECT_NE(run(late, 9600).left("g"), run(bypassed, 9600).left("g"));
}

TEST(ConsoleSumming, IsTheSameToTheBitWhenItIsOffAndAddsHarmonicsThatRiseWithTheLevelWhenItIsOn) {
  MixerBuilder builder;
  builder.bus("g", StripKind::group);
  constexpr double kHz = 48000.0 * 341 / 16384;
  for (const char* id : {"a", "b"}) builder.track(id, Samples(2, to_float(sine_wave(kHz, 48000.0, 40000, 0.35))), "g");
  const auto harmonic = [&](double drive, double level) {
    MixerBuilder driven = builder;
    driven.edit("g", [&](Strip& s) {
      s.summing = Summing::console;
      s.summing_drive_db = drive;
    });
    for (const char* id : {"a", "b"}) driven.edit(id, [&](Strip& s) { s.fader = {level}; });
    const auto heard = run(driven, 40000).left("g");
    const std::vector<double> end(heard.begin() + 20000, heard.begin() + 20000 + 16384);
    const Spectrum spectrum = spectrum_of(end, 48000.0);
    return std::max(spectrum.level_db(2.0 * kHz), spectrum.level_db(3.0 * kHz)) - spectrum.level_db(kHz);
  };
  EXPECT_GT(harmonic(6.0, 0.0), harmonic(6.0, -20.0) + 10.0);
  EXPECT_GT(harmonic(6.0, 0.0), -80.0);
  MixerBuilder off = builder;
  off.edit("g", [](Strip& s) { s.summing_drive_db = 12.0; });
  EXPECT_EQ(run(off, 9600).left("master"), run(builder, 9600).left("master"));
}

TEST(ConsoleSumming, IsSwitchedLiveByAnAddressOfItsOwn) {
  Console console(desk(), edit_parts);
  console.edit(set("/g/summing", "console"), 1000);
  console.edit(set("/g/summing_drive_db", 12.0), 2000);
  console.run(9600, {64});
  EXPECT_EQ(console.control().mixer().find("g")->summing, Summing::console);
  EXPECT_EQ(console.control().mixer().find("g")->summing_drive_db, 12.0);
  EXPECT_GT(peak(difference(console.rendered.left("g"), run(desk(), 9600).left("g"))), 1e-5);
}

}  // namespace
}  // namespace busbar::test
