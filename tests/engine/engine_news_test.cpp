#include <limits>

#include "engine/devices/offline_device.hpp"
#include "engine/engine.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/engine/session_fixture.hpp"

namespace busbar::test {
namespace {

/// What a person is told while a session plays.
class EngineNews : public SessionTest {
 protected:
  /// A recording with a sample in it that is no number.
  void write_broken(const std::string& name) const {
    write_noise(name, 0.5, 1);
    std::fstream file(folder / name, std::ios::in | std::ios::out | std::ios::binary);
    const float broken = std::numeric_limits<float>::quiet_NaN();
    file.seekp(-4000, std::ios::end);
    file.write(reinterpret_cast<const char*>(&broken), sizeof broken);
  }
  std::unique_ptr<Engine> open(const MixerBuilder& builder) const {
    EngineOptions options;
    options.sources.folder = folder;
    options.edit_parts = edit_parts;
    Findings findings;
    return Engine::open(builder.mixer, options, findings);
  }
  /// Plays on, and gathers what is told of samples and of the news itself: a file may well come late here.
  std::vector<std::string> play(Engine& engine, double seconds) {
    std::vector<std::string> told;
    OfflineDevice device(engine);
    for (Frames left = to_frames(seconds, kRate); left > 0; left -= 480) {
      EXPECT_TRUE(engine.wait_for_data(480));
      device.run(480);
      const std::vector<Event> events = engine.take_events();
      for (const Event& event : events)
        if (event.kind == Event::Kind::bad_source) numbers_.push_back(event.number);
      for (const Error& problem : engine.take_problems(events))
        if (problem.what.find("came late") == std::string::npos) told.push_back(to_line(problem));
    }
    return told;
  }

  std::vector<std::uint64_t> numbers_;  // of the strips with bad samples
};

TEST_F(EngineNews, TheFirstFaultOfANewTrackIsToldThoughItsNumberWasAnothers) {
  write_broken("broken.wav");
  MixerBuilder builder;
  add_track(builder, "old", "broken.wav");
  const auto engine = open(builder);
  ASSERT_NE(engine, nullptr);
  const auto first = play(*engine, 1.0);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_NE(first[0].find("'old'"), std::string::npos) << first[0];
  ASSERT_TRUE(engine->control().edit(remove("/old")));
  ASSERT_TRUE(engine->control().send(kAtOnce));
  EXPECT_TRUE(play(*engine, 12.0).empty());
  ASSERT_TRUE(engine->control().edit(
      add("/new", R"({"source": {"type": "wav", "clips": [{"file": "broken.wav", "start_s": 13.5}]}})")));
  ASSERT_TRUE(engine->control().send(kAtOnce));
  const auto second = play(*engine, 2.0);
  ASSERT_EQ(second.size(), 1u) << second.back();
  EXPECT_NE(second[0].find("'new'"), std::string::npos) << second[0];
  ASSERT_EQ(numbers_.size(), 2u);
  EXPECT_EQ(numbers_[0], numbers_[1]) << "else this tests nothing";
}

TEST_F(EngineNews, ThatNewsWasLostIsToldOnce) {
  const auto engine = open(MixerBuilder{});
  ASSERT_NE(engine, nullptr);
  for (int i = 0; i < 40000; ++i)
    engine->control().handover().events.tell({.kind = Event::Kind::rejoined, .number = 0});
  const auto told = play(*engine, 0.1);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("news of the sound was lost"), std::string::npos) << told[0];
}

}  // namespace
}  // namespace busbar::test
