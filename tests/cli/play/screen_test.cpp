#include "cli/play/screen.hpp"

#include <gtest/gtest.h>

#include "tests/cli/play/fake_play.hpp"

namespace busbar::test {
namespace {

using cli::Line;
using cli::Meters;
using cli::Painter;
using cli::PlayScene;
using cli::PlayView;
using cli::ScreenSize;

PlayScene scene() {
  return {.session = "Harbour Lights",
          .device = {"JACK", "system", 2, 8, 48000.0, 128},
          .end_s = 30.0,
          .markers = {{.at_s = 16.0, .name = "Chorus", .extras = {}}}};
}

PlayStatus status(int tracks) {
  PlayStatus now;
  now.position_s = 12.345;
  now.rolling = true;
  now.load = 0.12;
  now.read_ahead_s = 5.1;
  now.callbacks.flagged = 3;
  now.callbacks.longest_s = 0.0004;
  now.callbacks.last_before_flag_s = 0.0003;
  now.thread = {.known = true, .realtime = true, .priority = 65, .cpu_s = 1.0};
  for (int n = 0; n < tracks; ++n)
    now.levels.push_back(level((n % 3 == 0 ? "Grönlund " : "太鼓 ") + std::to_string(n), StripKind::track, -n, -2.5));
  now.levels.push_back(level("Mix", StripKind::master, -5.7));
  now.levels.push_back(level("Drums", StripKind::group, 1.0));
  return now;
}

std::vector<std::string> texts(const PlayScene& play_scene, const PlayStatus& now, ScreenSize size, bool help = false) {
  Meters meters;
  meters.update(now.levels, 0.0);
  std::vector<std::string> lines;
  for (const Line& line : cli::screen_lines({.scene = play_scene,
                          .status = now,
                          .rows = meters.shown(cli::meter_room(size), 0.0),
                          .chosen = meters.chosen() ? meters.chosen()->id : "",
                          .message = {"a file is late: wait for it", false},
                          .help = help},
                                            size))
    lines.push_back(line.text());
  return lines;
}

TEST(Screen, EveryLineIsExactlyAsWideAndAsManyAsTheWindow) {
  const PlayScene fixed = scene();
  for (const int tracks : {0, 1, 20, 200})
    for (int columns = 1; columns <= 200; columns += columns < 90 ? 1 : 37)
      for (const int rows : {1, 2, 3, 4, 5, 6, 7, 8, 12, 24, 60})
        for (const bool help : {false, true}) {
          const auto lines = texts(fixed, status(tracks), {columns, rows}, help);
          ASSERT_EQ(lines.size(), static_cast<std::size_t>(rows));
          for (const std::string& line : lines)
            ASSERT_EQ(cli::columns_of(line), static_cast<std::size_t>(columns))
                << columns << "x" << rows << ": " << line;
        }
}

TEST(Screen, APlugIsSaidWithWhatIsWrittenOnTheSockets) {
  EXPECT_EQ(cli::plug_text({"cue1", "Drummer", false, {3, 4}, "3 Drummer L, 4 Drummer R"}),
            "Drummer to outputs 3 Drummer L, 4 Drummer R");
  EXPECT_EQ(cli::plug_text({"talk", "MC mic", true, {1}, "1 MC"}), "MC mic from input 1 MC");
}

TEST(Screen, WithoutAMessageThePlugsOfTheChosenStripAreShown) {
  PlayScene plugged = scene();
  const PlayStatus now = status(3);
  Meters meters;
  meters.update(now.levels, 0.0);
  plugged.plugs = {{meters.chosen()->id, "Mix", false, {1, 2}, "1 Left, 2 Right"}};
  std::string all;
  for (const Line& line : cli::screen_lines({.scene = plugged,
                          .status = now,
                          .rows = meters.shown(cli::meter_room({80, 24}), 0.0),
                          .chosen = meters.chosen()->id,
                          .message = {}},
                                            {80, 24}))
    all += line.text() + "\n";
  EXPECT_NE(all.find("Mix to outputs 1 Left, 2 Right"), std::string::npos) << all;
}

TEST(Screen, AWindowOf80x24ShowsAllThatMatters) {
  const auto lines = texts(scene(), status(40), {80, 24});
  EXPECT_NE(lines[0].find("Harbour Lights   JACK:system   48 kHz   128 frames (2.7 ms)"), std::string::npos)
      << lines[0];
  EXPECT_NE(lines[1].find("PLAYING   0:12.345 / 0:30.000   loop off   next: 1 Chorus at 0:16.000"), std::string::npos)
      << lines[1];
  EXPECT_NE(lines[2].find("xruns 3 (system)  load 12%  callback 0.4/2.7 ms  ahead 5.1 s  stalls 0  RT 65"),
            std::string::npos)
      << lines[2];
  EXPECT_EQ(lines[4].substr(0, 5), "> Mix");
  EXPECT_NE(lines[4].find(" -5.7"), std::string::npos);
  EXPECT_NE(lines[5].find("CLIP"), std::string::npos);
  EXPECT_NE(lines[6].find("-2.5"), std::string::npos);
  EXPECT_NE(lines[22].find("a file is late"), std::string::npos);
  EXPECT_NE(lines[23].find("space"), std::string::npos);
}

TEST(Screen, ABarIsAsLongAsItsLevelOnTheScaleAboveIt) {
  PlayStatus now;
  now.levels = {level("a", StripKind::master, -20.0), level("b", StripKind::group, -60.0),
                level("c", StripKind::group, 6.0)};
  const auto lines = texts(scene(), now, {80, 24});
  // Where the number on the scale ends, the bar of that level does.
  const std::size_t full = lines[3].find("-20") + 3;
  EXPECT_EQ(cli::columns_of(lines[4].substr(0, lines[4].rfind("█") + 3)), full);
  EXPECT_EQ(lines[5].find("█"), std::string::npos);
  const std::size_t top = lines[3].find(" 0") + 2;
  EXPECT_EQ(cli::columns_of(lines[6].substr(0, lines[6].rfind("█") + 3)), top);
}

TEST(Screen, ItSaysWhoWasLate) {
  const DeviceFormat device{"ALSA", "x", 0, 2, 48000.0, 0};
  CallbackCounts counts;
  counts.longest_block = 480;
  counts.last_before_flag_s = 0.012;
  EXPECT_FALSE(cli::we_were_late(device, counts));  // nothing was lost
  counts.flagged = 1;
  EXPECT_DOUBLE_EQ(cli::block_seconds(device, counts), 0.01);
  EXPECT_TRUE(cli::we_were_late(device, counts));
  counts.last_before_flag_s = 0.004;
  EXPECT_FALSE(cli::we_were_late(device, counts));
}

TEST(Screen, WhatIsNotWellIsSaid) {
  PlayStatus now = status(1);
  now.rolling = false;
  now.looping = true;
  now.loop_s = {10.0, 20.0};
  now.device_silent = true;
  now.thread.realtime = false;
  const auto lines = texts(scene(), now, {100, 24});
  EXPECT_NE(lines[1].find("STOPPED"), std::string::npos);
  EXPECT_NE(lines[1].find("loop 0:10.000 - 0:20.000"), std::string::npos);
  EXPECT_NE(lines[2].find("NOT REALTIME"), std::string::npos);
  EXPECT_NE(lines[22].find("stopped calling"), std::string::npos);
}

TEST(Screen, SoloMutesAndCeilingsAreSaidThoughTheirStripsMayBeOutOfView) {
  PlayStatus now = status(3);
  now.levels[0].solo = true;
  now.levels[1].mute = now.levels[2].mute = true;
  now.cut_outputs = {3, 4};
  const auto lines = texts(scene(), now, {120, 24});
  EXPECT_NE(lines[1].find("SOLO 1"), std::string::npos) << lines[1];
  EXPECT_NE(lines[1].find("muted 2"), std::string::npos) << lines[1];
  EXPECT_NE(lines[22].find("ceilings of outputs 3 4 cut"), std::string::npos) << lines[22];
}

TEST(Screen, HelpListsTheMarkers) {
  std::string all;
  for (const std::string& line : texts(scene(), status(5), {80, 24}, true)) all += line;
  EXPECT_NE(all.find("1  0:16.000  Chorus"), std::string::npos);
}

TEST(Screen, TimesAreMinutesSecondsAndMilliseconds) {
  EXPECT_EQ(cli::time_text(0.0), "0:00.000");
  EXPECT_EQ(cli::time_text(59.9996), "1:00.000");
  EXPECT_EQ(cli::time_text(3723.5), "62:03.500");
  EXPECT_EQ(cli::time_text(-1.0), "0:00.000");
}

TEST(Painter, OnlyLinesThatChangedAreWritten) {
  Painter painter({.colours = false, .utf8 = true});
  const auto lines = [](const char* second) { return std::vector<Line>{Line().add("one"), Line().add(second)}; };
  const std::string first = painter.paint(lines("two"), {3, 2});
  EXPECT_NE(first.find("\033[2J"), std::string::npos);
  EXPECT_EQ(painter.paint(lines("two"), {3, 2}), "");
  EXPECT_EQ(painter.paint(lines("2nd"), {3, 2}), "\033[2;1H2nd");
  EXPECT_NE(painter.paint(lines("2nd"), {4, 2}).find("\033[2J"), std::string::npos);  // another size
  painter.forget();
  EXPECT_NE(painter.paint(lines("2nd"), {4, 2}).find("one"), std::string::npos);
}

}  // namespace
}  // namespace busbar::test
