#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <random>

#include "engine/analysis/loudness.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"
#include "tests/support/mixer_builder.hpp"

// What level matching promises him who compares: equal loudness over a programme, and never a surprise. Loudness is
// read by the meter of the analysis, which shares nothing with the matching.
namespace busbar::test {
namespace {

constexpr double kRate = 48000.0;
constexpr Frames kSecond = 48000;
constexpr Frames kSettled = 2 * kSecond;  // after which the match is held to its word

Samples silence(Frames frames, int channels) {
  return Samples(static_cast<std::size_t>(channels), std::vector<float>(static_cast<std::size_t>(frames)));
}

/// Noise of the spectrum of music, whose level is `level(t)`.
template <typename Level>
Samples noise(Frames frames, int channels, unsigned seed, Level level) {
  std::mt19937 random(seed);
  Samples samples = silence(frames, channels);
  for (auto& channel : samples) {
    double a = 0.0, b = 0.0, c = 0.0;  // three sections after P. Kellet
    for (std::size_t i = 0; i < channel.size(); ++i) {
      const double white = static_cast<double>(random() % 20001) / 10000.0 - 1.0;
      a = 0.99765 * a + 0.0990460 * white;
      b = 0.96300 * b + 0.2965164 * white;
      c = 0.57000 * c + 1.0526913 * white;
      channel[i] = static_cast<float>(0.15 * level(static_cast<double>(i) / kRate) * (a + b + c + 0.1848 * white));
    }
  }
  return samples;
}

/// Four seconds loud, four 20 dB below.
Samples steps(Frames frames, int channels = 2) {
  return noise(frames, channels, 1, [](double t) { return std::fmod(t, 8.0) < 4.0 ? 1.0 : 0.1; });
}

/// Two bars of drums, one of silence, over and over.
Samples drums(Frames frames) {
  Samples samples = noise(frames, 2, 3, [](double) { return 0.002; });
  std::mt19937 random(5);
  for (std::size_t i = 0; i < samples[0].size(); ++i) {
    const double t = static_cast<double>(i) / kRate, beat = std::fmod(t, 0.5);
    if (std::fmod(t, 6.0) >= 4.0) continue;
    const bool is_snare = std::fmod(t, 1.0) >= 0.5;
    const double hiss = static_cast<double>(random() % 20001) / 10000.0 - 1.0;
    const double drum = 0.6 * std::exp(-beat / 0.08) * std::sin(2.0 * std::numbers::pi * 60.0 * t) +
                        (is_snare ? 0.4 : 0.08) * std::exp(-beat / 0.05) * hiss;
    for (auto& channel : samples) channel[i] += static_cast<float>(drum);
  }
  return samples;
}

/// A song that begins softly and grows by 12 dB.
Samples song(Frames frames) {
  return noise(frames, 2, 9, [](double t) {
    const double bar = std::fmod(t, 2.0);
    return std::min(1.0, 0.25 * std::pow(2.0, std::floor(t / 8.0))) * (0.5 + 0.5 * std::exp(-bar));
  });
}

using Edits = std::vector<std::pair<Frames, Edit>>;

Rendered run(const Samples& in, const InsertSlot& insert, const Edits& edits = {}, int block = 256) {
  MixerBuilder builder;
  builder.track("a", in).insert("a", insert);
  Console console(builder, edit_parts);
  for (const auto& [at, edit] : edits) console.edit(edit, at);
  console.run(static_cast<Frames>(in[0].size()), {block});
  return std::move(console.rendered);
}

InsertSlot matched(InsertSlot insert) {
  insert.match_level = true;
  return insert;
}

InsertSlot mixed(InsertSlot insert, double mix) {
  insert.mix = mix;
  return insert;
}

InsertSlot bypassed(InsertSlot insert) {
  insert.bypass = true;
  return insert;
}

/// Integrated loudness from frame `from` on.
double loudness(const Rendered& sound, Frames from) {
  const auto& sides = sound.strips.at("a");
  const std::array<const double*, 2> rest{sides[0].data() + from, sides[1].data() + from};
  LoudnessMeter meter(2, kRate);
  meter.add(std::span<const double* const>(rest), static_cast<int>(static_cast<Frames>(sides[0].size()) - from));
  return meter.integrated_lufs().value_or(-100.0);
}

double peak_of(const Rendered& sound) { return std::max(peak(sound.left("a")), peak(sound.right("a"))); }

/// The largest step of the slope: small for everything that fades, large for a click.
double bend_of(const std::vector<double>& y, Frames from, Frames to) {
  double bent = 0.0;
  for (auto i = static_cast<std::size_t>(from); i < static_cast<std::size_t>(to); ++i)
    bent = std::max(bent, std::fabs(y[i] - 2.0 * y[i - 1] + y[i - 2]));
  return bent;
}

const std::vector<InsertSlot>& processors() {
  static const std::vector<InsertSlot> all{
      slot("i", "compressor", {{"threshold_db", -30.0}, {"ratio", 8.0}}),
      slot("i", "fet_compressor", {{"input_db", 20.0}}),
      slot("i", "bus_compressor", {{"threshold_db", -10.0}}),
      slot("i", "equaliser", {{"band3_on", true}, {"band3_gain_db", 12.0}, {"output_db", 6.0}}),
      slot("i", "low_cut", {{"corner_hz", 400.0}}),
      slot("i", "gate", {{"threshold_db", -30.0}}),
      slot("i", "saturation", {{"drive_db", 12.0}}),
      slot("i", "delay", {{"time_ms", 300.0}}),
      slot("i", "reverb"),
      mixed(slot("i", "reverb"), 0.3),
      mixed(slot("i", "chorus"), 0.5),
      mixed(slot("i", "compressor", {{"threshold_db", -40.0}, {"ratio", 10.0}}), 0.5),
  };
  return all;
}

void expect_matched(const char* programme, const Samples& in) {
  const double plain = loudness(run(in, bypassed(slot("i", "utility"))), kSettled);
  for (const InsertSlot& insert : processors()) {
    const double off = loudness(run(in, matched(insert)), kSettled) - plain;
    EXPECT_TRUE(measured({.group = "Every processor",
                          .item = "Level matching: integrated loudness over bypass, a minute of programme after 2 s",
                          .unit = "LU",
                          .target = 0.2},
                         std::fabs(off)))
        << programme << " through " << insert.type << " at mix " << insert.mix << ": " << off;
  }
}

TEST(LevelMatch, HoldsOverAProgrammeOfLoudAndSoft) { expect_matched("steps", steps(62 * kSecond)); }
TEST(LevelMatch, HoldsOverDrumsWithPauses) { expect_matched("drums", drums(62 * kSecond)); }
TEST(LevelMatch, HoldsOverASongThatGrows) { expect_matched("song", song(62 * kSecond)); }

TEST(LevelMatch, OfMonoToStereoIsAgainstTheirBypass) {
  for (const double law : {0.0, -3.0, -6.0})
    for (const char* type : {"chorus", "reverb"}) {
      const auto heard = [&](const InsertSlot& insert) {
        MixerBuilder builder;
        builder.mixer.pan_law_db = law;
        builder.track("a", noise(12 * kSecond, 1, 2, [](double) { return 0.7; })).insert("a", insert);
        return loudness(render(builder, 12 * kSecond, 256), kSettled);
      };
      EXPECT_NEAR(heard(matched(slot("i", type))), heard(bypassed(slot("i", type))), 0.2) << type << " " << law;
    }
}

TEST(LevelMatch, KeepsStillWhileAProcessorIsSilent) {
  const Frames length = 5 * kSecond;
  const auto tone = to_float(sine_wave(200.0, kRate, static_cast<std::size_t>(length), 0.5));
  for (const InsertSlot& insert :
       {slot("i", "delay", {{"time_ms", 4000.0}, {"feedback", 0.0}}), slot("i", "gate", {{"threshold_db", 0.0}})})
    EXPECT_LT(peak_of(run({tone, tone}, matched(insert))), 0.6) << insert.type;

  Samples hit = noise(length, 2, 4, [](double) { return 0.001; });  // hiss, and then a drum
  for (auto& channel : hit)
    for (std::size_t i = 0; i < 12000; ++i)
      channel[96000 + i] +=
          static_cast<float>(0.7 * std::exp(-static_cast<double>(i) / 4000.0) *
                             std::sin(2.0 * std::numbers::pi * 60.0 * static_cast<double>(i) / kRate));
  EXPECT_LT(peak_of(run(hit, matched(slot("i", "gate", {{"threshold_db", -30.0}})))), 1.1 * peak(hit[0]));
}

TEST(LevelMatch, LiftsNoPeakFarOverThoseOfItsBypass) {
  // What a processor takes away for a while and then lets through: it is lifted, but not for all it might become.
  std::vector<float> bass = to_float(sine_wave(40.0, kRate, 4 * kSecond, 0.3));
  const auto voice = to_float(sine_wave(1000.0, kRate, 4 * kSecond, 0.3));
  std::copy(voice.begin() + 2 * kSecond, voice.end(), bass.begin() + 2 * kSecond);
  Samples hiss_and_hit = noise(4 * kSecond, 1, 4, [](double t) { return t < 2.0 ? 0.03 : 1.0; });
  const InsertSlot cut = slot("i", "low_cut", {{"corner_hz", 200.0}});
  const InsertSlot expander = slot("i", "gate", {{"threshold_db", -25.0}, {"range_db", -12.0}});
  EXPECT_LT(peak_of(run({bass, bass}, matched(cut))), 2.02 * peak(bass));
  EXPECT_LT(peak_of(run({hiss_and_hit[0], hiss_and_hit[0]}, matched(expander))), 2.02 * peak(hiss_and_hit[0]));
  // And soon it is right again.
  const Rendered sound = run({bass, bass}, matched(cut));
  EXPECT_LT(peak(std::vector<double>(sound.left("a").end() - kSecond, sound.left("a").end())), 1.1 * 0.3);
}

TEST(LevelMatch, IsRightAgainSoonAfterAKnobWasTurned) {
  const Samples in = noise(16 * kSecond, 2, 6, [](double) { return 0.5; });
  const InsertSlot insert = matched(slot("i", "utility", {{"gain_db", 6.0}}));
  const Rendered sound = run(in, insert, {{10 * kSecond, set("/a/inserts/i/gain_db", -6.0)}});
  EXPECT_NEAR(loudness(sound, 12 * kSecond), loudness(run(in, bypassed(insert)), 12 * kSecond), 0.2);
}

TEST(LevelMatch, IsTheSameForAnyBlocks) {
  const Samples in = steps(6 * kSecond);
  const Edits edits{{30001, set("/a/inserts/i/mix", 0.4)},
                    {100003, set("/a/inserts/i/bypass", true)},
                    {150007, set("/a/inserts/i/bypass", false)},
                    {200013, set("/a/inserts/i/match_level", false)}};
  for (const InsertSlot& insert : {slot("i", "delay"), slot("i", "compressor", {{"threshold_db", -40.0}})}) {
    const Rendered whole = run(in, matched(insert), edits);
    for (const int block : {37, 64, 1000}) EXPECT_EQ(whole.left("a"), run(in, matched(insert), edits, block).left("a"));
  }
}

TEST(LevelMatch, IsBypassedThroughNothingLouderThanBothAndToTheBit) {
  const Frames length = 8 * kSecond, off = 6 * kSecond, on = 7 * kSecond;
  const auto tone = to_float(sine_wave(200.0, kRate, static_cast<std::size_t>(length), 0.2));
  const InsertSlot insert = matched(slot("i", "utility", {{"gain_db", -18.0}}));
  const auto sound =
      run({tone, tone}, insert, {{off, set("/a/inserts/i/bypass", true)}, {on, set("/a/inserts/i/bypass", false)}})
          .left("a");
  for (auto n = static_cast<std::size_t>(4 * kSecond); n < sound.size(); ++n)
    ASSERT_NEAR(sound[n], static_cast<double>(tone[n]), 0.005) << n;
  for (auto n = static_cast<std::size_t>(off + 960); n < static_cast<std::size_t>(on); ++n)
    ASSERT_EQ(sound[n], static_cast<double>(tone[n])) << n;
}

TEST(LevelMatch, SwitchedWhileItPlaysLeavesAnEchoAsItWas) {
  const Frames length = 3 * kSecond;
  const auto tone = to_float(sine_wave(200.0, kRate, static_cast<std::size_t>(length), 0.3));
  const InsertSlot echo = slot("i", "delay", {{"time_ms", 250.0}, {"feedback", 0.0}});
  const auto plain = run({tone, tone}, echo).left("a");
  const auto switched =
      run({tone, tone}, echo,
          {{kSecond, set("/a/inserts/i/match_level", true)}, {2 * kSecond, set("/a/inserts/i/match_level", false)}})
          .left("a");
  for (std::size_t n = 0; n < plain.size(); ++n) ASSERT_NEAR(switched[n], plain[n], 0.02) << n;
}

TEST(LevelMatch, OfSilenceIsSilence) {
  Samples in = steps(6 * kSecond);
  for (auto& channel : in) std::fill(channel.begin() + 4 * kSecond, channel.end(), 0.0f);
  const auto sound = run(in, matched(slot("i", "compressor", {{"threshold_db", -40.0}}))).left("a");
  EXPECT_EQ(peak(std::vector<double>(sound.begin() + 4 * kSecond + 960, sound.end())), 0.0);
  EXPECT_LT(bend_of(sound, 4 * kSecond + 960, 6 * kSecond), 1e-12);
}

}  // namespace
}  // namespace busbar::test
