#include "cli/play/play_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "cli/play/play_report.hpp"
#include "tests/cli/play/fake_play.hpp"

namespace busbar::test {
namespace {

using cli::PlayLoop;
using cli::PlayRun;
using cli::PlayScene;
using cli::PlayStop;

/// A loop around a fake engine and a fake terminal.
struct Desk {
  Desk() {
    play.now.rolling = true;
    play.now.levels = {level("kick", StripKind::track, -12.0, -2.5), level("vox", StripKind::track, -9.0),
                       level("master", StripKind::master, -6.0)};
    scene.session = "Song";
    scene.device = play.format;
    scene.end_s = 30.0;
  }
  /// Keys one after the other, then q.
  PlayRun press(std::deque<std::string> keys) {
    terminal.typed = std::move(keys);
    terminal.typed.emplace_back("q");
    return run();
  }
  PlayRun run(std::vector<Error> warnings = {}) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    PlayRun result = PlayLoop(play, terminal, scene, "moves.txt", quiet).run(std::move(warnings));
    std::fflush(stdout);
    std::fflush(stderr);
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return result;
  }
  std::vector<std::string> addresses() const {
    std::vector<std::string> list;
    for (const Edit& edit : play.posted) list.push_back(edit.address);
    return list;
  }
  double number(std::size_t n) const { return std::get<double>(play.posted.at(n).value); }
  bool flag(std::size_t n) const { return std::get<bool>(play.posted.at(n).value); }

  FakePlay play;
  FakeTerminal terminal;
  PlayScene scene;
  bool quiet = false;
  std::string out, err;
};

TEST(PlayLoop, KeysBecomeEditsOfTheChosenStrip) {
  Desk desk;
  const PlayRun run = desk.press({"m", "\033[B", "s", "-", "\t", "+"});
  EXPECT_EQ(desk.addresses(),
            (std::vector<std::string>{"/master/mute", "/kick/solo", "/kick/fader_db", "/vox/fader_db"}));
  EXPECT_TRUE(desk.flag(0));
  EXPECT_TRUE(desk.flag(1));
  EXPECT_DOUBLE_EQ(desk.number(2), -3.5);
  EXPECT_DOUBLE_EQ(desk.number(3), 1.0);
  EXPECT_EQ(run.stop, PlayStop::key);
  EXPECT_EQ(desk.play.quits, 1);
}

TEST(PlayLoop, KeysOfTheTransport) {
  Desk desk;
  desk.scene.markers = {{.at_s = 4.0, .name = "A", .extras = {}}, {.at_s = 16.0, .name = "B", .extras = {}}};
  desk.play.now.position_s = 7.0;
  desk.press({" ", "l", "2", "0", "3"});
  EXPECT_EQ(desk.addresses(), (std::vector<std::string>{"/transport/play", "/transport/looping", "/transport/locate_s",
                                                        "/transport/locate_s"}));
  EXPECT_FALSE(desk.flag(0));
  EXPECT_TRUE(desk.flag(1));
  EXPECT_DOUBLE_EQ(desk.number(2), 16.0);
  EXPECT_DOUBLE_EQ(desk.number(3), 0.0);
  desk = Desk();
  desk.play.now.looping = true;
  desk.play.now.loop_s = {8.0, 12.0};
  desk.press({"\033[H"});
  EXPECT_DOUBLE_EQ(desk.number(0), 8.0);
}

TEST(PlayLoop, QuickPressesAddUpBeforeTheStatusTellsOfThem) {
  Desk desk;
  desk.play.now.position_s = 7.0;
  desk.press({"+++", "\033[C\033[C", "\033[D\033[D\033[D\033[D\033[D", "mm"});
  EXPECT_DOUBLE_EQ(desk.number(2), 3.0);
  EXPECT_DOUBLE_EQ(desk.number(4), 17.0);
  EXPECT_DOUBLE_EQ(desk.number(9), 0.0);  // not before the start
  EXPECT_TRUE(desk.flag(10));
  EXPECT_FALSE(desk.flag(11));
}

TEST(PlayLoop, LocatesEndAtTheEndOfTheSession) {
  Desk desk;
  desk.play.now.position_s = 28.0;
  desk.press({"\033[C"});
  EXPECT_DOUBLE_EQ(desk.number(0), 30.0);
}

TEST(PlayLoop, AFaderGoesToTheBottomBelowMinusSixtyAndBack) {
  Desk desk;
  desk.play.now.levels[2].fader_db = -60.0;
  desk.press({"-"});
  EXPECT_EQ(std::get<std::string>(desk.play.posted.at(0).value), "-inf");
  desk = Desk();
  desk.play.now.levels[2].fader_db = -INFINITY;
  desk.press({"--", "+", "+"});
  EXPECT_EQ(std::get<std::string>(desk.play.posted.at(1).value), "-inf");
  EXPECT_DOUBLE_EQ(desk.number(2), -60.0);
  EXPECT_DOUBLE_EQ(desk.number(3), -59.0);
  desk = Desk();
  desk.play.now.levels[2].fader_db = 11.5;
  desk.press({"+"});
  EXPECT_DOUBLE_EQ(desk.number(0), 12.0);
}

TEST(PlayLoop, ASignalQuitsAndTheEngineIsAskedToEnd) {
  Desk desk;
  desk.play.on_look = [&](FakePlay& play) { desk.terminal.signalled = play.looks > 3; };
  const PlayRun run = desk.run();
  EXPECT_EQ(run.stop, PlayStop::signal);
  EXPECT_TRUE(run.ended_in_time);
  EXPECT_EQ(desk.play.quits, 1);
  EXPECT_TRUE(desk.terminal.closed);
}

TEST(PlayLoop, AnEngineThatDoesNotEndIsNotWaitedFor) {
  Desk desk;
  desk.play.obeys = false;
  const PlayRun run = desk.press({});
  EXPECT_EQ(run.stop, PlayStop::key);
  EXPECT_FALSE(run.ended_in_time);
}

TEST(PlayLoop, TheEndOfTheSessionAndOfTheTimeAreTold) {
  for (const auto& [end, stop] :
       {std::pair{PlayEnd::end_of_session, PlayStop::end}, std::pair{PlayEnd::time_is_up, PlayStop::time_is_up}}) {
    Desk desk;
    desk.play.on_look = [end = end](FakePlay& play) {
      if (play.looks > 5) play.now.end = end;
    };
    EXPECT_EQ(desk.run().stop, stop);
    EXPECT_EQ(desk.err, "");
  }
}

TEST(PlayLoop, ALostDeviceIsOneErrorAndNewsBeforeItAreWarnings) {
  Desk desk;
  desk.play.on_look = [](FakePlay& play) {
    if (play.looks == 2) play.news = {{"kick.wav", "is read too late", "use a faster disk"}};
    if (play.looks != 5) return;
    play.now.end = PlayEnd::device_lost;
    play.news = {{"JACK:system", "the device is lost", "start it again"}};
  };
  const PlayRun run = desk.run();
  EXPECT_EQ(run.stop, PlayStop::device_lost);
  EXPECT_EQ(desk.err,
            "busbar: warning: kick.wav: is read too late: use a faster disk\n"
            "busbar: error: JACK:system: the device is lost: start it again\n");
  EXPECT_EQ(run.errors.size(), 1u);
  EXPECT_EQ(run.warnings.size(), 1u);
}

TEST(PlayLoop, ALossThatNobodyExplainsIsExplained) {
  Desk desk;
  desk.play.now.end = PlayEnd::device_lost;
  EXPECT_EQ(desk.run().errors.size(), 1u);
  EXPECT_NE(desk.err.find("busbar: error: JACK:system: the device is lost"), std::string::npos);
}

TEST(PlayLoop, RefusedLinesOfTheScriptAreErrorsAndToldOnce) {
  Desk desk;
  const Error refused{"moves.txt:4: /nobody/mute", "there is no such strip", "name one"};
  desk.play.on_look = [&](FakePlay& play) {
    if (play.looks == 2) play.news = {refused};
    if (play.looks == 5) play.now.end = PlayEnd::end_of_session;
  };
  desk.play.at_the_end = {.landed = {{3, 48000}}, .refused = {refused}};
  const PlayRun run = desk.run();
  EXPECT_EQ(desk.err, "busbar: error: moves.txt:4: /nobody/mute: there is no such strip: name one\n");
  EXPECT_EQ(run.report.refused.size(), 1u);
  ASSERT_EQ(run.report.landed.size(), 1u);
  EXPECT_NE(desk.out.find("\nmoves.txt:3 landed at 1.000 s (frame 48000)\n"), std::string::npos) << desk.out;
  EXPECT_EQ(cli::landed_text(run.report.landed[0], "moves.txt", 48000.0),
            "moves.txt:3 landed at 1.000 s (frame 48000)");
}

TEST(PlayLoop, WhatAPingHasFoundIsNoWarning) {
  Desk desk;
  desk.play.on_look = [&](FakePlay& play) {
    if (play.looks == 2) play.found = {"drums/hw: 256 frames (5.33 ms) there and back"};
    if (play.looks == 5) play.now.end = PlayEnd::end_of_session;
  };
  const PlayRun run = desk.run();
  EXPECT_EQ(desk.err, "");
  EXPECT_TRUE(run.warnings.empty());
  EXPECT_EQ(run.found, std::vector<std::string>{"drums/hw: 256 frames (5.33 ms) there and back"});
  EXPECT_NE(desk.out.find("\ndrums/hw: 256 frames (5.33 ms) there and back\n"), std::string::npos) << desk.out;
}

TEST(PlayLoop, AMissingRealtimePriorityIsWarnedOfOnce) {
  Desk desk;
  desk.play.on_look = [](FakePlay& play) {
    play.now.thread.known = true;
    play.now.played_s = play.looks * 0.1;
    if (play.looks == 50) play.now.end = PlayEnd::end_of_session;
  };
  EXPECT_EQ(desk.run().warnings.size(), 1u);
  EXPECT_NE(desk.err.find("busbar: warning: audio thread: "), std::string::npos);
  desk = Desk();
  desk.play.on_look = [](FakePlay& play) {
    play.now.thread = {.known = true, .realtime = true, .priority = 70, .cpu_s = 0.0};
    play.now.played_s = play.looks * 0.1;
    if (play.looks == 50) play.now.end = PlayEnd::end_of_session;
  };
  EXPECT_TRUE(desk.run().warnings.empty());
}

TEST(PlayLoop, OnAScreenNewsAreShownAndKeptForStderrUntilItHasGone) {
  Desk desk;
  desk.terminal.screen = true;
  desk.press({"", "", ""});
  EXPECT_EQ(desk.out, "");
  EXPECT_NE(desk.terminal.drawn.find("Song"), std::string::npos);
  desk = Desk();
  desk.terminal.screen = true;
  desk.terminal.typed = {"", "", "q"};
  desk.run({{"a.wav", "is missing", "find it"}});
  EXPECT_NE(desk.terminal.drawn.find("a.wav: is missing"), std::string::npos);
  EXPECT_EQ(desk.err, "busbar: warning: a.wav: is missing: find it\n");
}

TEST(PlayLoop, ATerminalThatTakesNothingHoldsNothingUp) {
  Desk desk;
  desk.terminal.screen = desk.terminal.takes_nothing = true;
  EXPECT_EQ(desk.press({"m"}).stop, PlayStop::key);
  EXPECT_EQ(desk.addresses(), std::vector<std::string>{"/master/mute"});
}

TEST(PlayLoop, WithoutAScreenOneLineSaysWhatPlaysAndForProgramsNone) {
  Desk desk;
  desk.press({});
  EXPECT_EQ(desk.out, "Playing Song on JACK:system (2 inputs, 8 outputs), 48000 Hz, blocks of 128 frames, 0:30.000\n");
  desk = Desk();
  desk.quiet = true;
  desk.press({});
  EXPECT_EQ(desk.out, "");
}

TEST(PlayLoop, CountsOfADeviceThatIsClosedAreKept) {
  Desk desk;
  desk.play.on_look = [](FakePlay& play) {
    play.now.callbacks.callbacks = play.looks < 5 ? 1000 : 0;
    if (play.looks == 5) play.now.end = PlayEnd::end_of_session;
  };
  EXPECT_EQ(desk.run().status.callbacks.callbacks, 1000u);
}

TEST(PlayReport, JsonTellsWhatItPromises) {
  PlayRun run;
  run.stop = PlayStop::device_lost;
  run.status.played_s = 1.5;
  run.status.callbacks.callbacks = 562;
  run.status.callbacks.flagged = 2;
  run.status.callbacks.longest_s = 0.0005;
  run.status.thread = {.known = true, .realtime = true, .priority = 65, .cpu_s = 0.1};
  run.status.levels = {level("kick", StripKind::track, -INFINITY), level("master", StripKind::master, -6.0)};
  run.report.landed = {{3, 24000}};
  run.errors = {{"a", "b", "c"}};
  PlayScene scene;
  scene.device = {"JACK", "system", 2, 8, 48000.0, 128};
  const std::string text = cli::to_text(cli::play_json(run, {scene, 44100.0, true}));
  for (const char* part : {"\"ended\": \"device lost\"",
                           "\"host\": \"JACK\"",
                           "\"outputs\": 8",
                           "\"block\": 128",
                           "\"session_rate\": 44100.0",
                           "\"sample_rate\": 48000.0",
                           "\"frames\": 72000",
                           "\"callbacks\": 562",
                           "\"xruns\": 2",
                           "\"longest_callback_us\": 500.0",
                           "\"p999\": ",
                           "\"late_callback_us\": 0.0",
                           "\"scheduling\": true",
                           "\"priority\": 65",
                           "\"memory_locked\": true",
                           "\"peak_dbfs\": null",
                           "\"peak_dbfs\": -6.0",
                           "\"line\": 3",
                           "\"at_s\": 0.5",
                           "\"refused_edits\": []",
                           "\"warnings\": []",
                           "\"what\": \"b\"",
                           "\"read_ahead_s\"",
                           "\"stalls\": 0"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST(PlayReport, TheSummaryListsThePeaksOfTheBusesWithTheMasterFirst) {
  PlayRun run;
  run.status.played_s = 2.0;
  run.status.callbacks.flagged = 1;
  run.status.levels = {level("kick", StripKind::track, -3.0), level("drums", StripKind::group, -8.0),
                       level("master", StripKind::master, -6.0)};
  PlayScene scene;
  scene.device = {"JACK", "system", 2, 8, 48000.0, 128};
  const std::string text = cli::summary_text(run, {scene, 48000.0, true});
  EXPECT_NE(text.find("Played 2.000 s on JACK:system, to the end\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1 xrun (the system was late, not Busbar)"), std::string::npos) << text;
  EXPECT_LT(text.find("master"), text.find("drums"));
  EXPECT_EQ(text.find("kick"), std::string::npos);
}

}  // namespace
}  // namespace busbar::test
