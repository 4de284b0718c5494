#include "engine/control/plan/mix_values.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

double db(double gain) { return 20.0 * std::log10(gain); }

TEST(PanLaw, HasItsLevelAtTheCentreWithTheSameBitsOnBothSides) {
  for (const auto& [law, centre] : {std::pair{-3.0, -3.0103}, {-4.5, -4.5154}, {-6.0, -6.0206}, {0.0, 0.0}}) {
    const auto gains = pan_gains(law, 0.0);
    EXPECT_NEAR(db(gains[0]), centre, 1e-4) << law;
    EXPECT_EQ(gains[0], gains[1]) << law;
  }
  EXPECT_EQ(pan_gains(-3.0, 0.0)[0], std::sqrt(0.5));
}

TEST(PanLaw, LeavesExactlyNothingOnTheFarSide) {
  for (const double law : {-3.0, -4.5, -6.0, 0.0}) {
    EXPECT_EQ(pan_gains(law, -1.0), (std::array{1.0, 0.0})) << law;
    EXPECT_EQ(pan_gains(law, 1.0), (std::array{0.0, 1.0})) << law;
  }
}

TEST(PanLaw, FollowsItsFormulaInBetween) {
  for (double p = -0.95; p < 1.0; p += 0.1) {
    const double angle = (p + 1.0) * std::numbers::pi / 4.0;
    EXPECT_NEAR(db(pan_gains(-3.0, p)[0]), db(std::cos(angle)), 0.01);
    EXPECT_NEAR(db(pan_gains(-6.0, p)[1]), db((1.0 + p) / 2.0), 0.01);
    EXPECT_NEAR(db(pan_gains(-4.5, p)[0]), db(std::sqrt(std::cos(angle) * (1.0 - p) / 2.0)), 0.01);
    EXPECT_NEAR(pan_gains(0.0, p)[1], std::min(1.0, 1.0 + p), 1e-15);
  }
}

TEST(Width, OneIsTheIdentityAndNoneMakesBothSidesTheSame) {
  EXPECT_EQ(stereo_matrix(1.0, 0.0), (std::array{1.0, 0.0, 0.0, 1.0}));
  EXPECT_EQ(stereo_matrix(0.0, 0.0), (std::array{0.5, 0.5, 0.5, 0.5}));
  EXPECT_EQ(stereo_matrix(2.0, 0.0), (std::array{1.5, -0.5, -0.5, 1.5}));
}

/// kick → drums → master, kick → room (post), vox → master, and a cue of both.
MixerBuilder console() {
  MixerBuilder builder;
  builder.bus("drums", StripKind::group).bus("room", StripKind::aux).bus("cue1", StripKind::cue, "");
  builder.track("kick", {{0.0f}}, "drums").track("vox", {{0.0f}}).track("snare", {{0.0f}}, "drums");
  builder.send("kick", "room", Tap::post).send("snare", "room", Tap::post).send("vox", "cue1", Tap::pre);
  return builder;
}

TEST(Solo, KeepsWhatTheSoloedStripFeedsAndWhatFeedsItAndNothingBesides) {
  auto builder = console().edit("kick", [](Strip& s) { s.solo = true; });
  const MixValues values(builder.mixer);
  for (const char* kept : {"kick", "drums", "room", "master", "cue1"}) EXPECT_FALSE(values.is_silenced(kept)) << kept;
  for (const char* gone : {"vox", "snare"}) EXPECT_TRUE(values.is_silenced(gone)) << gone;
  const Strip& vox = *builder.mixer.find("vox");
  EXPECT_EQ(values.send(vox, vox.sends[0], 1).gate, 1.0) << "a solo reaches no cue";
}

TEST(Solo, OfABusKeepsItsFeedersButNotTheirOtherWays) {
  auto builder = console().edit("drums", [](Strip& s) { s.solo = true; });
  const MixValues values(builder.mixer);
  EXPECT_FALSE(values.is_silenced("kick"));
  EXPECT_TRUE(values.is_silenced("room"));
}

TEST(Solo, SparesTheSafeAndWhatTheyFeed) {
  auto builder =
      console().edit("kick", [](Strip& s) { s.solo = true; }).edit("vox", [](Strip& s) { s.solo_safe = true; });
  EXPECT_FALSE(MixValues(builder.mixer).is_silenced("vox"));
}

TEST(Solo, OfACueOrInAnotherModeSilencesNothing) {
  auto builder = console().edit("cue1", [](Strip& s) { s.solo = true; });
  EXPECT_FALSE(MixValues(builder.mixer).is_silenced("vox"));
  builder.edit("kick", [](Strip& s) { s.solo = true; });
  builder.mixer.solo_mode = SoloMode::pfl;
  EXPECT_FALSE(MixValues(builder.mixer).is_silenced("vox"));
}

TEST(Vca, ReachedOnTwoWaysCountsOnce) {
  auto builder = console();
  builder.mixer.vcas = {
      {.id = "all", .name = {}, .members = {"band", "kick"}, .fader = {-6.0}, .mute = false, .extras = {}},
      {.id = "band", .name = {}, .members = {"kick"}, .fader = {-3.0}, .mute = false, .extras = {}}};
  const MixValues values(builder.mixer);
  EXPECT_NEAR(db(values.fader_gain(*builder.mixer.find("kick"))), -9.0, 1e-9);
  EXPECT_EQ(values.fader_gain(*builder.mixer.find("vox")), 1.0);
}

TEST(Mute, SilencesOutputAndPostSendsButPreSendsOnlyWhereACueFollows) {
  auto builder = console();
  builder.send("kick", "cue1", Tap::pre);
  builder.mixer.mute_groups = {{.id = "all-drums", .name = {}, .members = {"kick"}, .mute = true, .extras = {}}};
  const Strip& kick = *builder.mixer.find("kick");
  {
    const MixValues values(builder.mixer);
    EXPECT_EQ(values.output(kick, 1).gate, 0.0);
    EXPECT_EQ(values.send(kick, kick.sends[0], 1).gate, 0.0);
    EXPECT_EQ(values.send(kick, kick.sends[1], 1).gate, 1.0);
  }
  builder.edit("cue1", [](Strip& s) { s.follow_mute = true; });
  EXPECT_EQ(MixValues(builder.mixer).send(kick, kick.sends[1], 1).gate, 0.0);
}

TEST(Vca, ScalesPostSendsAndNeverPreSends) {
  auto builder = console();
  builder.send("kick", "cue1", Tap::pre, -4.0);
  builder.mixer.vcas = {{.id = "v", .name = {}, .members = {"kick"}, .fader = {-10.0}, .mute = false, .extras = {}}};
  const Strip& kick = *builder.mixer.find("kick");
  const MixValues values(builder.mixer);
  EXPECT_NEAR(db(values.send(kick, kick.sends[1], 2).matrix[0]), -4.0, 1e-9);
  EXPECT_NEAR(db(values.send(kick, kick.sends[0], 2).matrix[0]), -10.0, 1e-9);
}

}  // namespace
}  // namespace busbar::test
