#include <gtest/gtest.h>

#include <vector>

#include "tests/engine/control/sine_console.hpp"

// Ways that take their time, and what is done to them meanwhile.
namespace busbar::test {
namespace {

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

/// Two groups, and a scene that takes four seconds to move the tone "a" from one to the other.
MixerBuilder slow_move() {
  MixerBuilder builder;
  builder.bus("g1", StripKind::group).bus("g2", StripKind::group);
  builder.tone("a", {.hz = 997.0, .level = {-18.0}, .extras = {}}, "g1");
  builder.mixer.scenes.push_back(scene_of("away", 4.0, "output", R"({"a": {"output": "g2"}})"));
  return builder;
}

double peak_of(const std::vector<double>& y, int from, int to) {
  return peak(std::vector<double>(y.begin() + from, y.begin() + to));
}

TEST(LongFade, OfAWayIsMutedAndTurnedDownWithItsStrip) {
  for (const Edit& quiet : {set("/a/mute", true), set("/a/fader_db", std::string("-inf")), set("/vca/all/mute", true)})
    for (const std::string to : {"\"g2\"", "{\"hardware\": [1]}", "\"none\""}) {
      MixerBuilder builder = slow_move();
      builder.mixer.scenes[0].values = SharedText(R"({"a": {"output": )" + to + "}}");
      Vca all;
      all.id = "all";
      all.members = {"a"};
      builder.mixer.vcas.push_back(all);
      Console console = sine_console(builder);
      console.edit(set("/scene/away/recall", true), 5000);
      console.edit(quiet, 20000);
      console.run(60000, {64});
      EXPECT_GT(peak_of(console.rendered.left("master"), 18000, 20000), 0.02);
      EXPECT_EQ(peak_of(console.rendered.left("master"), 21500, 60000), 0.0) << quiet.address << " " << to;
    }
}

TEST(LongFade, IntoARemovedBusThatRingsOnEndsAtOnce) {
  MixerBuilder builder = slow_move();
  builder.insert("g1", slot("echo", "utility", {{"delay_samples", 30000.0}}));
  Console console = sine_console(builder);
  console.edit(set("/scene/away/recall", true), 40000);
  console.edit(remove("/g1"), 60000);
  console.run(140000, {64});
  const auto& master = console.rendered.left("master");
  const double steady = peak_of(master, 38000, 40000);
  // What is in the echo rings out beside what now goes past it; more than both there never is, nor anything late.
  EXPECT_LT(peak_of(master, 62000, 92000), 2.02 * steady);
  for (int at = 94000; at < 139000; at += 96) ASSERT_NEAR(peak_of(master, at, at + 96), steady, 0.01 * steady) << at;
}

TEST(LongFade, FromABusThatIsRemovedMeanwhileLeavesNoGap) {
  const MixerBuilder builder = slow_move();
  Console console = sine_console(builder);
  console.edit(set("/scene/away/recall", true), 5000);
  console.edit(remove("/g1"), 20000);
  console.run(60000, {64});
  const auto& master = console.rendered.left("master");
  const double steady = peak_of(master, 3000, 5000);
  EXPECT_LE(roughness(master, 1000), allowed(steady, kFade)) << "at frame " << roughest(master, 1000);
  for (int at = 5000; at < 59000; at += 96) ASSERT_NEAR(peak_of(master, at, at + 96), steady, 0.01 * steady) << at;
}

TEST(LongFade, KeepsTheLevelWhateverBusIsRemovedMeanwhileAndBroughtBack) {
  const Edit undo = step(EditOp::undo), recall = set("/scene/away/recall", true), no_g1 = remove("/g1");
  const std::vector<std::vector<std::pair<Frames, Edit>>> stories{
      {{24000, set("/a/output", std::string("master"))}, {24960, recall}, {30960, no_g1}},
      {{24000, set("/a/output", std::string("master"))}, {24960, recall}, {25300, no_g1}},
      {{24000, recall}, {48000, no_g1}, {50000, undo}},
      {{24000, recall}, {48000, no_g1}, {58000, undo}},
      {{24000, recall}, {24100, no_g1}, {24100, undo}}};
  for (std::size_t n = 0; n < stories.size(); ++n) {
    Console console = sine_console(slow_move());
    for (const auto& [at, edit] : stories[n]) console.edit(edit, at);
    console.run(240000, {64});
    const auto& master = console.rendered.left("master");
    const double steady = peak_of(master, 20000, 23000);
    for (int at = 24000; at < 239000; at += 96)
      ASSERT_NEAR(peak_of(master, at, at + 96), steady, 0.01 * steady) << "story " << n << " at " << at;
    EXPECT_LE(roughness(master, 1000), allowed(steady, kFade)) << "story " << n << " at " << roughest(master, 1000);
  }
}

TEST(AStrip, IsHandedOnWithoutAClickWhereverItsWaysComeAndGo) {
  const Edit undo = step(EditOp::undo), to_g2 = set("/a/output", std::string("g2")),
             to_g1 = set("/a/output", std::string("g1"));
  const std::vector<std::vector<std::pair<Frames, Edit>>> stories{
      {{24000, remove("/a")}, {36000, undo}, {36240, to_g2}},
      {{24000, to_g2}, {30000, remove("/a")}, {36000, undo}, {36000, undo}},
      {{24000, to_g2}, {30000, remove("/a")}, {36000, undo}, {36240, undo}},
      {{24000, to_g2}, {24400, set("/a/fader_db", -20.0)}, {24800, to_g1}},
      {{24000, to_g2}, {24600, set("/a/pan", 0.9)}, {25200, to_g1}},
      {{24000, set("/scene/away/recall", true)}, {28800, set("/a/mute", true)}, {38400, undo}, {38400, undo}}};
  for (std::size_t n = 0; n < stories.size(); ++n) {
    Console console = sine_console(slow_move());
    for (const auto& [at, edit] : stories[n]) console.edit(edit, at);
    console.run(48000, {64});
    const auto& handed = console.rendered.left("a");
    EXPECT_LE(roughness(handed, 1000), allowed(0.18, kSwitch)) << "story " << n << " at " << roughest(handed, 1000);
    const auto& master = console.rendered.left("master");
    EXPECT_LE(roughness(master, 1000), allowed(0.18, kSwitch)) << "story " << n << " at " << roughest(master, 1000);
  }
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

}  // namespace
}  // namespace busbar::test
