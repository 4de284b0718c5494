#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/engine/control/sine_console.hpp"

// What a live change must not do, told by the sound alone: no knowledge of how the change is made.
namespace busbar::test {
namespace {

TEST(ClickDetector, FindsADroppedADoubledAndAZeroedSampleAtAnyPlace) {
  const std::vector<double> sine = sine_wave(997.0, kRate, 4800, 0.5, 0.3);
  EXPECT_LE(roughness(sine), allowed(0.5, kFade));
  for (std::size_t n = 1000; n < 1200; ++n) {
    auto dropped = sine, doubled = sine, zeroed = sine;
    dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(n));
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(n), sine[n]);
    zeroed[n] = 0.0;
    EXPECT_GT(roughness(dropped), allowed(0.5, kSwitch)) << n;
    // A crest that is doubled bends no more than the sine itself, and is not heard.
    if (std::fabs(sine[n + 1] - sine[n]) > 0.02) {
      EXPECT_GT(roughness(doubled), allowed(0.5, kSwitch)) << n;
    }
    // A sample that is as good as zero is no loss.
    if (std::fabs(sine[n]) > 0.01) {
      EXPECT_GT(roughness(zeroed), allowed(0.5, kSwitch)) << n;
    }
  }
}

TEST(ClickDetector, LetsASmoothFadePassAndFindsAHardOne) {
  std::vector<double> smooth = sine_wave(997.0, kRate, 4800), hard = smooth;
  for (std::size_t n = 0; n < smooth.size(); ++n) {
    smooth[n] *= smoothstep(std::clamp((static_cast<double>(n) - 1000.0) / kFade, 0.0, 1.0));
    hard[n] *= std::clamp((static_cast<double>(n) - 1000.0) / 48.0, 0.0, 1.0);
  }
  EXPECT_LE(roughness(smooth), allowed(1.0, kFade));
  EXPECT_GT(roughness(hard), allowed(1.0, kFade));
}

struct Change {
  const char* name;
  std::vector<Edit> edits;  // one after the other, `gap` frames apart
  Frames gap = 3000;
  double ramp = kFade;
};

std::vector<Change> changes() {
  const std::string late = R"({"type": "utility", "params": {"latency_samples": 700}})";
  const std::string other = R"({"type": "utility", "params": {"gain_db": 3, "latency_samples": 40}})";
  const Edit undo = step(EditOp::undo), redo = step(EditOp::redo);
  std::vector<Change> list{
      {"Reroute", {set("/a/output", "g2"), set("/a/output", "master"), set("/a/output", "none"), undo}},
      {"AddAndRemoveABus",
       {batch({add("/g9", R"({"kind": "group", "fader_db": -2})"), set("/a/output", "g9"), set("/b/output", "g9")}),
        remove("/g9"), undo, redo}},
      {"RemoveAndBringBackAGroup", {remove("/g1"), undo, remove("/g2"), undo}},
      {"RemoveAndBringBackAnAux", {remove("/fx"), undo}},
      {"ReorderInserts", {move("/a/inserts/i3", 0), move("/a/inserts/i1", 2), undo}},
      {"Bypass",
       {set("/a/inserts/i1/bypass", true), set("/a/inserts/i3/bypass", true), set("/a/inserts/i1/bypass", false)}},
      {"AddAndRemoveInserts",
       {add("/a/inserts/n", other, 1), add("/g1/inserts/n", other), remove("/a/inserts/n"), remove("/g1/inserts/n")}},
      {"Latency",
       {set("/a/inserts/i3/latency_samples", 200.0), set("/a/inserts/i3/latency_samples", 0.0),
        add("/b/inserts/late", late), remove("/b/inserts/late")}},
      {"Delay", {set("/g2/inserts/d/delay_samples", 29.0), set("/g2/inserts/d/delay_samples", 0.0)}},
      {"Sends",
       {add("/b/sends/cue1", R"({"level_db": -3})"), set("/a/sends/fx/tap", "input"), set("/b/sends/cue1/tap", "post"),
        remove("/a/sends/fx"), undo}},
      {"ReverseTwoGroups",
       {batch({set("/g2/output", "g1"), set("/g1/output", "master")}),
        batch({set("/g1/output", "g2"), set("/g2/output", "master")})}},
      {"MonoToStereo",
       {set("/in/source", JsonText{R"({"type": "input", "channels": [1, 2]})"}),
        set("/in/source", JsonText{R"({"type": "input", "channels": [2]})"}), undo, undo}},
      {"AddAndRemoveTracks",
       {add("/t9",
            R"({"source": {"type": "tone", "hz": 997, "level_db": -20}, "output": "g1", "sends": [{"to": "fx"}]})"),
        remove("/t9"), undo, remove("/a"), undo, remove("/b"), undo}},
      {"Mutes", {set("/g1/mute", true), set("/a/solo", true), set("/g1/mute", false), undo}, 3000, kSwitch},
      {"ALatentInsertThatIsTakenBackBeforeItHasFilled", {add("/g2/inserts/late", late), undo, redo, undo}, 240},
      {"ARouteFromAStripThatStillFillsUp", {add("/a/inserts/late", late), set("/a/output", "g2"), undo}, 240},
  };
  Change quick{"UndoAndRedoEveryFiveMilliseconds", {set("/a/output", "g2")}, 240};
  Change quicker{"UndoAndRedoAtEveryMillisecond", {add("/a/inserts/n", other, 1)}, 48};
  Change quickest{"SendOnAndOffEveryMillisecond", {remove("/a/sends/fx")}, 48};
  for (int n = 0; n < 15; ++n)
    for (Change* change : {&quick, &quicker, &quickest}) {
      change->edits.push_back(undo);
      change->edits.push_back(redo);
    }
  list.push_back(std::move(quick));
  list.push_back(std::move(quicker));
  list.push_back(std::move(quickest));
  return list;
}

class LiveChange : public ::testing::TestWithParam<int> {};

TEST_P(LiveChange, NeverClicks) {
  const Change change = changes()[static_cast<std::size_t>(GetParam())];
  const MixerBuilder builder = sines();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    std::mt19937 random(seed);
    Console console = sine_console(builder);
    auto most = amplitudes(builder.mixer, builder);
    console.run(3000 + static_cast<Frames>(random() % 1000), {64});
    for (const Edit& edit : change.edits) {
      ASSERT_TRUE(console.control().edit(edit)) << edit.address;
      while (!console.control().send(console.renderer().now())) console.run_block(16);
      for (const auto& [id, amplitude] : amplitudes(console.control().mixer(), builder))
        most[id] = std::max(most[id], amplitude);
      console.run(change.gap + (change.gap > 1000 ? static_cast<Frames>(random() % 100) : 0), {64, 48, 1});
    }
    console.run(9600, {64});
    for (const char* id : kHeard)
      for (const auto& side : console.rendered.strips.at(id))
        EXPECT_LE(roughness(side, 100), allowed(most[id], change.ramp))
            << id << " seed " << seed << " at frame " << roughest(side, 100);
    EXPECT_FALSE(console.control().in_passage());
  }
}

INSTANTIATE_TEST_SUITE_P(Edits, LiveChange, ::testing::Range(0, static_cast<int>(changes().size())),
                         [](const auto& param) { return changes()[static_cast<std::size_t>(param.param)].name; });

/// Noise through an insert with nearly a second of memory, and more noise beside it.
MixerBuilder with_long_memory() {
  MixerBuilder builder;
  builder.bus("fx", StripKind::aux).bus("g", StripKind::group);
  builder.tone("noise", {.wave = Wave::white, .hz = 0.0, .level = {-20.0}, .extras = {}}, "none");
  builder.edit("noise", [](Strip& s) { s.output = ToNowhere{}; });
  builder.tone("late", {.hz = 300.0, .level = {-20.0}, .extras = {}}, "g").send("noise", "fx", Tap::post);
  builder.insert("fx", slot("verb", "utility", {{"delay_samples", 40000.0}})).insert("fx", slot("tone", "utility"));
  builder.insert("late", slot("verb", "utility", {{"delay_samples", 48000.0}}));
  return builder;
}

Rendered run(const MixerBuilder& builder, const std::vector<std::pair<Frames, Edit>>& edits, Frames length) {
  Console console(builder, edit_parts, {"g9"});
  for (const auto& [at, edit] : edits) console.edit(edit, at);
  console.run(length, {256});
  return std::move(console.rendered);
}

/// The largest distance of two renders of a strip within a stretch.
double distance(const Rendered& a, const Rendered& b, const std::string& id, std::size_t from, std::size_t to) {
  double worst = 0.0;
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t n = from; n < to; ++n)
      worst = std::max(worst, std::fabs(a.strips.at(id)[c][n] - b.strips.at(id)[c][n]));
  return worst;
}

TEST(LongMemory, GoesOnWhateverIsDoneBesideIt) {
  const MixerBuilder builder = with_long_memory();
  const Rendered still = run(builder, {}, 60000);
  ASSERT_GT(peak(std::vector<double>(still.left("fx").begin() + 50000, still.left("fx").end())), 0.05);
  const std::string neutral = R"({"type": "utility"})";
  const std::vector<Edit> edits{add("/fx/inserts/before", neutral, 0),
                                add("/fx/inserts/behind", neutral),
                                move("/fx/inserts/verb", 1),
                                remove("/fx/inserts/tone"),
                                add("/late/sends/g", R"({"level_db": -3})"),
                                set("/fx/output", "g"),
                                set("/fx/inserts/tone/key", "late"),
                                batch({add("/g9", R"({"kind": "group"})"), set("/fx/output", "g9")})};
  for (const Edit& edit : edits) {
    const Rendered changed = run(builder, {{45000, edit}}, 60000);
    EXPECT_LE(distance(changed, still, "fx", 0, 60000), 1e-7) << edit.address;
    const Rendered undone = run(builder, {{45000, edit}, {46500, step(EditOp::undo)}}, 60000);
    EXPECT_LE(distance(undone, still, "fx", 0, 60000), 1e-7) << edit.address;
  }
}

TEST(LongMemory, OfARemovedStripRingsOutAndThenLeavesThePlan) {
  const MixerBuilder builder = with_long_memory();
  constexpr std::size_t kAt = 60000, kTail = 48000;
  const Rendered still = run(builder, {}, 120000);
  Console console(builder, edit_parts);
  const std::size_t parts = console.control().handover().mailbox.next()->steps.size();
  console.edit(remove("/late"), kAt);
  console.run(kAt + kTail - 300, {256});
  EXPECT_TRUE(console.control().in_passage());
  console.run(300 + 12000, {256});
  EXPECT_LE(distance(console.rendered, still, "g", 0, kAt + kTail), 1e-9);
  // What its source played while it faded out comes last, and then nothing.
  const auto& heard = console.rendered.left("g");
  EXPECT_GT(peak(std::vector<double>(heard.begin() + kAt + kTail, heard.begin() + kAt + kTail + 400)), 0.03);
  EXPECT_EQ(peak(std::vector<double>(heard.begin() + kAt + kTail + 960, heard.end())), 0.0);
  EXPECT_FALSE(console.control().in_passage());
  EXPECT_LT(console.control().handover().mailbox.current()->steps.size(), parts);
}

TEST(LongMemory, SoundsTheSameInBlocksOfAnySizeWhileItRingsOut) {
  const MixerBuilder builder = with_long_memory();
  std::vector<Rendered> runs;
  for (const int block : {32, 500, 4096}) {
    Console console(builder, edit_parts);
    console.edit(remove("/late"), 60001);
    console.run(120000, {block});
    runs.push_back(std::move(console.rendered));
  }
  for (const char* id : {"g", "master"})
    for (std::size_t n : {1U, 2U}) EXPECT_EQ(distance(runs[0], runs[n], id, 0, 120000), 0.0) << id;
}

TEST(LongMemory, OfAnAuxGoesOnWithWhatARemovedTrackSent) {
  MixerBuilder builder = with_long_memory();
  const Rendered still = run(builder, {}, 100000);
  const Rendered changed = run(builder, {{50000, remove("/noise")}}, 100000);
  EXPECT_LE(distance(changed, still, "fx", 0, 90000), 1e-9);
  const auto& heard = changed.left("fx");
  EXPECT_GT(peak(std::vector<double>(heard.begin() + 89000, heard.begin() + 90000)), 0.03);
  EXPECT_EQ(peak(std::vector<double>(heard.begin() + 90960, heard.end())), 0.0);
}

TEST(LongMemory, RingsOnAlsoWhenALoopElsewhereMustFadeOutFirst) {
  MixerBuilder builder = with_long_memory();
  builder.bus("x", StripKind::group, "y").bus("y", StripKind::group);
  const Edit reverse = batch({set("/x/output", "master"), set("/y/output", "x")});
  const Rendered once = run(builder, {{60000, remove("/late")}}, 100000);
  const Rendered both = run(builder, {{60000, remove("/late")}, {70000, reverse}}, 100000);
  ASSERT_GT(peak(std::vector<double>(once.left("g").begin() + 90000, once.left("g").end())), 0.03);
  EXPECT_LE(distance(both, once, "g", 0, 100000), 1e-9);
}

}  // namespace
}  // namespace busbar::test
