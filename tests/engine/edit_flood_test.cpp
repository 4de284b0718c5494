#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "engine/live_play.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/engine/fake_device.hpp"
#include "tests/engine/session_fixture.hpp"

namespace busbar::test {
namespace {

using namespace std::chrono_literals;

constexpr int kHands = 4;
constexpr int kEdits = 25000;  // of each hand

/// Four strips that hands play with, and a cue that hears another one.
class Flood : public SessionTest {
 protected:
  Flood() {
    write_noise("noise.wav", 20.0, 1);
    add_track(builder_, "still", "noise.wav");
    builder_.bus("room", StripKind::aux).bus("ears", StripKind::cue, "").send("still", "ears", Tap::pre);
    for (int hand = 0; hand < kHands; ++hand)
      builder_.tone(strip(hand), {.hz = 100.0 * (hand + 2), .level = {-30.0}, .extras = {}});
    builder_.edit("master", [](Strip& s) { s.output = ToHardware{.channels = {1, 2}, .ceiling = {}, .extras = {}}; });
    builder_.edit("ears", [](Strip& s) { s.output = ToHardware{.channels = {3, 4}, .ceiling = {}, .extras = {}}; });
    builder_.mixer.transport.emplace();
  }
  static std::string strip(int hand) { return "hand" + std::to_string(hand); }

  std::unique_ptr<LivePlay> open(FakeWorld& world) {
    PlayJob job;
    job.mixer = builder_.mixer;
    job.session = folder / "session.json";
    job.edit_parts = edit_parts;
    job.on_edit = [this](const Edit&, const Mixer& after) {
      const std::lock_guard lock(mutex_);
      mixer_ = after;
    };
    job.open_device = [&world](const DeviceRequest&) -> Result<std::unique_ptr<AudioDevice>> {
      return std::unique_ptr<AudioDevice>(std::make_unique<FakeDevice>(world));
    };
    Findings findings;
    return LivePlay::open(std::move(job), findings);
  }

  /// Sends until the edit is taken.
  void post(LivePlay& play, const Edit& edit) {
    while (play.post(edit) == EditQueue::Answer::busy) {
      ++busy_;
      std::this_thread::yield();
    }
  }

  /// Values that nobody waits for, and between them edits that lean on the one before: one that is lost or done twice
  /// makes the next one be refused.
  void flood(LivePlay& play, int hand) {
    const std::string at = "/" + strip(hand);
    bool has_send = false, has_insert = false;
    int markers = 0;
    for (int n = 0; n < kEdits; ++n) {
      switch (n % 250) {
        case 7:
        case 57:
        case 107:
          post(play, has_send ? remove(at + "/sends/room") : add(at + "/sends/room", R"({"level_db": -12})"));
          has_send = !has_send;
          break;
        case 15:
        case 65:
        case 165:
          post(play, has_insert ? remove(at + "/inserts/cut") : add(at + "/inserts/cut", R"({"type": "low_cut"})"));
          has_insert = !has_insert;
          break;
        case 20:
          post(play, add("/transport/markers",
                         "{\"at_s\": 1, \"name\": \"" + strip(hand) + " " + std::to_string(markers++) + "\"}"));
          break;
        default:
          post(play, set(at + "/fader_db", -20.0 - static_cast<double>(n) / kEdits));
      }
    }
    post(play, set(at + "/fader_db", -5.0 - hand));
    post(play, set(at + "/pan", 0.1 * hand));
  }

  Mixer mixer() {
    const std::lock_guard lock(mutex_);
    return mixer_;
  }
  static std::vector<float> heard(FakeWorld& world, std::size_t channel) {
    const std::lock_guard lock(world.mutex);
    return world.played[channel];
  }

  MixerBuilder builder_;
  std::mutex mutex_;
  Mixer mixer_;
  std::atomic<int> busy_{0};
};

TEST_F(Flood, LosesNoEditAndTouchesNoOtherSound) {
  FakeWorld world, still;
  auto play = open(world);
  ASSERT_TRUE(play != nullptr && play->start());
  std::vector<std::thread> hands;
  for (int hand = 0; hand < kHands; ++hand) hands.emplace_back([&, hand] { flood(*play, hand); });
  for (std::thread& hand : hands) hand.join();
  post(*play, set("/session/name", "done"));
  const auto deadline = std::chrono::steady_clock::now() + 120s;
  while (mixer().name != "done" && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  ASSERT_EQ(mixer().name, "done");
  // That a busy machine kept the device waiting is no fault of the edits.
  for (const Error& news : play->take_news())
    if (!news.where.starts_with("device")) ADD_FAILURE() << to_line(news);
  const std::size_t played = heard(world, 2).size();
  play->quit();
  ASSERT_TRUE(play->wait(10.0));

  const Mixer after = mixer();
  for (int hand = 0; hand < kHands; ++hand) {
    EXPECT_EQ(after.find(strip(hand))->fader.value, -5.0 - hand);
    EXPECT_EQ(after.find(strip(hand))->pan, 0.1 * hand);
    int next = 0;  // its markers are all there, once, in their order
    for (const Marker& marker : after.transport->markers) {
      if (marker.name.starts_with(strip(hand) + " ")) {
        EXPECT_EQ(marker.name, strip(hand) + " " + std::to_string(next++));
      }
    }
    EXPECT_EQ(next, kEdits / 250);
  }

  auto alone = open(still);
  ASSERT_TRUE(alone != nullptr && alone->start());
  const std::size_t compared = std::min<std::size_t>(played, 3 * 48000);
  while (heard(still, 2).size() < compared) std::this_thread::sleep_for(5ms);
  alone->quit();
  ASSERT_TRUE(alone->wait(10.0));
  const auto with = heard(world, 2), without = heard(still, 2);
  ASSERT_GT(compared, 4800U);
  RecordProperty("busy", busy_);
  EXPECT_EQ(std::memcmp(with.data(), without.data(), compared * sizeof(float)), 0);
  EXPECT_GT(*std::ranges::max_element(with), 0.05f);
  EXPECT_NE(heard(world, 0), heard(still, 0));
}

}  // namespace
}  // namespace busbar::test
