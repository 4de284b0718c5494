#include "engine/control/commands/apply_command.hpp"

#include <gtest/gtest.h>

#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

MixerBuilder console() {
  MixerBuilder builder;
  builder.bus("fx", StripKind::aux).bus("cue1", StripKind::cue, "").track("kick", {{0.0f}});
  builder.send("kick", "fx", Tap::post)
      .send("kick", "cue1", Tap::pre)
      .insert("kick", slot("lc", "low_cut"))
      .insert("kick", slot("u", "utility"));
  builder.insert("kick", slot("odd", "wobbler"));
  builder.mixer.vcas = {{.id = "band", .name = {}, .members = {"kick"}, .fader = {}, .mute = false, .extras = {}}};
  builder.mixer.mute_groups = {{.id = "all", .name = {}, .members = {"kick"}, .mute = false, .extras = {}}};
  return builder;
}

Result<Mixer> after_set(const std::string& address, EditValue value) {
  return apply_edit(console().mixer, set_at(0, address, std::move(value)).edit);
}

TEST(ApplyEdit, SetsEveryValueThatHasAnAddress) {
  EXPECT_EQ(after_set("/kick/fader_db", -6.0)->find("kick")->fader.value, -6.0);
  EXPECT_EQ(after_set("/kick/fader_db", std::string("-inf"))->find("kick")->fader, kMinusInfinity);
  EXPECT_EQ(after_set("/kick/trim_db", 3.0)->find("kick")->trim.value, 3.0);
  EXPECT_TRUE(after_set("/kick/polarity", true)->find("kick")->polarity);
  EXPECT_EQ(after_set("/kick/pan", -1.0)->find("kick")->pan, -1.0);
  EXPECT_EQ(after_set("/kick/width", 2.0)->find("kick")->width, 2.0);
  EXPECT_TRUE(after_set("/kick/mute", true)->find("kick")->mute);
  EXPECT_TRUE(after_set("/kick/solo", true)->find("kick")->solo);
  EXPECT_TRUE(after_set("/kick/solo_safe", true)->find("kick")->solo_safe);
  EXPECT_EQ(after_set("/kick/sends/fx/level_db", -20.0)->find("kick")->sends[0].level.value, -20.0);
  EXPECT_FALSE(after_set("/kick/sends/fx/on", false)->find("kick")->sends[0].on);
  EXPECT_EQ(after_set("/kick/sends/fx/pan", 0.25)->find("kick")->sends[0].pan, 0.25);
  EXPECT_EQ(after_set("/kick/sends/cue1/pan", std::string("strip"))->find("kick")->sends[1].pan, std::nullopt);
  EXPECT_EQ(
      std::get<double>(after_set("/kick/inserts/lc/corner_hz", 120.0)->find("kick")->inserts[0].params.at("corner_hz")),
      120.0);
  EXPECT_TRUE(after_set("/kick/inserts/lc/bypass", true)->find("kick")->inserts[0].bypass);
  EXPECT_EQ(after_set("/kick/inserts/lc/mix", 0.5)->find("kick")->inserts[0].mix, 0.5);
  EXPECT_EQ(after_set("/vca/band/fader_db", -3.0)->vcas[0].fader.value, -3.0);
  EXPECT_TRUE(after_set("/vca/band/mute", true)->vcas[0].mute);
  EXPECT_TRUE(after_set("/mute_group/all/mute", true)->mute_groups[0].mute);
  EXPECT_EQ(after_set("/session/solo_mode", std::string("afl"))->solo_mode, SoloMode::afl);
  EXPECT_TRUE(after_set("/cue1/follow_mute", true)->find("cue1")->follow_mute);
  EXPECT_EQ(
      std::get<double>(
          after_set("/kick/inserts/u/latency_samples", 10.0)->find("kick")->inserts[1].params.at("latency_samples")),
      10.0);
  EXPECT_EQ(after_set("/session/pan_law_db", -4.5)->pan_law_db, -4.5);
  EXPECT_TRUE(after_set("/session/solo_exclusive", true)->solo_exclusive);
}

TEST(ApplyEdit, RefusesWithTheAddressAndAMend) {
  const std::vector<std::pair<std::string, EditValue>> bad{{"", 1.0},
                                                           {"kick/fader_db", 1.0},
                                                           {"/kick", 1.0},
                                                           {"/nobody/fader_db", 1.0},
                                                           {"/kick/fader_db", 13.0},
                                                           {"/kick/fader_db", -121.0},
                                                           {"/kick/fader_db", std::string("loud")},
                                                           {"/kick/fader_db", true},
                                                           {"/kick/mute", 1.0},
                                                           {"/kick/pan", 1.01},
                                                           {"/kick/width", -0.1},
                                                           {"/kick/output", std::string("fx")},
                                                           {"/kick/sends/nobody/on", true},
                                                           {"/kick/sends/fx/tap", std::string("pre")},
                                                           {"/kick/sends/fx/pan", 2.0},
                                                           {"/kick/inserts/nobody/bypass", true},
                                                           {"/kick/inserts/lc/corner_hz", 10.0},
                                                           {"/kick/inserts/lc/nothing", 1.0},
                                                           {"/kick/inserts/u/latency_samples", 0.5},
                                                           {"/kick/inserts/u/delay_samples", 1.5},
                                                           {"/kick/inserts/odd/depth", 1.0},
                                                           {"/kick/inserts/lc/mix", 1.5},
                                                           {"/vca/nobody/mute", true},
                                                           {"/vca/band/pan", 0.0},
                                                           {"/mute_group/nobody/mute", true},
                                                           {"/scene/verse/recall", true},
                                                           {"/monitor/dim", 1.0},
                                                           {"/monitor/level_db", 13.0},
                                                           {"/monitor/volume", 1.0},
                                                           {"/talkback/dim_db", true},
                                                           {"/session/pan_law_db", -3.5},
                                                           {"/session/solo_clear", 1.0},
                                                           {"/kick/", 1.0},
                                                           {"/kick//pan", 1.0},
                                                           {"/kick/name", std::string(5000, 'x')},
                                                           {"/transport/play", true},
                                                           {"/session/solo_mode", std::string("loudest")},
                                                           {"/session/nothing", 1.0},
                                                           {"/kick/follow_mute", true},
                                                           {"/kick/fader_db", std::monostate{}}};
  for (const auto& [address, value] : bad) {
    const auto refused = after_set(address, value);
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().where, address);
    EXPECT_FALSE(refused.error().what.empty()) << address;
    EXPECT_FALSE(refused.error().mend.empty()) << address;
  }
}

TEST(ApplyEdit, AKeyOfASectionThatIsNotThereMakesItWithItsDefaults) {
  ASSERT_FALSE(console().mixer.monitor || console().mixer.talkback);
  EXPECT_EQ(after_set("/monitor/level_db", -20.0)->monitor->level.value, -20.0);
  EXPECT_TRUE(after_set("/monitor/dim", true)->monitor->dim);
  EXPECT_TRUE(after_set("/monitor/mono", true)->monitor->mono);
  EXPECT_TRUE(after_set("/monitor/cut", true)->monitor->cut);
  EXPECT_TRUE(after_set("/monitor/polarity", true)->monitor->polarity);
  EXPECT_FALSE(after_set("/monitor/dim", true)->monitor->cut);
  EXPECT_TRUE(after_set("/talkback/on", true)->talkback->on);
  EXPECT_EQ(after_set("/talkback/dim_db", -9.0)->talkback->dim.value, -9.0);
}

TEST(ApplyEdit, AnExclusiveSoloTakesTheOthersAwayAndOneEditClearsAll) {
  MixerBuilder builder = console();
  for (const char* id : {"fx", "cue1"}) builder.edit(id, [](Strip& s) { s.solo = true; });
  const Edit solo = set_at(0, "/kick/solo", true).edit;
  EXPECT_TRUE(apply_edit(builder.mixer, solo)->find("fx")->solo) << "solos add up unless the session says otherwise";
  builder.mixer.solo_exclusive = true;
  const auto alone = apply_edit(builder.mixer, solo);
  EXPECT_TRUE(alone->find("kick")->solo);
  EXPECT_FALSE(alone->find("fx")->solo || alone->find("cue1")->solo);
  EXPECT_TRUE(apply_edit(builder.mixer, set_at(0, "/kick/solo", false).edit)->find("fx")->solo);
  const auto none = apply_edit(builder.mixer, set_at(0, "/session/solo_clear", true).edit);
  EXPECT_FALSE(none->find("fx")->solo || none->find("cue1")->solo);
  EXPECT_TRUE(apply_edit(builder.mixer, set_at(0, "/session/solo_clear", false).edit)->find("fx")->solo);
}

TEST(ApplyEdit, OnlyATrimCanBeCompensated) {
  for (const char* address : {"/kick/fader_db", "/vca/band/fader_db", "/kick/sends/fx/level_db", "/monitor/level_db"}) {
    Edit edit = set_at(0, address, 0.0).edit;
    edit.compensate = true;
    const auto refused = apply_edit(console().mixer, edit);
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().where, address);
  }
}

TEST(ApplyEdit, ABatchIsAppliedWholeOrNotAtAll) {
  Edit batch{.op = EditOp::batch, .address = {}, .value = {}, .index = {}, .edits = {}, .gesture = {}};
  batch.edits = {set_at(0, "/kick/mute", true).edit, set_at(0, "/fx/mute", true).edit};
  const MixerBuilder before = console();
  const auto both = apply_edit(before.mixer, batch);
  EXPECT_TRUE(both->find("kick")->mute && both->find("fx")->mute);
  batch.edits.push_back(set_at(0, "/kick/pan", 7.0).edit);
  EXPECT_FALSE(apply_edit(before.mixer, batch));
  EXPECT_FALSE(before.mixer.find("kick")->mute);
}

TEST(ControlLoop, SendsOnlyWhatAnEditMovesAndKeepsTheMixerWhenItRefuses) {
  Console desk(console());
  desk.run(100, {100});
  ASSERT_TRUE(desk.control().edit(set_at(0, "/kick/pan", 0.0).edit));
  ASSERT_TRUE(desk.control().send(0));
  EXPECT_EQ(desk.control().handover().timed.next(), nullptr) << "no change is no batch";
  for (const double level : {-1.0, -3.0, -6.0})
    ASSERT_TRUE(desk.control().edit(set_at(0, "/vca/band/fader_db", level).edit));
  ASSERT_FALSE(desk.control().edit(set_at(0, "/kick/pan", 3.0).edit));
  ASSERT_TRUE(desk.control().send(150));
  ASSERT_NE(desk.control().handover().timed.next(), nullptr);
  EXPECT_EQ(desk.control().handover().timed.next()->count, 2u) << "the output and the post send, once each";
  EXPECT_EQ(desk.control().mixer().vcas[0].fader.value, -6.0);
  desk.run(100, {100});
  const auto landed = std::ranges::find(desk.rendered.events, Event::Kind::batch_landed, &Event::kind);
  ASSERT_NE(landed, desk.rendered.events.end());
  EXPECT_EQ(landed->frame, 150);
}

}  // namespace
}  // namespace busbar::test
