#include "engine/realtime/render_block.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

std::vector<float> noise(std::size_t frames, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> x(frames);
  for (float& s : x) s = static_cast<float>(random()) / 2147483648.0f - 1.0f;
  return x;
}

MixerBuilder console() {
  MixerBuilder builder;
  builder.bus("drums", StripKind::group).bus("fx", StripKind::aux).bus("cue1", StripKind::cue, "");
  builder.track("kick", {noise(6000, 1)}, "drums").track("oh", {noise(6000, 2), noise(6000, 3)}, "drums");
  builder.track("vox", {noise(6000, 4)}).send("vox", "fx", Tap::post, -6).send("oh", "cue1", Tap::pre, -3);
  builder.send("kick", "cue1", Tap::input)
      .insert("kick", slot("lc", "low_cut"))
      .insert("fx", slot("u", "utility", {{"latency_samples", 33.0}}));
  builder.edit("kick", [](Strip& s) { s.pan = -0.3; }).edit("oh", [](Strip& s) { s.width = 1.4; });
  return builder;
}

std::vector<TimedEdit> some_edits() {
  return {set_at(1, "/kick/fader_db", -6.0),
          set_at(777, "/vox/pan", 0.5),
          set_at(780, "/vox/mute", true),
          set_at(1000, "/oh/width", 0.0),
          set_at(1003, "/drums/trim_db", 3.0),
          set_at(1900, "/kick/inserts/lc/corner_hz", 200.0),
          set_at(2222, "/kick/inserts/lc/bypass", true),
          set_at(2500, "/vox/mute", false),
          set_at(3001, "/fx/inserts/u/gain_db", -12.0),
          set_at(3333, "/kick/inserts/lc/bypass", false),
          set_at(4000, "/oh/solo", true),
          set_at(4100, "/oh/polarity", true)};
}

TEST(RenderBlock, GivesTheSameBytesForEveryBlockSize) {
  const Rendered reference = render(console(), 8000, 64, some_edits());
  for (const int block : {1, 16, 127, 256, 1024, 8000}) {
    const Rendered other = render(console(), 8000, block, some_edits());
    for (const auto& [id, channels] : reference.strips)
      for (std::size_t c = 0; c < 2; ++c)
        for (std::size_t n = 0; n < channels[c].size(); ++n)
          ASSERT_EQ(other.strips.at(id)[c][n], channels[c][n]) << id << " at block " << block << ", frame " << n;
  }
}

TEST(RenderBlock, SumsInOrderOfIdHoweverTheSessionIsOrdered) {
  MixerBuilder shuffled = console();
  std::ranges::reverse(shuffled.mixer.tracks);
  std::ranges::reverse(shuffled.mixer.buses);
  EXPECT_EQ(render(console(), 4000).strips.at("master"), render(shuffled, 4000).strips.at("master"));
}

TEST(RenderBlock, LeavesEverythingBeforeAnEditsFrameAsItWas) {
  const Rendered plain = render(console(), 3000);
  const Rendered edited = render(console(), 3000, 64, {set_at(1501, "/vox/fader_db", -20.0)});
  for (std::size_t n = 0; n < 1501; ++n) ASSERT_EQ(plain.left("master")[n], edited.left("master")[n]) << n;
  EXPECT_NE(plain.left("master")[2600], edited.left("master")[2600]);
  EXPECT_EQ(plain.strips.at("cue1"), edited.strips.at("cue1")) << "a cue does not hear a fader";
}

TEST(RenderBlock, AMoveIsTheDeclaredCrossFadeOfBeforeAndAfter) {
  MixerBuilder after = console();
  after.edit("vox", [](Strip& s) { s.fader = {-20.0}; });
  const Rendered old_mix = render(console(), 3000), new_mix = render(after, 3000);
  const Rendered moved = render(console(), 3000, 50, {set_at(1000, "/vox/fader_db", -20.0)});
  for (std::size_t n = 1000; n < 3000; ++n) {
    const double t = std::min(1.0, static_cast<double>(n - 1000) / 960.0);
    const double w = 1.0 - t * t * t * (10.0 - 15.0 * t + 6.0 * t * t);
    ASSERT_NEAR(moved.left("vox")[n], w * old_mix.left("vox")[n] + (1 - w) * new_mix.left("vox")[n], 1e-9) << n;
  }
}

TEST(RenderBlock, AlignsAnImpulseThroughSendsAndBusesToOneSample) {
  std::vector<float> impulse(64, 0.0f);
  impulse[5] = 1.0f;
  MixerBuilder builder;
  builder.bus("g1", StripKind::group, "g2")
      .bus("g2", StripKind::group, "g3")
      .bus("g3", StripKind::group)
      .bus("fx", StripKind::aux);
  builder.track("t", {impulse, impulse}, "g1")
      .send("t", "fx", Tap::post)
      .insert("fx", slot("u", "utility", {{"latency_samples", 200.0}}));
  builder.insert("g2", slot("v", "utility", {{"latency_samples", 17.0}}));
  const Rendered mix = render(builder, 600);
  for (std::size_t n = 0; n < 600; ++n) EXPECT_EQ(mix.left("master")[n], n == 205 ? 2.0 : 0.0) << n;
}

TEST(RenderBlock, AMonoStripOnOneHardwareChannelIsAtUnityAndStereoIsHalfTheSum) {
  MixerBuilder builder;
  builder.track("mono", {noise(256, 9)}).track("wide", {noise(256, 10), noise(256, 11)});
  const Decibels off{-kMinusInfinity.value};
  builder.edit("mono", [&](Strip& s) { s.output = ToHardware{.channels = {3}, .ceiling = off, .extras = {}}; });
  builder.edit("wide", [&](Strip& s) { s.output = ToHardware{.channels = {4}, .ceiling = off, .extras = {}}; });
  Console console(builder);
  std::array<std::array<float, 256>, 4> out{};
  std::array<float*, 4> outputs{out[0].data(), out[1].data(), out[2].data(), out[3].data()};
  console.renderer().render({.inputs = {}, .outputs = outputs, .frames = 256});
  for (std::size_t n = 0; n < 256; ++n) {
    EXPECT_EQ(out[0][n], 0.0f);
    EXPECT_EQ(out[2][n], builder.samples["mono"][0][n]);
    EXPECT_NEAR(out[3][n], (builder.samples["wide"][0][n] + builder.samples["wide"][1][n]) / 2, 1e-7);
  }
}

TEST(RenderBlock, TakesInNoBatchWhoseLandingControlCouldNotBeTold) {
  MixerBuilder builder;
  builder.track("t", {noise(1000, 5)});
  Console console(builder);
  console.run(64, {64});
  EventRing& events = console.control().handover().events;
  while (events.has_room_for_batch()) events.tell({.kind = Event::Kind::batch_landed, .number = 1'000'000});
  console.edit(set("/t/mute", true), 0);
  std::array<float, 64> nobody{};
  std::array<float*, 1> outputs{nobody.data()};
  console.renderer().render({.inputs = {}, .outputs = outputs, .frames = 64});
  const std::uint64_t batch = console.control().last_batch();
  const auto has_landed = [&] {
    const auto told = console.control().tend();
    return std::ranges::any_of(
        told, [&](const Event& e) { return e.kind == Event::Kind::batch_landed && e.number == batch; });
  };
  EXPECT_FALSE(has_landed());
  console.renderer().render({.inputs = {}, .outputs = outputs, .frames = 64});
  EXPECT_TRUE(has_landed()) << "control has listened again";
  EXPECT_EQ(events.lost(), 0u);
}

TEST(RenderBlock, ReplacesANonFiniteSampleOfASourceAndTellsOfIt) {
  auto sound = noise(1000, 5);
  sound[100] = std::numeric_limits<float>::quiet_NaN();
  sound[200] = std::numeric_limits<float>::infinity();
  auto clean = sound;
  clean[100] = clean[200] = 0.0f;
  const Rendered bad = render(MixerBuilder{}.track("t", {sound}), 1000);
  EXPECT_EQ(bad.strips.at("master"), render(MixerBuilder{}.track("t", {clean}), 1000).strips.at("master"));
  EXPECT_TRUE(std::ranges::any_of(bad.events, [](const Event& e) { return e.kind == Event::Kind::bad_source; }));
}

TEST(RenderBlock, SilencesAStripWhoseInsertBreaksAndBringsItBack) {
  // 3e38 is finite, but twelve decibels more are not.
  auto sound = noise(3000, 6);
  for (float& s : sound) s *= 0.1f;
  sound[500] = 3e38f;
  MixerBuilder builder;
  builder.track("t", {sound}).track("other", {noise(3000, 7)}).insert("t", slot("u", "utility", {{"gain_db", 12.0}}));
  for (const int block : {1, 64, 1000}) {
    const Rendered mix = render(builder, 3000, block);
    const double gain = std::sqrt(0.5) * std::pow(10.0, 12.0 / 20.0);
    for (std::size_t n = 0; n < 3000; ++n) {
      ASSERT_TRUE(std::isfinite(mix.left("master")[n])) << n;
      const double since = static_cast<double>(n) - 500.0;
      const double guard = n < 500 ? 1.0 : since < 240 ? 0.0 : since < 480 ? (since - 240) / 240 : 1.0;
      ASSERT_NEAR(mix.left("t")[n], guard * gain * static_cast<double>(sound[n == 500 ? 0 : n]) * (n == 500 ? 0 : 1),
                  1e-6)
          << n;
    }
    EXPECT_TRUE(std::ranges::any_of(
        mix.events, [](const Event& e) { return e.kind == Event::Kind::bad_insert && e.frame == 500; }));
  }
}

TEST(RenderBlock, FaultsInQuickSuccessionDoNotDependOnBlocks) {
  auto sound = noise(3000, 6);
  for (float& s : sound) s *= 0.1f;
  for (const std::size_t n : {0u, 245u, 700u, 1100u, 1101u, 1350u}) sound[n] = 3e38f;
  MixerBuilder builder;
  builder.track("t", {sound}).insert("t", slot("a", "utility", {{"gain_db", 12.0}})).insert("t", slot("lc", "low_cut"));
  const Rendered reference = render(builder, 3000, 1);
  for (const int block : {16, 64, 127, 256, 1024})
    EXPECT_EQ(render(builder, 3000, block).strips.at("t"), reference.strips.at("t")) << block;
}

TEST(RenderBlock, AnInsertWithLatencyComesBackFromBypassWithoutAHole) {
  auto builder = MixerBuilder{}.track("t", {std::vector<float>(20000, 0.5f)});
  builder.insert("t", slot("u", "utility", {{"latency_samples", 4000.0}}));
  builder.edit("t", [](Strip& s) { s.pan = -1; });
  const Rendered mix = render(builder, 16000, 64,
                              {set_at(6000, "/t/inserts/u/bypass", true), set_at(9000, "/t/inserts/u/bypass", false)});
  for (std::size_t n = 4000; n < 16000; ++n) ASSERT_NEAR(mix.left("t")[n], 0.5, 1e-7) << n;
}

TEST(RenderBlock, LowestLatencyIsForCuesOnly) {
  std::vector<float> impulse(64, 0.0f);
  impulse[0] = 1.0f;
  MixerBuilder builder;
  builder.bus("g", StripKind::group).track("a", {impulse, impulse}, "g").track("b", {impulse, impulse}, "g");
  builder.insert("b", slot("u", "utility", {{"latency_samples", 100.0}})).edit("g", [](Strip& s) {
    s.lowest_latency = true;
  });
  EXPECT_EQ(render(builder, 300).left("g")[100], 2.0);
}

TEST(RenderBlock, MetersWhatTheStripHandsOn) {
  const Rendered mix = render(console(), 5000, 100);
  for (const auto& [id, channels] : mix.strips) {
    double peak = 0.0, square = 0.0;
    for (const double x : channels[0]) {
      peak = std::max(peak, std::fabs(x));
      square += x * x;
    }
    EXPECT_EQ(mix.meters.at(id).highest[0], peak) << id;
    EXPECT_NEAR(mix.meters.at(id).square_sum[0], square, 1e-9 * (1 + square)) << id;
    EXPECT_EQ(mix.meters.at(id).frames, 5000) << id;
  }
}

TEST(RenderBlock, BypassPassesItsInputBitForBitAndKeepsItsLatency) {
  auto builder = MixerBuilder{}.track("t", {noise(1000, 8)});
  builder.insert("t", slot("u", "utility", {{"latency_samples", 25.0}, {"gain_db", -6.0}}));
  builder.edit("t", [](Strip& s) {
    s.inserts[0].bypass = true;
    s.pan = -1;
  });
  const Rendered mix = render(builder, 1000);
  for (std::size_t n = 25; n < 1000; ++n)
    ASSERT_EQ(mix.left("t")[n], static_cast<double>(builder.samples["t"][0][n - 25]));
}

TEST(RenderBlock, MixOfDryAndWetDoesNotComb) {
  auto builder = MixerBuilder{}.track("t", {noise(1000, 8)});
  builder.insert("t", slot("u", "utility", {{"latency_samples", 25.0}}));
  builder.edit("t", [](Strip& s) {
    s.inserts[0].mix = 0.37;
    s.pan = -1;
  });
  const Rendered mix = render(builder, 1000);
  for (std::size_t n = 25; n < 1000; ++n)
    ASSERT_NEAR(mix.left("t")[n], static_cast<double>(builder.samples["t"][0][n - 25]), 1e-7);
}

TEST(RenderBlock, TonesDoNotDependOnBlocks) {
  MixerBuilder builder;
  builder.tone("sine", {.wave = Wave::sine, .hz = 997.0, .level = {-20.0}, .extras = {}});
  builder.tone("pink", {.wave = Wave::pink, .hz = 0.0, .level = {-20.0}, .extras = {}});
  builder.tone("white", {.wave = Wave::white, .hz = 0.0, .level = {-20.0}, .extras = {}});
  const Rendered a = render(builder, 48000, 64), b = render(builder, 48000, 1000);
  EXPECT_EQ(a.strips, b.strips);
  double square = 0.0;
  for (const double x : a.left("white")) square += x * x;
  EXPECT_NEAR(10.0 * std::log10(2.0 * square / 48000.0), -20.0, 0.1) << "the RMS of a noise is its level";
  EXPECT_NEAR(a.left("sine")[12], std::sqrt(0.5) * 0.1 * std::sin(2 * 3.14159265358979 * 997.0 * 12 / 48000.0), 1e-7);
}

}  // namespace
}  // namespace busbar::test
