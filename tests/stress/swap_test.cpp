#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <random>
#include <thread>

#include "engine/realtime/denormals.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

/// Tracks that never end, so that audio can run as long as a test wants.
MixerBuilder endless_console() {
  MixerBuilder builder;
  builder.bus("drums", StripKind::group).bus("fx", StripKind::aux).bus("cue1", StripKind::cue, "");
  for (const char* id : {"a", "b", "c", "d"}) {
    builder.tone(id, {.wave = Wave::white, .hz = 0.0, .level = {-20.0}, .extras = {}}, "drums");
    builder.insert(id, slot("lc", "low_cut")).send(id, "cue1", Tap::pre);
  }
  builder.insert("fx", slot("u", "utility", {{"latency_samples", 100.0}}));
  return builder;
}

/// Renders on a thread of its own until told to stop; remembers whether all was finite and within bounds.
class AudioThread {
 public:
  explicit AudioThread(BlockRenderer& renderer) : renderer_(renderer), thread_([this] { run(); }) {}
  ~AudioThread() { stop(); }
  void stop() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
  }
  bool sound() const { return sound_; }
  std::int64_t blocks() const { return blocks_; }

 private:
  void run() {
    const DenormalsOff denormals_off;
    std::array<std::array<float, 256>, 2> out{};
    std::array<float*, 2> outputs{out[0].data(), out[1].data()};
    std::mt19937 random(7);
    while (!done_) {
      const int frames = static_cast<int>(random() % 256) + 1;
      renderer_.render({.inputs = {}, .outputs = outputs, .frames = frames});
      for (int i = 0; i < frames; ++i) sound_ = sound_ && std::fabs(out[0][static_cast<std::size_t>(i)]) < 100.0f;
      ++blocks_;
    }
  }
  BlockRenderer& renderer_;
  std::atomic<bool> done_{false};
  std::atomic<bool> sound_{true};
  std::atomic<std::int64_t> blocks_{0};
  std::thread thread_;
};

MixerBuilder to_hardware(MixerBuilder builder) {
  builder.edit("master", [](Strip& s) { s.output = ToHardware{.channels = {1, 2}, .ceiling = {}, .extras = {}}; });
  return builder;
}

TEST(Stress, EditsFromControlWhileAudioRuns) {
  Console console(to_hardware(endless_console()));
  AudioThread audio(console.renderer());
  std::mt19937 random(3);
  int full = 0, landed = 0;
  for (int n = 0; n < 20000; ++n) {
    const std::string id(1, "abcd"[random() % 4]);
    const double level = -60.0 + static_cast<double>(random() % 700) / 10.0;
    const std::array edits{set_at(0, "/" + id + "/fader_db", level),
                           set_at(0, "/" + id + "/mute", random() % 2 == 0),
                           set_at(0, "/" + id + "/inserts/lc/corner_hz", 20.0 + static_cast<double>(random() % 380)),
                           set_at(0, "/" + id + "/inserts/lc/bypass", random() % 2 == 0),
                           set_at(0, "/" + id + "/sends/cue1/level_db", level),
                           set_at(0, "/" + id + "/solo", random() % 2 == 0)};
    ASSERT_TRUE(console.control().edit(edits[random() % edits.size()].edit));
    if (!console.control().send(0)) {
      ++full;
      std::this_thread::yield();
    }
    for (const Event& event : console.control().tend()) landed += event.kind == Event::Kind::batch_landed ? 1 : 0;
  }
  audio.stop();
  EXPECT_TRUE(audio.sound());
  EXPECT_GT(landed, 0);
  EXPECT_LT(full, 20000);
}

TEST(Stress, PlansSwapWhileAudioRunsAndWhatHasFadedOutIsGivenBack) {
  Console console(to_hardware(endless_console()), edit_parts);
  {
    AudioThread audio(console.renderer());
    for (int n = 0; n < 3000; ++n) {
      const bool add_them = n % 2 == 0;
      const auto edit = [&](const std::string& address, const std::string& json) {
        ASSERT_TRUE(console.control().edit(add_them ? add(address, json) : remove(address)));
      };
      edit("/a/sends/fx", R"({"tap": "post"})");
      edit("/b/inserts/late", R"({"type": "utility", "params": {"latency_samples": 30}})");
      while (!console.control().send(kAtOnce)) {
        console.control().tend();
        std::this_thread::yield();
      }
      console.control().tend();
    }
    for (int n = 0; n < 20000 && console.control().in_passage(); ++n) {
      console.control().tend();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    audio.stop();
    EXPECT_TRUE(audio.sound());
  }
  EXPECT_FALSE(console.control().in_passage());
}

}  // namespace
}  // namespace busbar::test
