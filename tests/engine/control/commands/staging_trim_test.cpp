#include "engine/control/commands/staging_trim.hpp"

#include <gtest/gtest.h>

#include <array>

#include "engine/control/commands/apply_command.hpp"
#include "engine/realtime/insert.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

// Processors that behave as dynamics, a drive, and something that nobody knows.
constexpr auto kDynamics = std::to_array<ParamSpec>({
    {.index = 0,
     .key = "threshold_db",
     .label = "Threshold",
     .unit = Unit::decibels,
     .min = -60,
     .max = 0,
     .start = -20},
    {.index = 1,
     .key = "close_threshold_db",
     .label = "Close",
     .unit = Unit::decibels,
     .min = -90,
     .max = 0,
     .start = -30},
    {.index = 2, .key = "ratio", .label = "Ratio", .unit = Unit::ratio, .min = 1, .max = 20, .start = 4},
});
constexpr auto kDrive = std::to_array<ParamSpec>({
    {.index = 0, .key = "input_db", .label = "Input", .unit = Unit::decibels, .min = -12, .max = 36, .start = 6},
    {.index = 1, .key = "output_db", .label = "Output", .unit = Unit::decibels, .min = -24, .max = 24, .start = 0},
});
constexpr auto kOdd = std::to_array<ParamSpec>({{.index = 0, .key = "amount", .label = "Amount"}});

const InsertType* find_type(std::string_view key) {
  static const auto types = [] {
    std::array<InsertType, 3> made{};
    made[0].key = "comp", made[0].params = kDynamics;
    made[1].key = "drive", made[1].params = kDrive;
    made[2].key = "odd", made[2].params = kOdd;
    for (InsertType& type : made) type.lingers = type.lags = [](std::span<const float>) noexcept { return false; };
    return made;
  }();
  for (const InsertType& type : types)
    if (type.key == key) return &type;
  return find_insert_type(key);
}

MixerBuilder desk() {
  MixerBuilder builder;
  builder.bus("fx", StripKind::aux).bus("cue1", StripKind::cue, "").bus("cue2", StripKind::cue, "");
  builder.tone("kick", {}).tone("bass", {});
  builder.send("kick", "fx", Tap::post, -10).send("kick", "cue1", Tap::pre, -6).send("kick", "cue2", Tap::input, -8);
  builder.edit("kick", [](Strip& s) { s.fader = {-3}, s.trim = {1}; });
  return builder;
}

double param(const Mixer& mixer, const std::string& strip, std::size_t slot, const std::string& key) {
  return std::get<double>(mixer.find(strip)->inserts[slot].params.at(key));
}

Result<Mixer> stage(const MixerBuilder& builder, double trim) {
  return stage_trim(builder.mixer, "kick", {trim}, find_type);
}

std::string refusal(const MixerBuilder& builder, double trim) {
  const auto refused = stage(builder, trim);
  EXPECT_FALSE(refused);
  return refused ? "" : to_line(refused.error());
}

TEST(StagingTrim, MovesFaderAndEarlySendsAgainstTheTrimAndLeavesPostSends) {
  const auto staged = stage(desk().insert("kick", slot("lc", "low_cut")).insert("kick", slot("u", "utility")), 5);
  ASSERT_TRUE(staged);
  const Strip& kick = *staged->find("kick");
  EXPECT_EQ(kick.trim.value, 5);
  EXPECT_EQ(kick.fader.value, -7);
  EXPECT_EQ(kick.sends[0].level.value, -10) << "a post send follows the fader";
  EXPECT_EQ(kick.sends[1].level.value, -10);
  EXPECT_EQ(kick.sends[2].level.value, -12);
  EXPECT_EQ(
      kick.inserts,
      desk().insert("kick", slot("lc", "low_cut")).insert("kick", slot("u", "utility")).mixer.find("kick")->inserts);
}

TEST(StagingTrim, MovesThresholdsWithTheTrimAndADriveAgainstIt) {
  const auto staged =
      stage(desk().insert("kick", slot("c", "comp", {{"threshold_db", -18.0}})).insert("kick", slot("d", "drive")), -3);
  ASSERT_TRUE(staged);
  EXPECT_EQ(param(*staged, "kick", 0, "threshold_db"), -22);
  EXPECT_EQ(param(*staged, "kick", 0, "close_threshold_db"), -34);
  EXPECT_FALSE(staged->find("kick")->inserts[0].params.contains("ratio"));
  EXPECT_EQ(param(*staged, "kick", 1, "input_db"), 10);
  EXPECT_EQ(param(*staged, "kick", 1, "output_db"), -4);
}

TEST(StagingTrim, AThresholdMovesWithTheSignalThatItsDetectorHears) {
  MixerBuilder builder = desk().insert("kick", slot("own", "comp")).insert("bass", slot("duck", "comp"));
  builder.edit("kick", [](Strip& s) { s.inserts[0].key = "bass"; });
  builder.edit("bass", [](Strip& s) { s.inserts[0].key = "kick"; });
  builder.edit("bass", [](Strip& s) { s.inserts.push_back(slot("plain", "comp")); });
  const auto staged = stage(builder, 4);
  ASSERT_TRUE(staged);
  EXPECT_TRUE(staged->find("kick")->inserts[0].params.empty()) << "it hears another strip";
  EXPECT_EQ(param(*staged, "bass", 0, "threshold_db"), -17);
  EXPECT_TRUE(staged->find("bass")->inserts[1].params.empty());
  builder.edit("kick", [](Strip& s) { s.inserts[0].key = "nobody"; });
  EXPECT_EQ(param(*stage(builder, 4), "kick", 0, "threshold_db"), -17) << "a key that is not there is its own input";
  builder.edit("bass", [](Strip& s) { s.inserts[0].type = "odd"; });
  EXPECT_NE(refusal(builder, 4).find("'duck' of 'bass' cannot be compensated: a 'odd' sounds"), std::string::npos);
}

TEST(StagingTrim, MinusInfinityStaysAndCannotBeMadeUpFor) {
  MixerBuilder builder = desk();
  builder.edit("kick", [](Strip& s) { s.fader = kMinusInfinity, s.sends[1].level = kMinusInfinity; });
  const auto staged = stage(builder, -9);
  ASSERT_TRUE(staged);
  EXPECT_EQ(staged->find("kick")->fader, kMinusInfinity);
  EXPECT_EQ(staged->find("kick")->sends[1].level, kMinusInfinity);
  EXPECT_NE(refusal(builder, kMinusInfinity.value).find("nothing makes up for a trim of -inf"), std::string::npos);
}

TEST(StagingTrim, ARangeThatEndsIsNamedWithHowFarTheTrimCanGo) {
  EXPECT_EQ(refusal(desk(), -20),
            "the send of 'kick' to 'cue1' would go to 15 dB, and its range is -120 to 12 dB: the trim can go as far as "
            "-14 dB");
  EXPECT_TRUE(stage(desk(), -14));
  MixerBuilder low = desk().insert("kick", slot("c", "comp", {{"threshold_db", -2.0}}));
  EXPECT_EQ(refusal(low, 11),
            "threshold_db of 'c' of 'kick' would go to 8 dB, and its range is -60 to 0 dB: the trim can go as far as 3 "
            "dB");
  EXPECT_TRUE(stage(low, 3));
}

TEST(StagingTrim, WhatCannotBeCompensatedIsRefusedUnlessItIsBypassed) {
  for (const char* type : {"odd", "unheard_of"}) {
    MixerBuilder builder = desk().insert("kick", slot("x", type));
    EXPECT_NE(refusal(builder, 2).find("'x' of 'kick' "), std::string::npos) << type;
    EXPECT_TRUE(stage(MixerBuilder(builder).edit("kick", [](Strip& s) { s.bypass_inserts = true; }), 2)) << type;
    builder.edit("kick", [](Strip& s) { s.inserts[0].bypass = true; });
    EXPECT_TRUE(stage(builder, 2)) << type;
  }
  MixerBuilder builder = desk().insert("kick", slot("c", "comp"));
  builder.edit("kick", [](Strip& s) { s.inserts[0].bypass = true; });
  EXPECT_EQ(param(*stage(builder, 2), "kick", 0, "threshold_db"), -19) << "it is right when it is switched in again";
}

TEST(StagingTrim, AProcessorThatFindsItsOwnLevelIsRefusedWithWhatToSwitchOff) {
  const MixerBuilder own = desk().insert("kick", slot("c", "compressor", {{"auto_makeup", true}}));
  EXPECT_EQ(refusal(own, -6),
            "'c' of 'kick' cannot be compensated: auto_makeup would make up as well: set auto_makeup to false first");
  MixerBuilder matched = desk().insert("kick", slot("c", "compressor"));
  matched.edit("kick", [](Strip& s) { s.inserts[0].match_level = true; });
  EXPECT_EQ(refusal(matched, -6),
            "'c' of 'kick' cannot be compensated: its level is matched to what it hears: set its match_level and the "
            "strip's match_inserts to false first");
  matched.edit("kick", [](Strip& s) { s.inserts[0].match_level = false, s.match_inserts = true; });
  EXPECT_FALSE(stage(matched, -6));
  matched.edit("kick", [](Strip& s) { s.inserts[0].key = "bass"; });
  EXPECT_FALSE(stage(matched, -6));
}

TEST(StagingTrim, AnAutomaticMakeUpCountsWhereTheThresholdMoves) {
  MixerBuilder builder = desk().insert("kick", slot("own", "compressor", {{"auto_makeup", true}}));
  builder.edit("kick", [](Strip& s) { s.inserts[0].key = "bass"; });
  EXPECT_TRUE(stage(builder, -6)) << "it hears another strip";
  builder.insert("bass", slot("duck", "compressor", {{"auto_makeup", true}}));
  builder.edit("bass", [](Strip& s) { s.inserts[0].key = "kick"; });
  EXPECT_NE(refusal(builder, -6).find("'duck' of 'bass' cannot be compensated: auto_makeup"), std::string::npos);
}

TEST(StagingTrim, WhatHoldsTheOldLevelIsRefusedUnlessItIsBypassed) {
  for (const InsertSlot& insert : {slot("x", "reverb"), slot("x", "delay"), slot("x", "chorus"),
                                   slot("x", "utility", {{"delay_samples", 480.0}})}) {
    MixerBuilder builder = desk().insert("kick", insert);
    EXPECT_EQ(refusal(builder, -6), "'x' of 'kick' cannot be compensated: a '" + insert.type +
                                        "' still gives out what went in at the old level: bypass it, or set the trim "
                                        "without \"compensate\"");
    EXPECT_TRUE(stage(builder.edit("kick", [](Strip& s) { s.inserts[0].bypass = true; }), -6)) << insert.type;
  }
  EXPECT_TRUE(stage(desk().insert("kick", slot("x", "utility", {{"latency_samples", 480.0}})), -6));
}

TEST(StagingTrim, WhatLagsBehindAMovingLevelIsRefused) {
  const InsertSlot mean = slot("x", "compressor", {{"detector", std::string("rms")}});
  for (const InsertSlot& insert : {slot("x", "multiband_compressor"), mean})
    EXPECT_NE(refusal(desk().insert("kick", insert), -6).find("lags behind a level that moves"), std::string::npos);
  MixerBuilder keyed = desk().insert("bass", mean);
  keyed.edit("bass", [](Strip& s) { s.inserts[0].key = "kick"; });
  EXPECT_NE(refusal(keyed, -6).find("'x' of 'bass' cannot be compensated"), std::string::npos);
}

TEST(StagingTrim, ADriveThatDoesNotRaiseTheLevelMovesAlone) {
  MixerBuilder builder = desk().insert("kick", slot("c", "console_summing", {{"drive_db", 3.0}}));
  EXPECT_EQ(param(*stage(builder, -6), "kick", 0, "drive_db"), 10);
  builder.edit("fx", [](Strip& s) { s.summing = Summing::console, s.summing_drive_db = 4.0; });
  const auto staged = stage_trim(builder.mixer, "fx", {3}, find_type);
  ASSERT_TRUE(staged);
  EXPECT_EQ(staged->find("fx")->summing_drive_db, 1.0);
  const auto refused = stage_trim(builder.mixer, "fx", {5}, find_type);
  ASSERT_FALSE(refused);
  EXPECT_EQ(to_line(refused.error()),
            "summing_drive_db of 'fx' would go to -1 dB, and its range is 0 to 24 dB: the trim can go as far as 4 dB");
}

TEST(StagingTrim, ADriveThatHearsAnotherStripStands) {
  MixerBuilder builder = desk().insert("kick", slot("f", "fet_compressor")).insert("bass", slot("f", "fet_compressor"));
  builder.edit("kick", [](Strip& s) { s.inserts[0].key = "bass"; });
  builder.edit("bass", [](Strip& s) { s.inserts[0].key = "kick"; });
  const auto staged = stage(builder, -2);
  ASSERT_TRUE(staged);
  EXPECT_TRUE(staged->find("kick")->inserts[0].params.empty());
  EXPECT_EQ(param(*staged, "bass", 0, "input_db"), 3) << "its detector hears the softer key as loud as before";
  EXPECT_EQ(param(*staged, "bass", 0, "output_db"), -3);
}

TEST(StagingTrim, IsWhatACompensatedSetOfATrimDoes) {
  Edit edit = set_at(0, "/kick/trim_db", -5.0).edit;
  edit.compensate = true;
  const auto done = apply_edit(desk().mixer, edit);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->find("kick")->trim.value, -5);
  EXPECT_EQ(done->find("kick")->fader.value, 3);
  edit.value = -30.0;
  EXPECT_EQ(apply_edit(desk().mixer, edit).error().where, "/kick/trim_db");
}

TEST(StagingTrim, ThereAndBackIsWhereItWas) {
  const MixerBuilder builder =
      desk().insert("kick", slot("c", "comp", {{"threshold_db", -18.0}, {"close_threshold_db", -40.0}}));
  const auto there = stage(builder, 4);
  const auto back = stage_trim(*there, "kick", {1}, find_type);
  EXPECT_EQ(*back->find("kick"), *builder.mixer.find("kick"));
}

}  // namespace
}  // namespace busbar::test
