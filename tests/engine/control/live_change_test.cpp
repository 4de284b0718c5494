#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "sessions/edit_parts.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/mixer_builder.hpp"

// What a live change must not do, told by the sound alone: no knowledge of how the change is made.
namespace busbar::test {
namespace {

constexpr double kRate = 48000.0;
constexpr double kOmega = 2.0 * std::numbers::pi * 997.0 / kRate;
constexpr double kFade = 960.0;    // of ways, faders and what an insert blends
constexpr double kSwitch = 480.0;  // of mutes and solos

/// The largest second difference of a signal from frame `from` on: what a click has much of and a sine little.
double roughness(const std::vector<double>& y, std::size_t from = 0) {
  double worst = 0.0;
  for (std::size_t n = from + 1; n + 1 < y.size(); ++n)
    worst = std::max(worst, std::fabs(y[n + 1] - 2.0 * y[n] + y[n - 1]));
  return worst;
}

/// Where that is.
std::size_t roughest(const std::vector<double>& y, std::size_t from) {
  std::size_t at = from + 1;
  for (std::size_t n = from + 1; n + 1 < y.size(); ++n)
    if (std::fabs(y[n + 1] - 2.0 * y[n] + y[n - 1]) > std::fabs(y[at + 1] - 2.0 * y[at] + y[at - 1])) at = n;
  return at;
}

/// What a sine of 997 Hz may have at most that goes from one amplitude to another, `most` the larger, in `frames`.
double allowed(double most, double frames) {
  return 1.05 * most * (kOmega * kOmega + 4.0 * kOmega / frames + 2.0 / frames);
}

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

Edit batch(std::vector<Edit> edits) {
  Edit all;
  all.op = EditOp::batch;
  all.edits = std::move(edits);
  return all;
}

Edit step(EditOp op) {
  Edit edit;
  edit.op = op;
  return edit;
}

/// Sines of 997 Hz through two groups, an aux and a cue; what the tracks do adds up to one sine everywhere.
MixerBuilder sines() {
  MixerBuilder builder;
  builder.bus("g1", StripKind::group, "g2").bus("g2", StripKind::group).bus("fx", StripKind::aux);
  builder.bus("cue1", StripKind::cue, "");
  const ToneSource tone{.hz = 997.0, .level = {-18.0}, .extras = {}};
  builder.tone("a", tone, "g1").tone("b", tone, "g2").tone("in", tone);
  builder.edit("in", [](Strip& s) { s.source = InputSource{.channels = {1}, .extras = {}}; });
  builder.insert("a", slot("i1", "utility", {{"gain_db", -3.0}})).insert("a", slot("i2", "low_cut"));
  builder.insert("a", slot("i3", "utility", {{"latency_samples", 13.0}}));
  builder.insert("g2", slot("d", "utility", {{"delay_samples", 5.0}})).insert("fx", slot("cut", "low_cut"));
  builder.send("a", "fx", Tap::post, -6).send("b", "fx", Tap::pre, -9).send("a", "cue1", Tap::input);
  builder.edit("b", [](Strip& s) { s.pan = 0.4; });
  return builder;
}

constexpr std::array kHeard{"a", "b", "in", "g1", "g2", "fx", "cue1", "master"};

Console sine_console(const MixerBuilder& builder) {
  return Console(builder, edit_parts, {"g9", "t9"},
                 {.inputs = 2, .input = [](int channel, Frames frame) {
                    return static_cast<float>(0.1 * channel * std::sin(kOmega * static_cast<double>(frame)));
                  }});
}

/// The amplitude of each strip in a steady console.
std::map<std::string, double> amplitudes(const Mixer& mixer, const MixerBuilder& builder) {
  MixerBuilder steady = builder;
  steady.mixer = mixer;
  Console console = sine_console(steady);
  console.run(16000, {1600});
  std::map<std::string, double> most;
  for (const auto& [id, sides] : console.rendered.strips)
    for (const auto& side : sides)
      most[id] = std::max(most[id], peak(std::vector<double>(side.begin() + 14000, side.end())));
  return most;
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

/// A scene that fades in a time of its own; `values` by strip, as in a session.
Scene scene_of(const std::string& id, double fade_s, const std::string& scope, const char* values) {
  Scene scene;
  scene.id = id;
  scene.fade_s = fade_s;
  scene.scope = {scope};
  scene.values = SharedText(values);
  return scene;
}

TEST(LongFade, OfAWayIsFedToItsEndThoughItsBusIsRemovedMeanwhile) {
  MixerBuilder builder = sines();
  builder.mixer.scenes.push_back(
      scene_of("late", 0.5, "inserts", R"({"g1": {"inserts": [{"id": "i", "params": {"latency_samples": 64}}]}})"));
  builder.insert("g1", slot("i", "utility", {{"latency_samples", 0.0}}));
  Console console = sine_console(builder);
  const auto most = amplitudes(builder.mixer, builder).at("master");
  console.edit(set("/scene/late/recall", true), 5000);
  console.edit(remove("/g1"), 9000);
  console.run(60000, {64});
  EXPECT_LE(roughness(console.rendered.left("master"), 100), allowed(most, kFade))
      << "at frame " << roughest(console.rendered.left("master"), 100);
  EXPECT_FALSE(console.control().in_passage());
}

TEST(LongFade, ThatIsTurnedBackAndGoesOnIsOverBeforeItsWayIsTakenOut) {
  MixerBuilder builder;
  builder.bus("g1", StripKind::group);
  const ToneSource tone{.hz = 997.0, .level = {-18.0}, .extras = {}};
  builder.tone("a", tone, "master").tone("b", tone, "g1");
  builder.insert("g1", slot("late", "utility", {{"latency_samples", 400.0}}));
  builder.mixer.scenes.push_back(scene_of("away", 0.2, "output", R"({"a": {"output": "g1"}})"));
  Console console = sine_console(builder);
  console.edit(set("/scene/away/recall", true), 5000);
  // What comes waits for the delay of b's new way, and before it begins it is to go again.
  console.edit(batch({set("/a/output", "master"), set("/b/output", "master")}), 8000);
  console.edit(set("/a/output", "g1"), 8100);
  console.run(40000, {64});
  EXPECT_LE(roughness(console.rendered.left("master"), 1000), allowed(0.3, kFade))
      << "at frame " << roughest(console.rendered.left("master"), 1000);
  EXPECT_FALSE(console.control().in_passage());
}

TEST(LongFade, ThatTakesOverFromOneWhichWaitedIsHeardToItsEnd) {
  MixerBuilder builder;
  builder.bus("g1", StripKind::group).bus("g2", StripKind::group);
  const ToneSource tone{.hz = 997.0, .level = {-18.0}, .extras = {}};
  builder.tone("a", tone, "master").tone("b", tone, "g1");
  builder.insert("b", slot("late", "utility", {{"latency_samples", 400.0}}));
  builder.mixer.scenes.push_back(scene_of("away", 0.2, "output", R"({"a": {"output": "g2"}})"));
  Console console = sine_console(builder);
  console.edit(set("/a/output", "g1"), 5000);  // waits for the delay that holds it back to b's time
  console.edit(set("/scene/away/recall", true), 5100);
  console.run(40000, {64});
  EXPECT_LE(roughness(console.rendered.left("master"), 1000), allowed(0.3, kFade))
      << "at frame " << roughest(console.rendered.left("master"), 1000);
  EXPECT_FALSE(console.control().in_passage());
}

TEST(WaitingFade, OfAStripIsToldToItsEndThoughTheBusItLeavesIsGoneBefore) {
  MixerBuilder builder;
  builder.bus("g1", StripKind::group).bus("g2", StripKind::group);
  builder.tone("a", {.hz = 997.0, .level = {-18.0}, .extras = {}}, "g1");
  Console console = sine_console(builder);
  console.edit(add("/a/inserts/late", R"({"type": "utility", "params": {"latency_samples": 3000}})"), 5000);
  console.edit(set("/a/output", "g2"), 5100);
  console.edit(remove("/g1"), 5200);
  console.run(20000, {64});
  const auto& handed = console.rendered.left("a");
  EXPECT_LE(roughness(handed, 1000), allowed(0.13, kFade)) << "at frame " << roughest(handed, 1000);
  for (auto at = handed.begin() + 5000; at < handed.begin() + 19000; at += 48)
    ASSERT_GT(peak(std::vector<double>(at, at + 48)), 0.02) << at - handed.begin();
  EXPECT_FALSE(console.control().in_passage());
}

TEST(LongFade, DoesNotHoldUpALoopElsewhereNorWhatComesBehindIt) {
  MixerBuilder builder = sines();
  builder.mixer.scenes.push_back(scene_of("slow", 3.0, "output", R"({"b": {"output": "master"}})"));
  Console console = sine_console(builder);
  console.edit(set("/scene/slow/recall", true), 5000);
  console.edit(batch({set("/g1/output", "master"), set("/g2/output", "g1")}), 8000);  // g1 went to g2 until now
  console.edit(set("/in/mute", true), 9000);
  console.run(30000, {64});
  const auto muted = console.rendered.left("in");
  EXPECT_EQ(peak(std::vector<double>(muted.begin() + 9000 + static_cast<int>(kFade + kSwitch), muted.end())), 0.0);
  EXPECT_GT(peak(std::vector<double>(muted.begin() + 8000, muted.begin() + 9000)), 0.01);
}

TEST(LongFade, IsOfTheSceneAloneAndOfNothingElseInItsFrame) {
  MixerBuilder builder = sines();
  builder.mixer.scenes.push_back(scene_of("slow", 1.5, "fader_db", R"({"b": {"fader_db": -20}})"));
  for (const bool is_first : {true, false}) {
    Console console = sine_console(builder);
    std::vector<Edit> edits{set("/scene/slow/recall", true), set("/in/output", "none")};
    if (!is_first) std::swap(edits[0], edits[1]);
    for (const Edit& edit : edits) {
      if (console.control().must_send_before(edit)) {
        ASSERT_TRUE(console.control().send(5000));
      }
      ASSERT_TRUE(console.control().edit(edit));
    }
    ASSERT_TRUE(console.control().send(5000));
    console.run(12000, {64});
    const auto hands = [&](const char* id, std::size_t from) {
      const auto& y = console.rendered.left(id);
      return peak(std::vector<double>(y.begin() + static_cast<std::ptrdiff_t>(from),
                                      y.begin() + static_cast<std::ptrdiff_t>(from) + 500));
    };
    EXPECT_GT(hands("b", 7000), 0.8 * hands("b", 4000));  // still on its slow way
    Console quick = sine_console(builder);
    quick.edit(set("/in/output", "none"), 5000);
    quick.run(12000, {64});
    const auto& with = console.rendered.left("in");
    const auto& without = quick.rendered.left("in");
    EXPECT_TRUE(std::equal(with.begin(), with.end(), without.begin())) << is_first;
  }
}

// ---- What goes on ---------------------------------------------------------------------------------------------------

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
