#include "engine/control/plan/routing.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/control/plan/compile_plan.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

const Samples kMono{{1.0f}};

InsertSlot late(const std::string& id, double frames) { return slot(id, "utility", {{"latency_samples", frames}}); }

const Route& way(const Routing& routing, const std::string& from, const std::string& to) {
  for (const Route& r : routing.routes)
    if (routing.strips[static_cast<std::size_t>(r.from)].strip->id == from && r.to == routing.index_of(to)) return r;
  throw std::runtime_error("no way from " + from + " to " + to);
}

const RoutedStrip& strip(const Routing& routing, const std::string& id) {
  return routing.strips[static_cast<std::size_t>(routing.index_of(id))];
}

TEST(Routing, OrdersSourcesBeforeWhatTheyFeed) {
  auto builder = MixerBuilder{}.bus("a", StripKind::group).bus("z", StripKind::group, "a").track("t", kMono, "z");
  const Routing routing = *route(builder.mixer, {});
  std::vector<std::string> ids;
  for (const int s : routing.order) ids.push_back(routing.strips[static_cast<std::size_t>(s)].strip->id);
  EXPECT_EQ(ids, (std::vector<std::string>{"t", "z", "a", "master"}));
}

TEST(Routing, NamesALoop) {
  auto builder = MixerBuilder{}.bus("drums", StripKind::group, "glue").bus("glue", StripKind::group, "drums");
  const auto routing = route(builder.mixer, {});
  ASSERT_FALSE(routing);
  EXPECT_NE(routing.error().what.find("drums → glue → drums"), std::string::npos) << routing.error().what;
}

TEST(Latency, DelaysTheFasterOfTwoWaysIntoASum) {
  auto builder = MixerBuilder{}.track("fast", kMono).track("slow", kMono).insert("slow", late("u", 100));
  const Routing routing = *route(builder.mixer, {});
  EXPECT_EQ(way(routing, "fast", "master").delay, 100);
  EXPECT_EQ(way(routing, "slow", "master").delay, 0);
  EXPECT_EQ(strip(routing, "master").latency_out, 100);
}

TEST(Latency, CountsABypassedInsertAndASendThatIsOff) {
  auto builder =
      MixerBuilder{}.track("t", kMono).bus("fx", StripKind::aux).insert("t", late("u", 64)).send("t", "fx", Tap::pre);
  builder.edit("t", [](Strip& s) {
    s.inserts[0].bypass = true;
    s.sends[0].on = false;
  });
  const Routing routing = *route(builder.mixer, {});
  EXPECT_EQ(strip(routing, "fx").latency_in, 64);
}

TEST(Latency, OfTheLowestCueIsItsFastestWayIn) {
  auto builder = MixerBuilder{}.track("a", kMono).track("b", kMono).bus("cue1", StripKind::cue, "");
  builder.insert("b", late("u", 50))
      .insert("cue1", late("v", 7))
      .send("a", "cue1", Tap::pre)
      .send("b", "cue1", Tap::pre);
  builder.edit("cue1", [](Strip& s) { s.lowest_latency = true; });
  const Routing routing = *route(builder.mixer, {});
  EXPECT_EQ(strip(routing, "cue1").latency_out, 7);
  EXPECT_EQ(way(routing, "a", "cue1").delay, 0);
  EXPECT_EQ(way(routing, "b", "cue1").delay, 0);
}

TEST(Latency, MakesAnInsertWaitForALateKeyAndAKeyForALateInsert) {
  auto builder =
      MixerBuilder{}.track("a", kMono).track("b", kMono).insert("b", late("u", 30)).insert("a", late("v", 10));
  InsertSlot keyed = slot("w", "utility");
  keyed.key = "b";
  builder.insert("a", keyed);
  Routing routing = *route(builder.mixer, {});
  EXPECT_EQ(strip(routing, "a").inserts[1].wait, 20);
  EXPECT_EQ(strip(routing, "a").inserts[1].key_delay, 0);
  EXPECT_EQ(strip(routing, "a").latency_out, 30);

  builder.edit("a", [](Strip& s) { s.inserts[0].params["latency_samples"] = 45.0; });
  routing = *route(builder.mixer, {});
  EXPECT_EQ(strip(routing, "a").inserts[1].wait, 0);
  EXPECT_EQ(strip(routing, "a").inserts[1].key_delay, 15);
}

TEST(Latency, AlignsHardwareOutputsButNotCues) {
  auto builder = MixerBuilder{}.track("t", kMono).bus("side", StripKind::group, "").bus("cue1", StripKind::cue, "");
  builder.insert("master", late("u", 40));
  for (const char* id : {"master", "side", "cue1"})
    builder.edit(id, [](Strip& s) { s.output = ToHardware{.channels = {1, 2}, .ceiling = {}, .extras = {}}; });
  const Routing routing = *route(builder.mixer, {});
  for (const Route& r : routing.routes) {
    if (r.kind != Route::Kind::hardware) continue;
    EXPECT_EQ(r.delay, routing.strips[static_cast<std::size_t>(r.from)].strip->id == "side" ? 40 : 0);
  }
}

TEST(Buffers, AreUsedAgainBehindTheirLastReader) {
  MixerBuilder builder;
  for (int g = 0; g < 16; ++g) {
    const std::string group = "g" + std::to_string(g);
    builder.bus(group, StripKind::group);
    for (int t = 0; t < 4; ++t) builder.track(group + "t" + std::to_string(t), kMono, group);
  }
  const Routing routing = *route(builder.mixer, {});
  EXPECT_LE(count_buffers(builder.mixer, routing), 81);
  EXPECT_GE(count_buffers(builder.mixer, routing), 17);
}

}  // namespace
}  // namespace busbar::test
