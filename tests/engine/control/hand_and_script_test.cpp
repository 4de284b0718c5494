#include <gtest/gtest.h>

#include "sessions/edit_parts.hpp"
#include "tests/support/mixer_builder.hpp"

// A script's edits are sent ahead of their frames; what a hand does meanwhile lands at once.
namespace busbar::test {
namespace {

constexpr Frames kPlanned = 5000, kEnd = 9600;

/// A constant signal through a fader that a script and a hand move.
struct Desk {
  Console console;

  Desk() : console(builder(), edit_parts) { console.run(1024, {64}); }
  static MixerBuilder builder() {
    MixerBuilder builder;
    builder.track("dc", Samples{std::vector<float>(static_cast<std::size_t>(kEnd), 0.5f)});
    builder.edit("dc", [](Strip& s) { s.pan = -1; });
    return builder;
  }
  void send(const std::string& address, double value, Frames at) {
    ASSERT_TRUE(console.control().edit(set(address, value)));
    ASSERT_TRUE(console.control().send(at));
  }
  double heard(Frames frame) {
    if (console.renderer().now() < kEnd) console.run(kEnd - console.renderer().now(), {64});
    return console.rendered.left("dc")[static_cast<std::size_t>(frame)];
  }
};

TEST(HandAndScript, TheSoundEndsWhereTheMixerSaysThoughTheScriptLandsLater) {
  Desk desk;
  desk.send("/dc/fader_db", -6.0, kPlanned);
  desk.send("/dc/fader_db", -20.0, kAtOnce);
  EXPECT_EQ(desk.heard(kPlanned), 0.5) << "the hand waits for the script, so that both are done in one order";
  EXPECT_DOUBLE_EQ(desk.heard(kEnd - 1), 0.5 * to_gain({-20.0}).value);
  EXPECT_EQ(desk.console.control().mixer().find("dc")->fader, Decibels{-20.0});
}

TEST(HandAndScript, OfDifferentValuesDoNotWaitForOneAnother) {
  Desk desk;
  desk.send("/dc/fader_db", -6.0, kPlanned);
  desk.send("/dc/trim_db", -20.0, kAtOnce);
  EXPECT_NEAR(desk.heard(1024 + 1000), 0.5 * to_gain({-20.0}).value, 1e-8);
}

TEST(HandAndScript, AHandIsFreeAgainOnceTheScriptHasLanded) {
  Desk desk;
  desk.send("/dc/fader_db", -6.0, 2000);
  desk.console.run(4096, {64});
  desk.send("/dc/fader_db", -20.0, kAtOnce);
  EXPECT_DOUBLE_EQ(desk.heard(1024 + 4096 + 1000), 0.5 * to_gain({-20.0}).value);
}

}  // namespace
}  // namespace busbar::test
