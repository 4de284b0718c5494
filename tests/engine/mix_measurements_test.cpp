#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "sessions/edit_parts.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"
#include "tests/support/mixer_builder.hpp"

// The mix itself, held against sums and formulas in 64 bit that are worked out here.
namespace busbar::test {
namespace {

constexpr double kRate = 48000.0;
constexpr float kImpulse = 0x1p-5f;  // below every threshold

Samples noise(std::size_t frames, std::uint64_t seed) {
  return {to_float(white_noise(frames, seed, 0.9)), to_float(white_noise(frames, seed + 1000, 0.9))};
}

std::vector<double> sum_of(const Rendered& run, const std::vector<std::string>& ids) {
  std::vector<double> sum(run.left(ids.front()).size());
  for (const std::string& id : ids)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += run.left(id)[i];
  return sum;
}

/// So low that the sum of all stays below full scale, for residues in dBFS.
MixerBuilder strips_of_noise(const std::vector<std::string>& groups) {
  MixerBuilder builder;
  for (const std::string& group : groups)
    if (group != "master") builder.bus(group, StripKind::group);
  for (std::size_t n = 0; n < 64; ++n) {
    const std::string id = "t" + std::to_string(n);
    builder.track(id, noise(8000, n), groups[n % groups.size()]);
    builder.edit(id, [&](Strip& s) { s.fader = Decibels{-18.0 - 0.25 * static_cast<double>(n)}; });
  }
  return builder;
}

TEST(MixMeasurements, SixtyFourStripsAreTheSumIn64Bit) {
  const MixerBuilder builder = strips_of_noise({"master"});
  const Rendered run = render(builder, 8000);
  std::vector<double> sum(8000);
  double loudest = 0.0;
  for (std::size_t n = 0; n < 64; ++n)
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += std::pow(10.0, (-18.0 - 0.25 * static_cast<double>(n)) / 20.0) *
                static_cast<double>(builder.samples.at("t" + std::to_string(n))[0][i]);
  loudest = std::max(peak(sum), 0.9);
  EXPECT_TRUE(measured({.group = "Engine",
                        .item = "Summing: 64 strips of noise against a sum in 64 bit, relative to the loudest signal",
                        .unit = "dB",
                        .target = -140.0},
                       null_db(run.left("master"), sum) - db_of(loudest)));
  double differing = 0.0;
  for (const int block : {64, 1, 127, 1024}) {
    const Rendered again = render(builder, 8000, block);
    for (std::size_t i = 0; i < sum.size(); ++i) differing += again.left("master")[i] != run.left("master")[i] ? 1 : 0;
  }
  EXPECT_TRUE(measured({.group = "Engine",
                        .item = "Summing: samples that differ on reruns and with other blocks",
                        .unit = "samples",
                        .target = 0.0},
                       differing));
}

TEST(MixMeasurements, TheStemsAddUpToTheMaster) {
  const std::vector<std::string> groups{"drums", "bass", "keys", "vocals"};
  MixerBuilder builder = strips_of_noise(groups);
  builder.edit("bass", [](Strip& s) { s.fader = {-7.3}; }).edit("keys", [](Strip& s) { s.pan = 0.4; });
  const Rendered run = render(builder, 8000);
  EXPECT_TRUE(
      measured({.group = "Engine", .item = "Stems: their sum less the master", .unit = "dBFS", .target = -140.0},
               null_db(run.left("master"), sum_of(run, groups))));
}

/// One impulse at a frame, on as many tracks as are named, heard through what `change` puts on the console.
MixerBuilder impulses(const std::vector<std::string>& ids, Frames at, Frames frames) {
  std::vector<float> impulse(static_cast<std::size_t>(frames));
  impulse[static_cast<std::size_t>(at)] = kImpulse;
  MixerBuilder builder;
  for (const std::string& id : ids) builder.track(id, {impulse, impulse});
  return builder;
}

/// By how much the response of impulses that add up differs from two of them, from 20 Hz to 20 kHz, in dB.
double error_of_response(const std::vector<double>& sound, double ways) {
  std::vector<std::complex<double>> bins(sound.begin(), sound.begin() + 32768);
  fft(bins);
  double worst = 0.0;
  for (std::size_t k = 1; k < bins.size() / 2; ++k) {
    const double hz = static_cast<double>(k) * kRate / static_cast<double>(bins.size());
    if (hz >= 20.0 && hz <= 20000.0)
      worst = std::max(worst, std::fabs(db_of(std::abs(bins[k]) / static_cast<double>(kImpulse) / ways)));
  }
  return worst;
}

double frames_with_sound(const std::vector<double>& sound) {
  return static_cast<double>(std::ranges::count_if(sound, [](double x) { return std::fabs(x) > 1e-7; }));
}

constexpr Row kAligned{.group = "Engine",
                       .item = "Delay compensation: two ways into a sum, +6.0206 dB from 20 Hz to 20 kHz",
                       .unit = "dB",
                       .target = 0.01};
constexpr Row kOneSample{.group = "Engine",
                         .item = "Delay compensation: samples that an impulse comes out on",
                         .unit = "samples",
                         .target = 1.0};

TEST(MixMeasurements, NeutralInsertsOnOneOfTwoWaysLeaveTheSumFlat) {
  const std::vector<InsertSlot> neutral{
      slot("u", "utility", {{"latency_samples", 777.0}}), slot("l", "limiter"),
      slot("c", "compressor", {{"ratio", 1.0}, {"lookahead_ms", 5.0}, {"quality", std::string("high")}}),
      slot("f", "fet_compressor"), slot("q", "equaliser")};
  MixerBuilder builder = impulses({"a", "b"}, 5, 40000);
  for (const InsertSlot& insert : neutral) builder.insert("b", insert);
  const auto sound = render(builder, 40000).left("master");
  EXPECT_TRUE(measured(kAligned, error_of_response(sound, 2.0)));
  EXPECT_TRUE(measured(kOneSample, frames_with_sound(sound)));
}

TEST(MixMeasurements, NestedBusesAndSendsComeTogetherOnOneSample) {
  MixerBuilder builder = impulses({"a", "b"}, 5, 40000);
  builder.bus("g1", StripKind::group, "g2").bus("g2", StripKind::group, "g3").bus("g3", StripKind::group);
  builder.bus("fx", StripKind::aux).send("a", "fx", Tap::post).send("g2", "fx", Tap::pre);
  builder.edit("a", [](Strip& s) { s.output = ToBus{"g1"}; });
  int late = 101;
  for (const char* id : {"g1", "g2", "g3", "fx"})
    builder.insert(id, slot("u", "utility", {{"latency_samples", static_cast<double>(late += 37)}}));
  const auto sound = render(builder, 40000).left("master");
  EXPECT_TRUE(measured(kAligned, error_of_response(sound, 4.0)));
  EXPECT_TRUE(measured(kOneSample, frames_with_sound(sound)));
}

TEST(MixMeasurements, WhatIsInsertedAndRemovedLiveIsAlignedAsWell) {
  for (const bool stays : {true, false}) {
    Console console(impulses({"a", "b"}, 40000, 80000), edit_parts);
    console.edit(add("/b/inserts/u", R"({"type": "utility", "params": {"latency_samples": 1234}})"), 5000);
    if (!stays) console.edit(remove("/b/inserts/u"), 15000);
    console.run(80000, {256});
    const auto& sound = console.rendered.left("master");
    EXPECT_TRUE(measured(kAligned, error_of_response({sound.begin() + 39000, sound.end()}, 2.0))) << stays;
    EXPECT_TRUE(measured(kOneSample, frames_with_sound(sound))) << stays;
  }
}

TEST(MixMeasurements, AFaderIsWhatItsScaleSays) {
  std::vector<double> levels{-HUGE_VAL};
  for (int half = -180; half <= 24; ++half) levels.push_back(0.5 * half);
  MixerBuilder builder;
  const Samples in = noise(64, 7);
  for (std::size_t n = 0; n < levels.size(); ++n)
    builder.track("t" + std::to_string(n), in).edit("t" + std::to_string(n), [&](Strip& s) {
      s.fader = std::isfinite(levels[n]) ? Decibels{levels[n]} : kMinusInfinity;
    });
  const Rendered run = render(builder, 64);
  double worst = 0.0, falls = 0.0, before = 0.0;
  for (std::size_t n = 1; n < levels.size(); ++n) {
    const auto& out = run.left("t" + std::to_string(n));
    worst = std::max(worst, std::fabs(rms_db(out) - rms_db(in[0]) - levels[n]));
    falls += peak(out) > before ? 0 : 1;
    before = peak(out);
  }
  const auto at_zero = static_cast<std::size_t>(std::ranges::find(levels, 0.0) - levels.begin());
  EXPECT_TRUE(
      measured({.group = "Engine", .item = "Fader: level from -90 to +12 dB", .unit = "dB", .target = 0.01}, worst));
  EXPECT_TRUE(measured({.group = "Engine", .item = "Fader: steps at which it does not rise", .unit = "", .target = 0.0},
                       falls));
  EXPECT_TRUE(measured({.group = "Engine", .item = "Fader: 0 dB, error of a sample", .unit = "", .target = 0.0},
                       peak(difference(run.left("t" + std::to_string(at_zero)), in[0]))));
  EXPECT_TRUE(measured({.group = "Engine", .item = "Fader: bottom, what is left", .unit = "", .target = 0.0},
                       peak(run.left("t0"))));
}

/// A sine of 997 Hz at 0 dBFS under edits in the middle of 65,536 frames; what is above 2 kHz.
std::vector<double> under(const std::vector<TimedEdit>& edits) {
  const auto tone = to_float(sine_wave(997.0, kRate, 65536));
  MixerBuilder builder;
  builder.track("a", {tone, tone});
  return render(builder, 65536, 64, edits).left("a");
}
double above_2_khz(const std::vector<double>& sound) {
  const Spectrum spectrum = spectrum_of(sound, kRate);
  const auto first = static_cast<std::ptrdiff_t>(std::ceil(2000.0 / spectrum.bin_hz()));
  return peak_db(std::vector<double>(spectrum.amplitudes.begin() + first, spectrum.amplitudes.end()));
}

TEST(MixMeasurements, MovesAreSmooth) {
  constexpr Frames kBegin = 32768 - 4800, kUpdate = 800;  // 60 a second
  std::vector<TimedEdit> fader;
  for (int n = 1; n <= 12; ++n)
    fader.push_back(set_at(kBegin + (n - 1) * kUpdate, "/a/fader_db", -40.0 * static_cast<double>(n) / 12.0));
  const auto moved = under(fader);
  EXPECT_TRUE(measured({.group = "Engine",
                        .item = "Smoothing: 997 Hz, fader from 0 to -40 dB within 200 ms by 60 updates a second, above "
                                "2 kHz",
                        .unit = "dBFS",
                        .target = -100.0,
                        .stretch = -115.0},
                       above_2_khz(moved)));
  EXPECT_TRUE(measured({.group = "Engine",
                        .item = "Smoothing: 997 Hz, mute within 10 ms, above 2 kHz",
                        .unit = "dBFS",
                        .target = -100.0,
                        .stretch = -115.0},
                       above_2_khz(under({set_at(32768 - 240, "/a/mute", true)}))));
  const auto settled = under({set_at(0, "/a/fader_db", -40.0)});
  const Frames after = kBegin + 11 * kUpdate;
  Frames exact = after;
  for (Frames i = after; i < 65536; ++i)
    if (moved[static_cast<std::size_t>(i)] != settled[static_cast<std::size_t>(i)]) exact = i + 1;
  EXPECT_TRUE(measured({.group = "Engine",
                        .item = "Smoothing: from the last update until the target is met exactly",
                        .unit = "ms",
                        .target = 200.0},
                       1000.0 * static_cast<double>(exact - after) / kRate));
}

/// What a law gives the left side, by its formula.
double pan_gain(double law, double pan) {
  const double sine = std::cos((pan + 1.0) * std::numbers::pi / 4.0), linear = (1.0 - pan) / 2.0;
  return law == -3.0 ? sine : law == -6.0 ? linear : std::sqrt(sine * linear);
}

TEST(MixMeasurements, PanFollowsItsLaws) {
  double centre = 0.0, positions = 0.0, far = 0.0;
  for (const auto& [law, at_centre] : {std::pair{-3.0, -3.0103}, {-4.5, -4.5154}, {-6.0, -6.0206}}) {
    MixerBuilder builder;
    builder.mixer.pan_law_db = law;
    const std::vector<float> in = noise(64, 9)[0];
    for (int n = -20; n <= 20; ++n)
      builder.track("t" + std::to_string(n), {in}).edit("t" + std::to_string(n), [&](Strip& s) { s.pan = 0.05 * n; });
    const Rendered run = render(builder, 64);
    const auto level = [&](int n) { return rms_db(run.left("t" + std::to_string(n))) - rms_db(in); };
    centre = std::max(
        {centre, std::fabs(level(0) - at_centre), std::fabs(rms_db(run.right("t0")) - rms_db(in) - at_centre)});
    for (int n = -20; n < 20; ++n)
      positions = std::max(positions, std::fabs(level(n) - db_of(pan_gain(law, 0.05 * n))));
    far = std::max({far, peak(run.left("t20")), peak(run.right("t-20"))});
  }
  EXPECT_TRUE(measured(
      {.group = "Engine", .item = "Pan: -3, -4.5 and -6 dB at the centre", .unit = "dB", .target = 0.01}, centre));
  EXPECT_TRUE(
      measured({.group = "Engine", .item = "Pan: all other positions", .unit = "dB", .target = 0.01}, positions));
  EXPECT_TRUE(measured(
      {.group = "Engine", .item = "Pan: hard to a side, what is left on the other", .unit = "", .target = 0.0}, far));
}

}  // namespace
}  // namespace busbar::test
