#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sessions/edit_parts.hpp"
#include "sessions/session_file.hpp"
#include "tests/support/mixer_builder.hpp"

// The session's tempo reaches the processors that keep time with it, and is nobody's own setting.
namespace busbar::test {
namespace {

constexpr Frames kLength = 60000;

MixerBuilder echo(double tempo_bpm) {
  Samples click(1, std::vector<float>(static_cast<std::size_t>(kLength)));
  click[0][100] = 0.5f;
  click[0][30100] = 0.5f;
  MixerBuilder builder;
  builder.mixer.tempo_bpm = tempo_bpm;
  builder.track("a", click);
  builder.insert("a", slot("echo", "delay",
                           {{"sync", std::string("tempo")}, {"note", std::string("quarter")}, {"feedback", 0.0}}));
  return builder;
}

/// The frame of the loudest sample in [from, to).
Frames loudest(const std::vector<double>& y, Frames from, Frames to) {
  const auto at = std::max_element(y.begin() + from, y.begin() + to, [](double a, double b) { return a * a < b * b; });
  return at - y.begin();
}

TEST(Tempo, SetsTheTimeOfADelayThatKeepsTimeWithTheSession) {
  for (const auto& [tempo, frames] : {std::pair{240.0, Frames{12000}}, std::pair{160.0, Frames{18000}}}) {
    Console console(echo(tempo), edit_parts);
    console.run(kLength, {128});
    EXPECT_EQ(loudest(console.rendered.left("a"), 0, 30000), 100 + frames) << tempo;
  }
}

TEST(Tempo, MovesLiveWithTheSession) {
  Console console(echo(240.0), edit_parts);
  console.edit(set("/session/tempo_bpm", 160.0), 20000);
  console.run(kLength, {128});
  EXPECT_EQ(loudest(console.rendered.left("a"), 0, 20000), 100 + 12000);
  EXPECT_EQ(loudest(console.rendered.left("a"), 31000, kLength), 30100 + 18000);
}

TEST(Tempo, IsNoSettingOfTheInsert) {
  Console console(echo(240.0), edit_parts);
  EXPECT_FALSE(console.control().edit(set("/a/inserts/echo/tempo", 100.0)));
  EXPECT_EQ(write_session_text(console.control().mixer()).find("\"tempo\":"), std::string::npos);
}

}  // namespace
}  // namespace busbar::test
