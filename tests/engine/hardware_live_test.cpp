// Gear on a device: a press of its ping sets the latency, and a run with it can be rendered again.
#include <gmock/gmock.h>

#include "engine/hardware_watch.hpp"
#include "engine/live_play.hpp"
#include "engine/offline_render.hpp"
#include "engine/play_checks.hpp"
#include "sessions/edit_line.hpp"
#include "sessions/edit_script.hpp"
#include "tests/engine/fake_device.hpp"
#include "tests/engine/hardware_loop.hpp"
#include "tests/engine/session_fixture.hpp"

namespace busbar::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class HardwareLive : public SessionTest {
 protected:
  HardwareLive() {
    write_noise("a.wav", 8.0, 1);
    for (const char* id : {"wet", "dry"}) add_track(builder_, id, "a.wav");
    builder_.insert("wet", mono_gear(0.0));
    builder_.edit("dry", [](Strip& s) { s.polarity = true; });
    builder_.edit("master", [](Strip& s) {
      ToHardware to;
      to.channels = {1, 2};
      to.ceiling = Decibels{std::numeric_limits<double>::infinity()};
      s.output = to;
    });
    // What went to output 3 comes back on input 1. Only the device's own thread writes what was played.
    world_.says = [this](int channel, Frames frame) {
      return channel == 0 && frame >= kWay ? world_.played[2][static_cast<std::size_t>(frame - kWay)] : 0.0f;
    };
  }

  std::unique_ptr<LivePlay> open(const std::function<void(PlayJob&)>& change = {}) {
    PlayJob job;
    job.mixer = builder_.mixer;
    job.session = folder / "session.json";
    job.edit_parts = edit_parts;
    job.record = true;
    job.record_inputs = folder / "inputs";
    job.on_edit = [this](const Edit&, const Mixer& after) {
      const std::lock_guard lock(mutex_);
      mixer_ = after;
    };
    job.open_device = [this](const DeviceRequest& request) -> Result<std::unique_ptr<AudioDevice>> {
      world_.request = request;
      return std::unique_ptr<AudioDevice>(std::make_unique<FakeDevice>(world_));
    };
    if (change) change(job);
    return LivePlay::open(std::move(job), findings_);
  }

  void ping(LivePlay& play) { play.post(set("/wet/inserts/hw/ping", true)); }

  /// Waits until the button has come up again by itself.
  bool await_answer() {
    for (int n = 0; n < 4000; ++n) {
      {
        const std::lock_guard lock(mutex_);
        if (mixer_ && !hardware_uses(*mixer_)[0].pings) return true;
      }
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }

  std::vector<std::string> news(LivePlay& play) {
    std::vector<std::string> lines;
    for (const Error& error : play.take_news()) lines.push_back(to_line(error));
    return lines;
  }

  std::vector<float> left() {
    const std::lock_guard lock(world_.mutex);
    return world_.played[0];
  }

  static constexpr Frames kWay = 700;
  MixerBuilder builder_;
  FakeWorld world_;
  Findings findings_;
  std::mutex mutex_;
  std::optional<Mixer> mixer_;
};

TEST_F(HardwareLive, PingSetsTheLatencyAndTheRunCanBeRenderedAgain) {
  auto play = open();
  ASSERT_NE(play, nullptr);
  EXPECT_EQ(world_.request.wished_outputs, 3);
  EXPECT_EQ(world_.request.inputs, 1);
  ASSERT_TRUE(play->start());
  std::this_thread::sleep_for(300ms);
  ping(*play);
  ASSERT_TRUE(await_answer());
  std::this_thread::sleep_for(500ms);
  const std::size_t frames = left().size();
  play->quit();
  ASSERT_TRUE(play->wait(20.0));
  EXPECT_THAT(play->take_found(), ::testing::ElementsAre("wet/hw: 700 frames (14.58 ms) there and back"));
  EXPECT_THAT(news(*play), ::testing::Not(::testing::Contains(::testing::HasSubstr("there and back"))));
  EXPECT_EQ(hardware_uses(*mixer_)[0].latency, kWay);
  const auto heard = left();
  EXPECT_EQ(peak({heard.begin() + static_cast<std::ptrdiff_t>(frames) - 9600,
                  heard.begin() + static_cast<std::ptrdiff_t>(frames)}),
            0.0)
      << "wet and dry meet to the sample";
  EXPECT_GT(peak({heard.begin(), heard.begin() + 9600}), 0.1) << "as they did not before";

  ASSERT_TRUE(play->finish_inputs().empty());
  std::string text;
  for (const TimedEdit& edit : play->take_record()) text += write_edit_line(edit) + "\n";
  EXPECT_THAT(text, HasSubstr("latency_samples"));
  EditScript script = read_edit_script_text(text, kRate);
  ASSERT_TRUE(script.errors.empty());
  RenderJob render;
  render.mixer = builder_.mixer;
  render.session = folder / "session.json";
  render.mix = folder / "mix.wav";
  render.format = FileFormat::wav32f;
  render.to_s = static_cast<double>(frames) / kRate;
  render.script = std::move(script.edits);
  render.edit_parts = edit_parts;
  render.inputs = folder / "inputs";
  const RenderResult result = render_offline(render);
  ASSERT_TRUE(result.report);
  const auto again = read_left(render.mix);
  ASSERT_GE(again.size(), frames);
  for (std::size_t n = 0; n < frames; ++n) ASSERT_EQ(heard[n], again[n]) << n << " of " << frames << '\n' << text;
}

TEST_F(HardwareLive, PingThatIsNotHeardSaysWhatToLookAt) {
  world_.says = [](int, Frames) { return 0.0f; };
  builder_.mixer.io.emplace().inputs[1] = "Plate";
  auto play = open();
  ASSERT_NE(play, nullptr);
  ASSERT_TRUE(play->start());
  ping(*play);
  ASSERT_TRUE(await_answer());
  play->quit();
  ASSERT_TRUE(play->wait(20.0));
  EXPECT_THAT(news(*play), ::testing::Contains(HasSubstr("did not come back through hardware input 1 Plate")));
  EXPECT_EQ(hardware_uses(*mixer_)[0].latency, 0);
}

TEST_F(HardwareLive, ChannelsThatTheDeviceLacksAreAWarning) {
  builder_.edit("dry", [](Strip& s) {
    s.inserts.push_back(slot("far", "hardware_insert", {{"send_left", 9.0}, {"return_left", 12.0}}));
  });
  auto play = open();
  ASSERT_NE(play, nullptr) << to_line(findings_.errors.front());
  std::string warnings;
  for (const Error& warning : findings_.warnings) warnings += to_line(warning) + "\n";
  EXPECT_THAT(warnings, HasSubstr("hardware insert 'dry/far': hardware output 9 is not there: Fake:desk has outputs 1 "
                                  "to 4: it passes its input"));
  ASSERT_TRUE(play->start());
  play->post(set("/wet/inserts/hw/return_left", 5.0));
  std::vector<std::string> told;
  for (int n = 0; n < 2000 && told.empty(); ++n) {
    told = news(*play);
    std::this_thread::sleep_for(5ms);
  }
  EXPECT_THAT(told, ::testing::Contains(HasSubstr("'wet/hw': hardware input 5 is not there")));
  play->quit();
  ASSERT_TRUE(play->wait(20.0));
}

TEST_F(HardwareLive, RenderWithoutRecordedInputsSaysThatTheGearIsNotHeard) {
  RenderJob render;
  render.mixer = builder_.mixer;
  render.session = folder / "session.json";
  render.mix = folder / "mix.wav";
  render.format = FileFormat::wav32f;
  render.to_s = 0.5;
  const RenderResult result = render_offline(render);
  ASSERT_TRUE(result.report);
  std::string warnings;
  for (const Error& warning : result.report->warnings) warnings += to_line(warning) + "\n";
  EXPECT_THAT(warnings, HasSubstr("hardware insert 'wet/hw': a render does not hear the gear"));
  const auto mix = read_left(render.mix);
  EXPECT_EQ(peak({mix.begin(), mix.end()}), 0.0);
}

}  // namespace
}  // namespace busbar::test
