#include "engine/live_play.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "engine/offline_render.hpp"
#include "tests/engine/fake_device.hpp"
#include "tests/engine/session_fixture.hpp"

namespace busbar::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class Live : public SessionTest {
 protected:
  Live() {
    noise_ = write_noise("noise.wav", 8.0, 1);
    add_track(builder_, "t", "noise.wav");
    builder_.edit("master", [](Strip& s) {
      ToHardware to;
      to.channels = {1, 2};
      s.output = to;
    });
  }
  std::unique_ptr<LivePlay> open(std::function<void(PlayJob&)> change = {}) {
    PlayJob job;
    job.mixer = builder_.mixer;
    job.session = folder / "session.json";
    job.open_device = [this](const DeviceRequest& request) -> Result<std::unique_ptr<AudioDevice>> {
      world_.request = request;
      return std::unique_ptr<AudioDevice>(std::make_unique<FakeDevice>(world_));
    };
    if (change) change(job);
    return LivePlay::open(std::move(job), findings_);
  }
  std::vector<float> left() {
    const std::lock_guard lock(world_.mutex);
    return world_.played[0];
  }
  static void await(const std::function<bool()>& condition) {
    const auto deadline = Clock::now() + 20s;
    bool holds = condition();
    for (; !holds && Clock::now() < deadline; holds = condition()) std::this_thread::sleep_for(1ms);
    EXPECT_TRUE(holds);
  }
  static void set(LivePlay& play, const std::string& address, EditValue value) {
    play.post(set_at(0, address, std::move(value)).edit);
  }

  MixerBuilder builder_;
  FakeWorld world_;
  Findings findings_;
  std::vector<float> noise_;
};

TEST_F(Live, PlaysTheSamplesOfTheRenderAlsoThroughJumpsAndLoops) {
  world_.blocks = {128, 1, 1000, 64, 17, 480};
  const std::vector<TimedEdit> script{at(0.4, 1, "/transport/locate_s", 5.0),
                                      at(0.6, 2, "/t/fader_db", -6.0),
                                      at(0.8, 3, "/transport/play", false),
                                      at(1.0, 4, "/transport/play", true),
                                      at(1.2, 5, "/transport/loop", JsonText{"[5.7,5.85]"}),
                                      at(2.0, 6, "/transport/looping", false)};
  auto play = open([&](PlayJob& job) {
    job.script = script;
    job.for_s = 2.5;
  });
  ASSERT_NE(play, nullptr);
  ASSERT_TRUE(play->start());
  ASSERT_TRUE(play->wait(30.0));
  EXPECT_EQ(play->status().end, PlayEnd::time_is_up);
  const PlayReport report = play->report();
  EXPECT_TRUE(report.refused.empty());

  // The render is given each line where it landed: on a machine that is not held up, exactly where it was asked for.
  std::vector<TimedEdit> landed = script;
  for (TimedEdit& edit : landed) {
    const auto found = std::ranges::find(report.landed, edit.line, &LandedEdit::line);
    ASSERT_NE(found, report.landed.end()) << "line " << edit.line;
    EXPECT_GE(found->frame, edit.at);
    edit.at = found->frame;
  }
  RenderJob render;
  render.mixer = builder_.mixer;
  render.session = folder / "session.json";
  render.mix = folder / "mix.wav";
  render.format = FileFormat::wav32f;
  render.to_s = 2.5;
  render.script = landed;
  ASSERT_TRUE(render_offline(render).report);
  const auto expected = read_left(render.mix);
  const auto heard = left();
  ASSERT_GE(heard.size(), expected.size());
  for (std::size_t n = 0; n < expected.size(); ++n) ASSERT_EQ(heard[n], expected[n]) << n;
}

TEST_F(Live, QuitRampsToSilence) {
  auto play = open();
  ASSERT_NE(play, nullptr);
  ASSERT_TRUE(play->start());
  await([&] { return left().size() > 24000; });
  play->quit();
  ASSERT_TRUE(play->wait(5.0));
  EXPECT_EQ(play->status().end, PlayEnd::asked);
  EXPECT_TRUE(world_.stopped);
  const auto heard = left();
  ASSERT_FALSE(heard.empty());
  EXPECT_EQ(heard.back(), 0.0f);
  const auto same = std::ranges::mismatch(heard, noise_).in1 - heard.begin();  // the ramp begins there
  EXPECT_GT(same, 24000);
  for (auto n = same; n < static_cast<std::ptrdiff_t>(heard.size()); ++n) {
    const double gain = 1.0 - smoothstep(std::min(1.0, static_cast<double>(n - same) / 960.0));
    ASSERT_LE(std::fabs(heard[static_cast<std::size_t>(n)]), 0.25 * gain + 1e-6) << n - same;
  }
}

TEST_F(Live, QuitDoesNotWaitBehindAnEditThatIsPlanned) {
  auto play = open([](PlayJob& job) { job.script = {at(1.0, 1, "/t/fader_db", -1.0)}; });
  ASSERT_TRUE(play != nullptr && play->start());
  await([&] { return left().size() > 44500; });  // the edit is on its way now
  play->quit();
  ASSERT_TRUE(play->wait(5.0));
  EXPECT_EQ(left().back(), 0.0f);
}

TEST_F(Live, AKeyIsNotHeldUpByAnEditThatIsPlanned) {
  double best = 1.0;  // of a few: the machine may be held up
  for (int n = 0; n < 4 && best > 0.06; ++n) {
    world_.played.assign(4, {});
    auto play = open([](PlayJob& job) { job.script = {at(1.0, 1, "/t/pan", -0.9)}; });
    ASSERT_TRUE(play != nullptr && play->start());
    await([&] { return left().size() > 43500; });
    const std::size_t pressed = left().size();
    set(*play, "/t/mute", true);
    await([&] { return left().size() > 60000; });
    play->quit();
    ASSERT_TRUE(play->wait(5.0));
    const auto heard = left();
    std::size_t silent = heard.size();
    while (silent > 0 && heard[silent - 1] == 0.0f) --silent;
    best = std::min(best, static_cast<double>(silent - std::min(pressed, silent)) / kRate);
  }
  EXPECT_LE(best, 0.06);  // a tick, a callback and the mute's own 10 ms
}

TEST_F(Live, GoingBackInTheTailKeepsItFromEnding) {
  auto play = open([](PlayJob& job) { job.from_s = 7.9; });
  ASSERT_TRUE(play != nullptr && play->start());
  await([&] { return !play->status().levels.empty() && !play->status().rolling; });
  set(*play, "/transport/locate_s", 1.0);
  EXPECT_FALSE(play->wait(1.0));
  set(*play, "/transport/play", true);
  await([&] { return play->status().rolling && play->status().position_s > 1.05; });
}

TEST_F(Live, EndsThoughTheLoopLiesBehindIt) {
  auto play = open([](PlayJob& job) {
    job.script = {at(0.0, 1, "/transport/loop", JsonText{"[1,2]"})};
    job.from_s = 7.5;
  });
  ASSERT_TRUE(play != nullptr && play->start());
  ASSERT_TRUE(play->wait(20.0));
  EXPECT_EQ(play->status().end, PlayEnd::end_of_session);
}

TEST_F(Live, RefusesToBeginWhereNothingWouldEverCome) {
  EXPECT_EQ(open([](PlayJob& job) { job.from_s = 8.0; }), nullptr);
  ASSERT_EQ(findings_.errors.size(), 1u);
  EXPECT_THAT(to_line(findings_.errors.front()), testing::HasSubstr("8.000 s is behind the end"));
}

TEST_F(Live, SaysThatEditsWereNotReached) {
  auto play = open([](PlayJob& job) {
    job.for_s = 0.3;
    job.script = {at(0.1, 1, "/t/mute", true), at(5.0, 2, "/t/mute", false)};
  });
  ASSERT_TRUE(play != nullptr && play->start());
  ASSERT_TRUE(play->wait(20.0));
  const auto news = play->take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(to_line(news.front()), testing::HasSubstr("script:2"));
}

TEST_F(Live, TellsThatACeilingCuts) {
  builder_.edit("t", [](Strip& s) { s.trim = {12.0}; });
  builder_.edit("master", [](Strip& s) {
    ToHardware to;
    to.channels = {1, 2};
    to.ceiling = Decibels{-12.0};
    s.output = to;
  });
  auto play = open();
  ASSERT_TRUE(play != nullptr && play->start());
  await([&] { return play->status().cut_outputs == std::vector<int>{1}; });
  await([&] { return play->take_news().size() == 1; });
  const auto heard = left();
  for (const float x : heard) ASSERT_LE(std::fabs(x), 0.2511887f);
}

TEST_F(Live, PlaysOnWithoutAFileThatIsNoSound) {
  std::ofstream(folder / "broken.wav") << "this is no sound";
  add_track(builder_, "b", "broken.wav");
  auto play = open([](PlayJob& job) { job.for_s = 0.2; });
  ASSERT_NE(play, nullptr);
  EXPECT_EQ(findings_.warnings.size(), 1u);
  ASSERT_TRUE(play->start());
  ASSERT_TRUE(play->wait(20.0));
  const auto heard = left();
  for (std::size_t n = 0; n < 9000; ++n) ASSERT_EQ(heard[n], noise_[n]);
}

TEST_F(Live, KeysMoveValuesAndTheTransport) {
  auto play = open();
  ASSERT_TRUE(play != nullptr && play->start());
  set(*play, "/t/mute", true);
  await([&] { return !play->status().levels.empty() && play->status().levels.front().mute; });
  await([&] { return play->status().levels.front().peak_db[0] == kMinusInfinity.value; });
  set(*play, "/t/mute", false);
  set(*play, "/transport/play", false);
  await([&] { return !play->status().rolling; });
  set(*play, "/transport/locate_s", 3.0);
  await([&] { return play->status().position_s == 3.0; });
  set(*play, "/transport/looping", true);
  set(*play, "/transport/play", true);
  await([&] { return play->status().rolling && play->status().looping && play->status().position_s > 3.0; });
  set(*play, "/nobody/mute", true);
  await([&] {
    for (const Error& news : play->take_news())
      if (news.where == "/nobody/mute") return true;
    return false;
  });
}

TEST_F(Live, EndsWithTheSession) {
  auto play = open([](PlayJob& job) { job.from_s = 7.5; });
  ASSERT_TRUE(play != nullptr && play->start());
  ASSERT_TRUE(play->wait(30.0));
  EXPECT_EQ(play->status().end, PlayEnd::end_of_session);
  const auto heard = left();
  ASSERT_GT(heard.size(), 24000u);
  for (std::size_t n = 0; n < 24000; ++n) ASSERT_EQ(heard[n], noise_[360000 + n]);
}

TEST_F(Live, LoopsOverAllWithoutAGap) {
  auto play = open([](PlayJob& job) {
    job.from_s = 7.6;
    job.loop = true;
    job.for_s = 1.0;
  });
  ASSERT_TRUE(play != nullptr && play->start());
  ASSERT_TRUE(play->wait(30.0));
  const auto heard = left();
  const std::size_t jump = 19200;  // the end of the file
  ASSERT_GT(heard.size(), 48000u);
  for (std::size_t n = 0; n < jump; ++n) ASSERT_EQ(heard[n], noise_[364800 + n]);
  for (std::size_t n = jump; n < jump + 960; ++n) {  // behind the end of the file is silence
    const double gain = smoothstep(static_cast<double>(n - jump) / 960.0);
    ASSERT_NEAR(heard[n], gain * static_cast<double>(noise_[n - jump]), 1e-6);
  }
  for (std::size_t n = jump + 960; n < 48000; ++n) ASSERT_EQ(heard[n], noise_[n - jump]) << n;
}

TEST_F(Live, TellsOfASilentDeviceAndGoesOnWhenItComesBack) {
  auto play = open();
  ASSERT_TRUE(play != nullptr && play->start());
  await([&] { return left().size() > 12000; });
  world_.calls = false;
  await([&] { return play->status().device_silent; });
  world_.calls = true;
  await([&] { return !play->status().device_silent; });
  EXPECT_EQ(play->status().end, PlayEnd::not_yet);
  EXPECT_EQ(play->take_news().size(), 2u);
  const auto heard = left();
  for (std::size_t n = 0; n < heard.size(); ++n) ASSERT_EQ(heard[n], noise_[n]);  // nothing is lost on our side
}

TEST_F(Live, NoticesASilentDeviceWithinAHundredMilliseconds) {
  auto play = open();
  ASSERT_TRUE(play != nullptr && play->start());
  await([&] { return left().size() > 12000; });
  double best = 1.0;  // of a few: the machine may be held up
  for (int n = 0; n < 5 && best > 0.1; ++n) {
    const auto began = Clock::now();
    world_.calls = false;
    await([&] { return play->status().device_silent; });
    best = std::min(best, std::chrono::duration<double>(Clock::now() - began).count());
    world_.calls = true;
    await([&] { return !play->status().device_silent; });
  }
  EXPECT_LE(best, 0.1);
}

TEST_F(Live, ADeviceThatStaysSilentIsLostAndAbandoned) {
  auto play = open();
  ASSERT_TRUE(play != nullptr && play->start());
  await([&] { return left().size() > 12000; });
  world_.calls = false;
  ASSERT_TRUE(play->wait(10.0));
  EXPECT_EQ(play->status().end, PlayEnd::device_lost);
  EXPECT_TRUE(world_.abandoned);
  EXPECT_FALSE(world_.stopped);
}

TEST_F(Live, ADeviceThatSaysItIsGoneIsLostAtOnce) {
  auto play = open();
  ASSERT_TRUE(play != nullptr && play->start());
  await([&] { return left().size() > 12000; });
  world_.alive = false;
  ASSERT_TRUE(play->wait(10.0));
  EXPECT_EQ(play->status().end, PlayEnd::device_lost);
  EXPECT_TRUE(world_.abandoned);
  EXPECT_THAT(play->take_news().back().what, testing::HasSubstr("gone"));
}

TEST_F(Live, RunsAtTheRateOfADeviceThatHasNoOther) {
  world_.format.sample_rate = 44100.0;
  auto play = open([](PlayJob& job) {
    job.for_s = 0.5;
    job.script = {at(0.25, 1, "/t/mute", true)};
  });
  ASSERT_NE(play, nullptr);
  EXPECT_EQ(world_.request.sample_rate, 48000.0);
  EXPECT_EQ(play->session().sample_rate, 44100.0);
  ASSERT_EQ(findings_.warnings.size(), 1u);
  EXPECT_THAT(to_line(findings_.warnings.front()), testing::HasSubstr("44100"));
  ASSERT_TRUE(play->start());
  ASSERT_TRUE(play->wait(30.0));
  EXPECT_EQ(play->report().landed.front().frame, 11025);
}

TEST_F(Live, AsksForTheChannelsOfTheSessionAndWarnsOfInputsThatAreNotThere) {
  builder_.bus("cue", StripKind::cue, "");
  builder_.edit("cue", [](Strip& s) {
    ToHardware to;
    to.channels = {3, 4};
    s.output = to;
  });
  for (const int channel : {1, 5}) {
    const std::string id = "mic" + std::to_string(channel);
    builder_.tone(id, {}, "");
    builder_.edit(id, [&](Strip& s) {
      InputSource source;
      source.channels = {channel};
      s.source = source;
      s.pan = -1.0;
    });
    builder_.send(id, "cue", Tap::pre);
    builder_.edit(id, [&](Strip& s) { s.sends.back().pan = -1.0; });
  }
  auto play = open([](PlayJob& job) { job.for_s = 0.3; });
  ASSERT_NE(play, nullptr);
  EXPECT_EQ(world_.request.outputs, 4);
  EXPECT_EQ(world_.request.inputs, 5);
  ASSERT_EQ(findings_.warnings.size(), 1u);
  EXPECT_THAT(to_line(findings_.warnings.front()), testing::HasSubstr("mic5"));
  ASSERT_TRUE(play->start());
  ASSERT_TRUE(play->wait(30.0));
  for (std::size_t n = 0; n < 14000; ++n) ASSERT_EQ(world_.played[2][n], 0.25f) << n;  // the input, in its own block
}

}  // namespace
}  // namespace busbar::test
