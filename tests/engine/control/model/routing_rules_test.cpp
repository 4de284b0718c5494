#include "engine/control/model/routing_rules.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <deque>

#include "engine/realtime/insert.hpp"

namespace busbar {
namespace {

constexpr std::array<float, 3> kRatios{2, 4, 10};
constexpr std::array<std::string_view, 2> kModes{"soft", "hard"};
constexpr auto kFakeParams = std::to_array<ParamSpec>({
    {.index = 0,
     .key = "ratio",
     .label = "Ratio",
     .unit = Unit::ratio,
     .min = 2,
     .max = 10,
     .start = 4,
     .steps = kRatios},
    {.index = 1, .key = "mode", .label = "Mode", .kind = ParamKind::choice, .choices = kModes},
    {.index = 2, .key = "taps", .label = "Taps", .min = 1, .max = 8, .start = 1, .whole = true},
    {.index = 3, .key = "auto", .label = "Auto", .kind = ParamKind::flag},
});

const InsertType* find_fake(std::string_view type) {
  static const InsertType fake = [] {
    InsertType made{};
    made.key = "fake";
    made.label = "Fake";
    made.params = kFakeParams;
    return made;
  }();
  return type == fake.key ? &fake : nullptr;
}

/// A mixer made strip by strip.
class Desk {
 public:
  Desk() {
    Strip master;
    master.id = "master";
    master.kind = StripKind::master;
    add(master);
  }
  Strip& track(const std::string& id, Output output = ToBus{"master"}) {
    Strip strip;
    strip.id = id;
    strip.source = WavSource{};
    strip.output = std::move(output);
    tracks_.push_back(strip);
    return tracks_.back();
  }
  Strip& bus(const std::string& id, StripKind kind, Output output = ToBus{"master"}) {
    Strip strip;
    strip.id = id;
    strip.kind = kind;
    strip.output = std::move(output);
    return add(strip);
  }
  Strip& master() { return buses_.front(); }
  Mixer mixer() const {
    Mixer mixer = rest;
    for (const Strip& s : tracks_) mixer.tracks.push_back(std::make_shared<const Strip>(s));
    for (const Strip& s : buses_) mixer.buses.push_back(std::make_shared<const Strip>(s));
    return mixer;
  }
  std::vector<std::string> errors() const { return lines(check_mixer(mixer(), find_fake).errors); }
  std::vector<std::string> warnings() const { return lines(check_mixer(mixer(), find_fake).warnings); }

  Mixer rest;

 private:
  using Lines = std::vector<std::string>;
  static Lines lines(const std::vector<Error>& found) {
    Lines text;
    for (const Error& error : found) text.push_back(error.where + ": " + error.what);
    return text;
  }
  Strip& add(const Strip& strip) { return buses_.emplace_back(strip); }
  std::deque<Strip> tracks_, buses_;
};

using Lines = std::vector<std::string>;

Send send_to(const std::string& bus, Tap tap = Tap::post) { return {bus, {}, tap, {}, true, false, {}}; }

TEST(RoutingRules, AcceptsAPlainMixer) {
  Desk desk;
  desk.track("kick");
  EXPECT_EQ(desk.errors(), Lines{});
  EXPECT_EQ(desk.warnings(), Lines{});
}

TEST(RoutingRules, NamesALoopOfOutputsSendsAndKeys) {
  Desk desk;
  desk.track("kick", ToBus{"drums"});
  desk.bus("drums", StripKind::group, ToBus{"glue"});
  Strip& glue = desk.bus("glue", StripKind::group);
  Send off = send_to("drums");
  off.on = false;
  glue.sends = {off};
  EXPECT_EQ(desk.errors(), Lines{"/buses/2/sends/0/to: the routing loops: drums → glue → drums"});
  const auto ids = find_loop(desk.mixer());
  EXPECT_EQ(join_loop(ids), "drums → glue → drums");
  glue.sends.clear();
  EXPECT_TRUE(find_loop(desk.mixer()).empty());
  InsertSlot slot{.id = "comp", .type = "fake", .key = "glue", .params = {}, .extras = {}};
  desk.track("key", ToBus{"drums"}).inserts = {slot};
  EXPECT_EQ(desk.errors(), Lines{"/tracks/1/output: the routing loops: drums → glue → key → drums"});
}

TEST(RoutingRules, ReportsLoopsThatAreApartEachOnce) {
  Desk desk;
  desk.bus("a", StripKind::group, ToBus{"b"});
  desk.bus("b", StripKind::group, ToBus{"a"});
  desk.bus("c", StripKind::group, ToBus{"d"});
  desk.bus("d", StripKind::group, ToBus{"c"});
  EXPECT_EQ(desk.errors(),
            (Lines{"/buses/2/output: the routing loops: a → b → a", "/buses/4/output: the routing loops: c → d → c"}));
}

TEST(RoutingRules, FindsALoopAsLongAsTheMixer) {
  Desk desk;
  for (int i = 0; i < 4000; ++i)
    desk.bus("b" + std::to_string(i), StripKind::group, ToBus{"b" + std::to_string((i + 1) % 4000)});
  EXPECT_EQ(find_loop(desk.mixer()).size(), 4001u);
}

TEST(RoutingRules, KeepsEachProtectedCueToItsRules) {
  Desk desk;
  desk.bus("cue", StripKind::cue, ToNowhere{}).is_protected = true;
  desk.track("a").sends = {send_to("cue", Tap::pre)};
  desk.track("b").sends = {send_to("cue", Tap::input)};
  EXPECT_EQ(desk.errors(), Lines{});
  desk.track("c").sends = {send_to("cue", Tap::post)};
  desk.bus("group", StripKind::group).sends = {send_to("cue", Tap::pre)};
  desk.track("d", ToBus{"cue"});
  EXPECT_EQ(desk.errors(),
            (Lines{"/tracks/2/sends/0/tap: the cue 'cue' is protected: a send with tap post would follow the fader",
                   "/tracks/3/output: the cue 'cue' is protected: it takes only sends with tap input or pre of tracks",
                   "/buses/2/sends/0/to: the cue 'cue' is protected: it takes sends of tracks, and 'group' is a bus"}));
}

TEST(RoutingRules, ChecksParametersAgainstTheTableOfTheType) {
  Desk desk;
  InsertSlot slot{"x",
                  "fake",
                  false,
                  1,
                  false,
                  {},
                  {{"ratio", 3.9}, {"mode", std::string("medium")}, {"taps", 2.5}, {"auto", 1.0}, {"depth", 1.0}},
                  {}};
  desk.track("kick").inserts = {slot};
  const Findings found = check_mixer(desk.mixer(), find_fake);
  ASSERT_EQ(found.errors.size(), 4u);
  EXPECT_EQ(to_line(found.errors[0]), "/tracks/0/inserts/0/params/auto: this is a switch: give true or false");
  EXPECT_EQ(to_line(found.errors[1]),
            "/tracks/0/inserts/0/params/mode: there is no choice \"medium\": give one of \"soft\", \"hard\"");
  EXPECT_EQ(to_line(found.errors[2]),
            "/tracks/0/inserts/0/params/ratio: 3.9 is between the steps of this control: the nearest is 4; give one of "
            "2, 4, 10");
  EXPECT_EQ(found.errors[3].where, "/tracks/0/inserts/0/params/taps");
  ASSERT_EQ(found.warnings.size(), 1u);
  EXPECT_EQ(found.warnings[0].where, "/tracks/0/inserts/0/params/depth");
}

TEST(RoutingRules, WarnsOfAnUnknownInsertAndOfAKeyThatIsGone) {
  Desk desk;
  desk.track("kick").inserts = {{"x", "flanger", false, 1, false, "ghost", {{"depth", 99.0}}, {}}};
  EXPECT_EQ(desk.errors(), Lines{});
  EXPECT_EQ(desk.warnings(),
            (Lines{"/tracks/0/inserts/0/type: the insert type 'flanger' is not known here, so the insert is passed "
                   "over; its settings are kept",
                   "/tracks/0/inserts/0/key: there is no strip 'ghost', so the insert hears its own input"}));
}

TEST(RoutingRules, WarnsOfATrackThatReachesTheMasterTwiceUnlessThatIsMeant) {
  Desk desk;
  desk.bus("drums", StripKind::group);
  desk.bus("crush", StripKind::group);
  Strip& kick = desk.track("kick", ToBus{"drums"});
  kick.sends = {send_to("crush")};
  EXPECT_EQ(desk.warnings(), Lines{"/tracks/0/sends/0/to: 'kick' reaches the master a second time by 'crush'"});
  kick.sends[0].parallel = true;
  EXPECT_EQ(desk.warnings(), Lines{});
  kick.sends[0].parallel = false;
  desk.master().output = ToHardware{{1, 2}, {}, {}};
  desk.bus("fx", StripKind::aux);
  kick.sends = {send_to("fx"), send_to("crush")};
  kick.output = ToNowhere{};
  EXPECT_EQ(desk.warnings(), Lines{"/buses/1: nothing feeds 'drums'"}) << "an aux is an effect, and one way is one way";
}

TEST(RoutingRules, WarnsOfOrphansButNotOfKeysCuesAndWhatIsMonitored) {
  Desk desk;
  desk.track("lost", ToNowhere{});
  desk.track("key", ToNowhere{});
  desk.track("heard", ToNowhere{});
  desk.track("kick").inserts = {{"x", "fake", false, 1, false, "key", {}, {}}};
  desk.bus("idle", StripKind::aux);
  desk.bus("phones", StripKind::cue, ToNowhere{});
  desk.rest.talkback = Talkback{1, {"phones"}, {}, false, {}};
  desk.rest.monitor = Monitor{};
  desk.rest.monitor->source = "heard";
  EXPECT_EQ(desk.warnings(), (Lines{"/tracks/0/output: 'lost' is heard nowhere: it has no output and no sends",
                                    "/buses/1: nothing feeds 'idle'"}));
}

TEST(RoutingRules, WarnsOfSharedHardwareAndOfCeilingsThatDisagreeOrAreOff) {
  Desk desk;
  desk.master().output = ToHardware{{1, 2}, {}, {}};
  desk.track("kick");
  desk.bus("cue", StripKind::cue, ToHardware{{2, 3}, {}, {}});
  desk.rest.talkback = Talkback{1, {"cue"}, {}, false, {}};
  EXPECT_EQ(desk.warnings(),
            (Lines{"/buses/1/output/hardware: hardware output 2 is used by 'master' and 'cue', which add up there",
                   "/buses/1/output: hardware output 2 has the ceilings -0.3 dBFS and -6 dBFS by 'master' and 'cue'; "
                   "the lowest, -6 dBFS, holds"}));
  Desk off;
  off.track("kick");
  off.master().output = ToHardware{{1, 2}, Decibels{-kMinusInfinity.value}, {}};
  EXPECT_EQ(off.warnings(), Lines{"/buses/0/output/ceiling_dbfs: nothing limits the level of this output"});
}

TEST(RoutingRules, MentionsACueThatFollowsABus) {
  Desk desk;
  desk.track("kick", ToBus{"drums"});
  desk.bus("drums", StripKind::group).sends = {send_to("cue", Tap::pre)};
  desk.bus("cue", StripKind::cue, ToNowhere{});
  ASSERT_EQ(desk.warnings().size(), 1u);
  EXPECT_TRUE(desk.warnings()[0].starts_with("/buses/1/sends/0/to: the cue 'cue' follows the bus 'drums'"));
}

TEST(RoutingRules, RefusesVcasThatAreMembersOfEachOtherAndNamesThem) {
  Desk desk;
  desk.track("kick");
  desk.rest.vcas = {
      {"a", "", {"kick", "b"}, {}, false, {}}, {"b", "", {"c"}, {}, false, {}}, {"c", "", {"a"}, {}, false, {}}};
  EXPECT_EQ(desk.errors(), Lines{"/vcas/2/members/0: the VCAs are members of each other: a → b → c → a"});
  desk.rest.vcas[2].members = {"kick"};
  desk.rest.vcas[0].members = {"b", "c"};
  EXPECT_EQ(desk.errors(), Lines{}) << "reached on two ways is no loop";
}

TEST(RoutingRules, RefusesAVcaThatIsAMemberOfItselfAndMembersThatAreNotThere) {
  Desk desk;
  desk.track("kick");
  desk.rest.vcas = {{"a", "", {"a", "kick", "gone"}, {}, false, {}}};
  desk.rest.mute_groups = {{"off", "", {"a", "kick", "off", "gone"}, false, {}}};
  EXPECT_EQ(desk.errors(), (Lines{"/vcas/0/members/2: there is no strip or VCA 'gone'",
                                  "/mute_groups/0/members/2: 'off' is a mute group, which cannot be a member",
                                  "/mute_groups/0/members/3: there is no strip or VCA 'gone'",
                                  "/vcas/0/members/0: the VCA 'a' is a member of itself"}));
}

TEST(RoutingRules, KeepsTheMonitorToStripsAndTellsWhatSharesItsOutput) {
  Desk desk;
  desk.track("kick");
  desk.master().output = ToHardware{{1, 2}, {}, {}};
  desk.rest.monitor = Monitor{};
  desk.rest.monitor->output = ToHardware{{2, 3}, {}, {}};
  EXPECT_EQ(desk.warnings(),
            Lines{"/monitor/output/hardware: hardware output 2 is used by 'master' and 'monitor', which add up there"});
  desk.rest.vcas = {{"band", "", {"kick"}, {}, false, {}}};
  desk.rest.monitor->source = "band";
  EXPECT_EQ(desk.errors(), Lines{"/monitor/source: there is no strip 'band'"});
}

TEST(RoutingRules, KeepsTalkbackToCuesAndTellsWhenNobodyWouldHearIt) {
  Desk desk;
  desk.track("kick").sends = {send_to("cue", Tap::pre)};
  desk.bus("cue", StripKind::cue, ToNowhere{});
  desk.rest.talkback = Talkback{{}, {}, {}, false, {}};
  EXPECT_EQ(desk.warnings(), Lines{}) << "talkback that is not set up";
  desk.rest.talkback->to = {"cue"};
  EXPECT_EQ(desk.warnings(), Lines{"/talkback/channel: talkback has no channel of the interface, so it stays off"});
  desk.rest.talkback->channel = 2;
  EXPECT_EQ(desk.warnings(), Lines{});
  desk.rest.talkback->to = {"kick", "gone", "master"};
  EXPECT_EQ(desk.errors(), (Lines{"/talkback/to/0: 'kick' is not a cue", "/talkback/to/1: there is no cue 'gone'",
                                  "/talkback/to/2: 'master' is not a cue"}));
  desk.rest.talkback->to = {};
  EXPECT_EQ(desk.warnings(), Lines{"/talkback/to: talkback goes to no cue, so nobody hears it"});
}

TEST(RoutingRules, ChecksFourThousandStripsInNoTime) {
  Desk desk;
  for (int b = 0; b < 64; ++b) desk.bus("b" + std::to_string(b), StripKind::aux);
  for (int t = 0; t < 4000; ++t) {
    Strip& track = desk.track("t" + std::to_string(t));
    for (int b = 0; b < 64; ++b) track.sends.push_back(send_to("b" + std::to_string(b)));
  }
  const Mixer mixer = desk.mixer();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(check_mixer(mixer, find_fake).errors.empty());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
}

}  // namespace
}  // namespace busbar
