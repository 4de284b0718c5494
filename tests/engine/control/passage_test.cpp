#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

#include "engine/realtime/dsp/ramp.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

constexpr Frames kLength = 9600;
constexpr Frames kAt = 3001;
constexpr Frames kFade = 960;

Samples tone(double hz, double amplitude, int channels = 1) {
  Samples samples(static_cast<std::size_t>(channels), std::vector<float>(kLength));
  for (std::size_t c = 0; c < samples.size(); ++c)
    for (std::size_t i = 0; i < samples[c].size(); ++i)
      samples[c][i] =
          static_cast<float>(amplitude * std::sin(2.0 * std::numbers::pi * hz * static_cast<double>(i) / 48000.0 +
                                                  static_cast<double>(c)));
  return samples;
}

/// Tracks of their own tones in two groups, an aux and a cue.
MixerBuilder console() {
  MixerBuilder builder;
  builder.bus("drums", StripKind::group).bus("vocals", StripKind::group).bus("room", StripKind::aux);
  builder.bus("cue1", StripKind::cue, "");
  builder.track("kick", tone(100, 0.3), "drums").track("snare", tone(313, 0.3), "drums");
  builder.track("lead", tone(997, 0.3), "vocals").track("pad", tone(441, 0.2, 2));
  builder.send("kick", "room", Tap::post, -6).send("lead", "room", Tap::post, -3).send("lead", "cue1", Tap::pre);
  builder.edit("kick", [](Strip& s) { s.pan = -0.4; });
  builder.edit("lead", [](Strip& s) { s.pan = 0.3; });
  builder.insert("drums", slot("trimmer", "utility", {{"gain_db", -2.0}}));
  return builder;
}

Rendered run(const MixerBuilder& builder, const std::vector<std::pair<Frames, Edit>>& edits, int block) {
  Console it(builder, edit_parts, {"new", "bus2"});
  for (const auto& [at, edit] : edits) it.edit(edit, at);
  it.run(kLength, {block});
  return std::move(it.rendered);
}

/// The largest distance of what was rendered from (1 − w)·old + w·new, where w goes from 0 to 1 by the declared ramp.
double distance(const Rendered& y, const Rendered& before, const Rendered& after, const std::string& strip,
                Frames begins) {
  double worst = 0.0;
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t i = 0; i < static_cast<std::size_t>(kLength); ++i) {
      const double t = static_cast<double>(static_cast<Frames>(i) - begins) / static_cast<double>(kFade);
      const double w = smoothstep(std::clamp(t, 0.0, 1.0));
      const double wanted = (1.0 - w) * before.strips.at(strip)[c][i] + w * after.strips.at(strip)[c][i];
      worst = std::max(worst, std::fabs(y.strips.at(strip)[c][i] - wanted));
    }
  return worst;
}

bool same_bytes(const Rendered& a, const Rendered& b, const std::string& strip) {
  for (std::size_t c = 0; c < 2; ++c) {
    const auto &x = a.strips.at(strip)[c], &y = b.strips.at(strip)[c];
    if (x.size() != y.size() || std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) != 0) return false;
  }
  return true;
}

struct Case {
  const char* name;
  std::vector<Edit> edits;             // all at one frame
  std::vector<std::string> concerned;  // all other strips stay as they were, to the bit
  Frames fill = 0;                     // frames until what is new has filled up
};

std::vector<Case> cases() {
  const std::string latent = R"({"type": "utility", "params": {"latency_samples": 64}})";
  return {
      {"AWayToAnotherBus", {set("/kick/output", std::string("vocals"))}, {"drums", "vocals", "master"}},
      {"AWayToNowhere", {set("/kick/output", std::string("none"))}, {"drums", "master"}},
      {"ANewSend", {add("/snare/sends/room", R"({"level_db": -4})")}, {"room", "master"}},
      {"ANewSendToACue", {add("/snare/sends/cue1", R"({"level_db": -4, "tap": "input"})")}, {"cue1"}},
      {"ASendGone", {remove("/lead/sends/room")}, {"room", "master"}},
      {"AnotherTap", {set("/lead/sends/cue1/tap", std::string("post"))}, {"cue1"}},
      {"ANewInsert",
       {add("/kick/inserts/g", R"({"type": "utility", "params": {"gain_db": -9, "polarity": true}})")},
       {"kick", "drums", "room", "master"}},
      {"AnInsertGone", {remove("/drums/inserts/trimmer")}, {"drums", "master"}},
      {"ALatentInsert", {add("/kick/inserts/late", latent)}, {"kick", "drums", "vocals", "room", "master"}, 64},
      {"ALatentInsertOnABus", {add("/vocals/inserts/late", latent)}, {"vocals", "master"}, 64},
      {"ANewBus",
       {add("/bus2", R"({"kind": "group", "fader_db": -3})"), set("/kick/output", std::string("bus2")),
        set("/snare/output", std::string("bus2"))},
       {"drums", "bus2", "master"}},
      {"ABusGone", {remove("/drums")}, {"drums", "master"}},
      {"ATrackGone", {remove("/lead")}, {"lead", "vocals", "room", "cue1", "master"}},
      {"AnAuxGone", {remove("/room")}, {"room", "master"}},
      {"ANewTrack",
       {add("/new", R"({"source": {"type": "tone", "wave": "sine", "hz": 777, "level_db": -14}, "output": "vocals"})")},
       {"new", "vocals", "master"}},
      {"AnotherSource",
       {set("/pad/source", JsonText{R"({"type": "tone", "wave": "sine", "hz": 500, "level_db": -10})"})},
       {"pad", "master"}},
      {"ALoopOfOldAndNew", {set("/vocals/output", std::string("drums"))}, {"drums", "vocals", "master"}},
  };
}

class Passage : public ::testing::TestWithParam<int> {};

TEST_P(Passage, IsTheOldFadingIntoTheNewAndNothingElse) {
  const Case change = cases()[static_cast<std::size_t>(GetParam())];
  MixerBuilder builder = console();
  if (std::string_view(change.name) == "AnotherSource") builder.samples.erase("pad");
  if (std::string_view(change.name) == "AnotherSource")
    builder.edit("pad", [](Strip& s) { s.source = ToneSource{.hz = 441.0, .level = {-14.0}, .extras = {}}; });
  const Rendered before = run(builder, {}, 64);
  std::vector<std::pair<Frames, Edit>> at_once, later;
  Edit batch;
  batch.op = EditOp::batch;
  batch.edits = change.edits;
  MixerBuilder changed = builder;
  changed.mixer = *apply_edit(builder.mixer, batch, edit_parts);
  for (const Strip* strip : builder.mixer.strips())
    if (changed.mixer.find(strip->id) == nullptr) changed.samples.erase(strip->id);
  Rendered after = run(changed, {}, 64);
  for (const char* id : {"new", "bus2"}) after.strips[id];
  for (auto& [id, sides] : after.strips)
    for (auto& side : sides) side.resize(kLength);
  for (const auto& [id, sides] : before.strips)
    if (!after.strips.contains(id)) after.strips[id] = {std::vector<double>(kLength), std::vector<double>(kLength)};

  const Rendered y = run(builder, {{kAt, batch}}, 64);
  for (const auto& [id, sides] : before.strips) {
    if (std::ranges::find(change.concerned, id) == change.concerned.end())
      EXPECT_TRUE(same_bytes(y, before, id)) << change.name << ": " << id;
    else
      EXPECT_LE(distance(y, before, after, id, kAt + change.fill), 1e-6) << change.name << ": " << id;
  }
  for (const int block : {1, 37, 1024}) {
    const Rendered again = run(builder, {{kAt, batch}}, block);
    for (const auto& [id, sides] : y.strips) EXPECT_TRUE(same_bytes(y, again, id)) << change.name << ": " << id;
  }
}

INSTANTIATE_TEST_SUITE_P(Edits, Passage, ::testing::Range(0, static_cast<int>(cases().size())),
                         [](const auto& param) { return cases()[static_cast<std::size_t>(param.param)].name; });

}  // namespace
}  // namespace busbar::test
