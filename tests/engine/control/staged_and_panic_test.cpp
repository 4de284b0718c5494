#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sessions/edit_parts.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

constexpr Frames kLength = 96000;
constexpr Frames kAt = 6007;

Samples sine(double hz, double amplitude) {
  Samples samples(1, std::vector<float>(kLength));
  for (std::size_t i = 0; i < samples[0].size(); ++i)
    samples[0][i] =
        static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / 48000));
  return samples;
}

MixerBuilder console(Frames latency) {
  MixerBuilder builder;
  builder.bus("drums", StripKind::group).bus("room", StripKind::aux).bus("cue1", StripKind::cue, "");
  builder.track("kick", sine(997, 0.25), "drums");
  builder.send("kick", "room", Tap::post, -6).send("kick", "cue1", Tap::pre, -3);
  builder.edit("kick", [](Strip& s) { s.fader = {-3.0}; });
  if (latency > 0) builder.insert("kick", slot("late", "utility", {{"latency_samples", static_cast<double>(latency)}}));
  return builder;
}

/// The largest deviation of level from the run without the edit, in dB, over windows of 2 ms.
double deviation(const Rendered& y, const Rendered& plain, const std::string& strip) {
  double worst = 0.0;
  const auto &a = y.left(strip), &b = plain.left(strip);
  for (std::size_t i = 500; i + 96 < a.size(); i += 48) {
    double sum = 0.0, wanted = 0.0;
    for (std::size_t k = i; k < i + 96; ++k) sum += a[k] * a[k], wanted += b[k] * b[k];
    worst = std::max(worst, std::fabs(10.0 * std::log10(sum / wanted)));
  }
  return worst;
}

Rendered run(const MixerBuilder& builder, const std::vector<std::pair<Frames, Edit>>& edits, int block = 64) {
  Console it(builder, edit_parts);
  for (const auto& [at, edit] : edits) it.edit(edit, at);
  it.run(kLength, {block});
  return std::move(it.rendered);
}

Edit staged(double trim_db) {
  Edit edit = set("/kick/trim_db", trim_db);
  edit.compensate = true;
  return edit;
}

TEST(StagedTrim, KeepsEveryBusWithinAHundredthOfADecibelDuringAndAfter) {
  for (const Frames latency : {0, 333}) {
    const MixerBuilder builder = console(latency);
    const Rendered plain = run(builder, {});
    for (const double trim : {6.0, 12.0, -9.0}) {
      Edit undo;
      undo.op = EditOp::undo;
      const Rendered y = run(builder, {{kAt, staged(trim)}, {60000, undo}});
      for (const char* bus : {"drums", "room", "cue1", "master"})
        EXPECT_LE(deviation(y, plain, bus), 0.01) << bus << " " << trim << " dB, latency " << latency;
    }
    // The same move without compensation would be found.
    EXPECT_GT(deviation(run(builder, {{kAt, set("/kick/trim_db", 6.0)}}), plain, "drums"), 5.9);
  }
}

TEST(StagedTrim, SettlesOnTheVeryGains) {
  MixerBuilder builder = console(0);
  const Rendered y = run(builder, {{kAt, staged(6.0)}});
  builder.mixer = *apply_edit(builder.mixer, staged(6.0), edit_parts);
  const Rendered settled = run(builder, {});
  for (std::size_t i = 56000; i < static_cast<std::size_t>(kLength); ++i)
    ASSERT_EQ(y.left("master")[i], settled.left("master")[i]) << i;
}

TEST(StagedTrim, IsTheSameBytesAtAnyBlock) {
  const MixerBuilder builder = console(333);
  const Rendered y = run(builder, {{kAt, staged(6.0)}});
  for (const int block : {1, 100, 1024})
    EXPECT_EQ(run(builder, {{kAt, staged(6.0)}}, block).left("master"), y.left("master"));
}

TEST(Panic, SilencesWhatInsertsHoldAndBringsTheSourcesBack) {
  MixerBuilder builder;
  Samples burst = sine(997, 0.25);
  std::fill(burst[0].begin() + 4800, burst[0].end(), 0.0f);
  builder.bus("room", StripKind::aux).track("kick", burst).track("pad", sine(441, 0.1));
  builder.send("kick", "room", Tap::post).insert("room", slot("echo", "utility", {{"delay_samples", 20000.0}}));
  const Rendered plain = run(builder, {});
  Console console(builder, edit_parts);
  ASSERT_TRUE(console.control().panic(15000));
  console.run(kLength, {64});
  const Rendered& y = console.rendered;
  double echo = 0.0;
  for (std::size_t i = 15960; i < static_cast<std::size_t>(kLength); ++i)
    echo = std::max(echo, std::fabs(y.left("room")[i]));
  EXPECT_EQ(echo, 0.0);
  EXPECT_GT(*std::ranges::max_element(plain.left("room")), 0.15);
  EXPECT_EQ(y.left("pad"), plain.left("pad"));
}

}  // namespace
}  // namespace busbar::test
