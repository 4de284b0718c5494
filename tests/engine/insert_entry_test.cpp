#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sessions/edit_parts.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/mixer_builder.hpp"

// An insert that keeps sound for later comes into circuit: what it gives back later begins as softly as it was faded
// in.
namespace busbar::test {
namespace {

constexpr Frames kLength = 96000, kAt = 40140;  // there the sine is at its peak

using Edits = std::vector<std::pair<Frames, Edit>>;

std::vector<double> run(const MixerBuilder& builder, const Edits& edits, int block = 256, Frames frames = kLength) {
  Console console(builder, edit_parts);
  for (const auto& [at, edit] : edits) console.edit(edit, at);
  console.run(frames, {block});
  return console.rendered.left("a");
}

MixerBuilder desk(int channels = 2) {
  MixerBuilder builder;
  const auto tone = to_float(sine_wave(200.0, 48000.0, kLength, 0.5));
  builder.track("a", Samples(static_cast<std::size_t>(channels), tone));
  return builder;
}

/// The largest second difference from the edit on: 0.001 for the sine at twice its level, 0.5 for its hard edge.
double bend_of(const std::vector<double>& y, Frames from = kAt - 10) {
  double bent = 0.0;
  for (auto i = static_cast<std::size_t>(from); i < y.size(); ++i)
    bent = std::max(bent, std::fabs(y[i] - 2.0 * y[i - 1] + y[i - 2]));
  return bent;
}

const std::vector<InsertSlot>& lingering() {
  static const std::vector<InsertSlot> all{
      slot("i", "delay", {{"time_ms", 250.0}, {"low_cut_hz", 20.0}, {"high_cut_hz", 20000.0}}), slot("i", "chorus"),
      slot("i", "reverb", {{"predelay_ms", 50.0}})};
  return all;
}

TEST(InsertEntry, OfOneThatWasBypassedHasNoEdge) {
  for (const int channels : {1, 2})
    for (const InsertSlot& insert : lingering()) {
      const MixerBuilder builder = desk(channels).insert("a", insert);
      for (const char* address : {"/a/inserts/i/bypass", "/a/bypass_inserts"}) {
        const auto sound = run(builder, {{24000, set(address, true)}, {kAt, set(address, false)}});
        EXPECT_LT(bend_of(sound), 4e-3) << insert.type << " " << address << " " << channels;
      }
    }
}

TEST(InsertEntry, OfOneWhoseMixRisesFromNothingHasNoEdge) {
  for (InsertSlot insert : lingering()) {
    insert.mix = 0.0;
    EXPECT_LT(bend_of(run(desk().insert("a", insert), {{kAt, set("/a/inserts/i/mix", 0.5)}})), 4e-3) << insert.type;
  }
}

TEST(InsertEntry, OfOneThatIsAddedHasNoEdge) {
  for (const char* type : {"delay", "chorus", "reverb"}) {
    const Edits edits{{kAt, add("/a/inserts/i", std::string(R"({"type": ")") + type + "\"}")}};
    const auto sound = run(desk(), edits);
    EXPECT_LT(bend_of(sound), 4e-3) << type;
    EXPECT_EQ(sound, run(desk(), edits, 37)) << type;
  }
}

TEST(InsertEntry, BehindAPanicHasNoEdge) {
  for (const int channels : {1, 2})
    for (const InsertSlot& insert : lingering()) {
      const MixerBuilder builder = desk(channels).insert("a", insert);
      const auto panicked = [&](int block) {
        Console console(builder, edit_parts);
        // The inserts are reset where the fade has ended, here at the sine's peak.
        EXPECT_TRUE(console.control().panic(kAt - 960));
        console.run(kLength, {block});
        return console.rendered.left("a");
      };
      const auto sound = panicked(256);
      EXPECT_LT(bend_of(sound), 4e-3) << insert.type << " " << channels;
      EXPECT_EQ(sound, panicked(37)) << insert.type << " " << channels;
    }
}

/// The sine with a burst in it that is finite, and of which the insert makes what is not.
Rendered with_burst(const InsertSlot& insert, int channels, Frames burst, int block) {
  MixerBuilder builder = desk(channels).insert("a", insert);
  for (auto& channel : builder.samples["a"]) std::fill_n(channel.begin() + burst, 200, 3.4e38f);
  return render(builder, kLength, block);
}

Frames last_fault(const Rendered& run) {
  Frames frame = -1;
  for (const Event& event : run.events)
    if (event.kind == Event::Kind::bad_insert) frame = event.frame;
  return frame;
}

TEST(InsertEntry, BehindASampleThatIsNotFiniteHasNoEdge) {
  for (const int channels : {1, 2})
    for (InsertSlot insert : lingering()) {
      if (insert.type == "delay") insert.params["time_ms"] = 250.01;  // between frames, where it overshoots
      // The insert is silent for 240 frames, one cycle: it is to break, and to hear the sine again, at a peak.
      const Frames first = last_fault(with_burst(insert, channels, 20000, 256));
      ASSERT_GE(first, 20000) << insert.type << " " << channels;
      const Frames burst = 20000 + (60 - first % 240 + 240) % 240;
      const Rendered run = with_burst(insert, channels, burst, 256);
      const auto& sound = run.left("a");
      // What breaks off and comes back by the fade of the guard is over then; what is given back later is not.
      EXPECT_LT(bend_of(sound, last_fault(run) + 500), 4e-3) << insert.type << " " << channels;
      EXPECT_EQ(sound, with_burst(insert, channels, burst, 37).left("a")) << insert.type << " " << channels;
    }
}

TEST(InsertEntry, AtTheBeginningOfARunLetsAllThrough) {
  MixerBuilder builder;
  std::vector<float> click(24000);
  click[0] = 0.5f;
  builder.track("a", {click, click}).insert("a", slot("i", "delay", {{"time_ms", 250.0}, {"feedback", 0.0}}));
  EXPECT_NEAR(run(builder, {}, 256, 24000)[12000], 0.5, 1e-6);
}

TEST(InsertEntry, OfOneThatKeepsNothingIsACrossFade) {
  const InsertSlot filter = slot("i", "low_cut", {{"corner_hz", 100.0}});
  InsertSlot off = filter;
  off.bypass = true;
  // The filter starts from rest at the edit, so it hears the whole signal from there on.
  const auto sound = run(desk().insert("a", off), {{kAt, set("/a/inserts/i/bypass", false)}});
  MixerBuilder cut = desk();
  for (auto& channel : cut.samples["a"]) std::fill_n(channel.begin(), kAt, 0.0f);
  const auto wet = run(cut.insert("a", filter), {});
  const auto dry = run(desk(), {});
  for (Frames n = 0; n < 960; ++n) {
    const double t = static_cast<double>(n) / 960.0, w = t * t * t * (10.0 + t * (6.0 * t - 15.0));
    const auto i = static_cast<std::size_t>(kAt + n);
    ASSERT_NEAR(sound[i], (1.0 - w) * dry[i] + w * wet[i], 1e-6) << n;
  }
}

}  // namespace
}  // namespace busbar::test
