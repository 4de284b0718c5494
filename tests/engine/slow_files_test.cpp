#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <thread>

#include "engine/live_play.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/engine/fake_device.hpp"
#include "tests/engine/session_fixture.hpp"
#include "tests/support/slow_read.h"

namespace busbar::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kEver = "0:1000";  // the first read of a file does not come back

/// A show that plays, and files whose disk does not answer.
class SlowFiles : public SessionTest {
 protected:
  SlowFiles() {
    write_noise("noise.wav", 60.0, 1);
    write_noise("slow.wav", 60.0, 2);
    add_track(builder_, "t", "noise.wav");
    builder_.bus("room", StripKind::aux);
    builder_.edit("master", [](Strip& s) { s.output = ToHardware{.channels = {1, 2}, .ceiling = {}, .extras = {}}; });
    builder_.mixer.transport.emplace();
  }
  ~SlowFiles() override { answer(); }

  void start(const std::function<void(PlayJob&)>& change = {}) {
    PlayJob job;
    job.mixer = builder_.mixer;
    job.session = folder / "session.json";
    job.edit_parts = edit_parts;
    job.record = true;
    job.on_edit = [this](const Edit& edit, const Mixer& after) {
      const std::lock_guard lock(mutex_);
      made_.push_back(edit.address.empty() ? "undo" : edit.address);
      mixer_ = after;
    };
    job.open_device = [this](const DeviceRequest&) -> Result<std::unique_ptr<AudioDevice>> {
      return std::unique_ptr<AudioDevice>(std::make_unique<FakeDevice>(world_));
    };
    if (change) change(job);
    Findings findings;
    play_ = LivePlay::open(std::move(job), findings);
    ASSERT_TRUE(play_ != nullptr && play_->start());
    await([&] { return play_->status().played_s > 0.2; });
  }

  static void await(const std::function<bool()>& condition) {
    const auto deadline = Clock::now() + 120s;
    bool holds = condition();
    for (; !holds && Clock::now() < deadline; holds = condition()) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(holds);
  }
  void answer() { slow_read_plan(nullptr, nullptr); }
  /// The file of a new track hangs from here on.
  void add_what_hangs() {
    slow_read_plan((folder / "slow.wav").c_str(), kEver);
    play_->post(add("/n", R"({"source": {"type": "wav", "clips": [{"file": "slow.wav"}]}})"));
    await([] { return slow_read_waiting() == 1; });
  }
  std::vector<std::string> made() {
    const std::lock_guard lock(mutex_);
    return made_;
  }
  bool has_made(const std::string& address) { return std::ranges::count(made(), address) > 0; }
  Mixer mixer() {
    const std::lock_guard lock(mutex_);
    return mixer_;
  }
  /// News up to one that has the words in it.
  void await_news(const std::string& words) {
    std::string seen;
    await([&] {
      for (const Error& news : play_->take_news()) seen += to_line(news) + "\n";
      return seen.find(words) != std::string::npos;
    });
    EXPECT_THAT(seen, HasSubstr(words));
  }
  double seconds_until_made(const Edit& edit) {
    const std::size_t before = made().size();
    const auto began = Clock::now();
    play_->post(edit);
    await([&] { return made().size() > before; });
    return std::chrono::duration<double>(Clock::now() - began).count();
  }

  MixerBuilder builder_;
  FakeWorld world_;
  std::mutex mutex_;
  std::vector<std::string> made_;
  Mixer mixer_;
  std::unique_ptr<LivePlay> play_;
};

TEST_F(SlowFiles, HoldUpOnlyTheEditThatNeedsThem) {
  start();
  add_what_hangs();
  double best = 1.0;  // of a few: the machine may be held up
  for (int n = 0; n < 10; ++n) best = std::min(best, seconds_until_made(set("/t/mute", n % 2 == 0)));
  EXPECT_LE(best, 0.05);
  play_->post(set("/transport/locate_s", 30.0));
  await([&] { return play_->status().position_s > 30.0; });
  await_news("slow.wav: the disk has not answered for 1.");
  EXPECT_FALSE(has_made("/n"));
  answer();
  await([&] { return has_made("/n"); });
  await([&] {
    const auto levels = play_->status().levels;
    const auto n = std::ranges::find(levels, "n", &StripLevel::id);
    return n != levels.end() && n->peak_db[0] > -30.0;
  });
  std::vector<std::string> recorded;
  await([&] {
    for (const TimedEdit& edit : play_->take_record()) recorded.push_back(edit.edit.address);
    return std::ranges::count(recorded, "/n") == 1;
  });
  const auto locate = std::ranges::find(recorded, "/transport/locate_s");
  EXPECT_EQ(std::count(recorded.begin(), locate, "/t/mute"), 10);
  EXPECT_EQ(std::count(recorded.begin(), locate, "/n"), 0);
}

TEST_F(SlowFiles, KeepNobodyFromQuitting) {
  start();
  add_what_hangs();
  const auto began = Clock::now();
  play_->quit();
  ASSERT_TRUE(play_->wait(10.0));
  await_news("edit /n: the play ended before the file that it waited for came");
  play_.reset();
  EXPECT_LE(Clock::now() - began, 5s) << "it does not wait for the disk";
  EXPECT_EQ(slow_read_waiting(), 1);
  EXPECT_FALSE(has_made("/n"));
}

TEST_F(SlowFiles, WhatLeansOnAnEditThatWaitsStaysBehindIt) {
  start();
  add_what_hangs();
  play_->post(set("/n/fader_db", -6.0));
  play_->post(set("/n/fader_db", -7.0));  // the newer of two that wait together
  play_->post(add("/n/sends/room", R"({"level_db": -12})"));
  play_->post(set("/n/sends/room/level_db", -20.0));
  play_->post(add("/t/sends/room", R"({"level_db": -12})"));
  play_->post(set("/t/sends/room/level_db", -20.0));
  play_->post(set("/t/fader_db", -3.0));
  await([&] { return has_made("/t/fader_db"); });
  Edit undo;
  undo.op = EditOp::undo;
  play_->post(undo);
  play_->post(set("/n/pan", 0.5));
  std::this_thread::sleep_for(700ms);  // an undo waits as long as nothing behind it could go on without it
  EXPECT_THAT(made(), ElementsAre("/t/fader_db"));
  answer();
  await([&] { return has_made("/n/pan"); });
  EXPECT_THAT(made(), ElementsAre("/t/fader_db", "/n", "/n/fader_db", "/n/sends/room", "/n/sends/room/level_db",
                                  "/t/sends/room", "/t/sends/room/level_db", "undo", "/n/pan"));
  EXPECT_EQ(mixer().find("n")->fader.value, -7.0);
  EXPECT_EQ(mixer().find("n")->sends.front().level.value, -20.0);
  EXPECT_EQ(mixer().find("t")->sends.front().level.value, -12.0);
  EXPECT_THAT(play_->take_news(), testing::IsEmpty());
}

TEST_F(SlowFiles, AnUndoBehindThemGivesWayToValues) {
  start();
  add_what_hangs();
  Edit undo;
  undo.op = EditOp::undo;
  play_->post(undo);
  play_->post(set("/t/mute", true));
  await([&] { return has_made("/t/mute"); });
  await_news("undo: a file is awaited first, " + (folder / "slow.wav").string());
  answer();
  await([&] { return has_made("/n"); });
  EXPECT_TRUE(mixer().find("t")->mute) << "no other step was undone in its place";
}

TEST_F(SlowFiles, WhatAnUndoBringsBackComesLateRatherThanHoldUpAFader) {
  start();
  slow_read_plan((folder / "slow.wav").c_str(), "every:0");
  play_->post(add("/n", R"({"source": {"type": "wav", "clips": [{"file": "slow.wav"}]}})"));
  await([&] { return has_made("/n"); });
  play_->post(remove("/n"));
  await([&] { return mixer().find("n") == nullptr; });
  std::this_thread::sleep_for(200ms);  // nothing of it is read any more
  play_->post(set("/transport/locate_s", 40.0));
  await([&] { return play_->status().position_s > 40.0; });
  slow_read_plan((folder / "slow.wav").c_str(), kEver);
  Edit undo;
  undo.op = EditOp::undo;
  play_->post(undo);
  play_->post(set("/t/mute", true));
  await([&] { return has_made("/t/mute"); });
  EXPECT_NE(mixer().find("n"), nullptr);
  await([] { return slow_read_waiting() == 1; });
  answer();
  await([&] { return play_->status().read_ahead_s > 1.0; });
}

TEST_F(SlowFiles, ThatAreMissingOrUnfitAreToldOfAsEver) {
  start();
  play_->post(add("/gone", R"({"source": {"type": "wav", "clips": [{"file": "gone.wav"}]}})"));
  await_news("gone.wav (track 'gone'): there is no such file");
  await([&] { return has_made("/gone"); });
  play_->post(add("/wide", R"({"source": {"type": "wav", "clips": [{"file": "slow.wav", "channels": [2]}]}})"));
  await_news("/wide: " + (folder / "slow.wav").string() + " (track 'wide'): has no channel 2");
  EXPECT_FALSE(has_made("/wide"));
}

TEST_F(SlowFiles, MakeTheQueueBusyBehindThemAndLoseNothing) {
  start();
  add_what_hangs();
  int taken = 0;
  const auto post_route = [&] { return play_->post(set("/t/output", "master")) == EditQueue::Answer::taken; };
  for (bool is_full = false; !is_full;) {
    while (post_route()) ++taken;
    std::this_thread::sleep_for(50ms);  // whoever takes from the queue has done so by then
    is_full = !post_route();
    if (!is_full) ++taken;
  }
  EXPECT_GE(taken, 4096);
  answer();
  await([&] { return std::ranges::count(made(), "/t/output") == taken; });
  EXPECT_EQ(made().front(), "/n");
}

TEST_F(SlowFiles, HoldUpOnlyTheirLinesOfAScript) {
  slow_read_plan((folder / "slow.wav").c_str(), kEver);
  start([](PlayJob& job) {
    const JsonText track{R"({"source": {"type": "wav", "clips": [{"file": "slow.wav"}]}})"};
    job.script = {at(0.5, 1, "/t/pan", 0.5), at(0.5, 2, "/n", track), at(0.5, 3, "/n/fader_db", -6.0),
                  at(1.0, 4, "/t/mute", true)};
    job.script[1].edit.op = EditOp::add;
  });
  await([&] { return play_->report().landed.size() == 2; });
  EXPECT_EQ(slow_read_waiting(), 1);
  EXPECT_EQ(play_->report().landed.front().line, 1);
  EXPECT_EQ(play_->report().landed.back().line, 4);
  EXPECT_LT(play_->report().landed.back().frame, 48000 + 24000);
  answer();
  await([&] { return play_->report().landed.size() == 4; });
  EXPECT_EQ(mixer().find("n")->fader.value, -6.0);
}

TEST_F(SlowFiles, AScriptAddsATrackAtItsFrameIfTheDiskIsQuick) {
  start([](PlayJob& job) {
    job.script = {at(1.0, 1, "/t/pan", 0.5),
                  at(1.0, 2, "/n", JsonText{R"({"source": {"type": "wav", "clips": [{"file": "slow.wav"}]}})"}),
                  at(1.0, 3, "/n/fader_db", -6.0), at(1.01, 4, "/t/mute", true)};
    job.script[1].edit.op = EditOp::add;
  });
  await([&] { return play_->report().landed.size() == 4; });
  EXPECT_THAT(made(), ElementsAre("/t/pan", "/n", "/n/fader_db", "/t/mute"));
  for (const LandedEdit& landed : play_->report().landed) EXPECT_LT(landed.frame, 48000 + 24000);
}

}  // namespace
}  // namespace busbar::test
