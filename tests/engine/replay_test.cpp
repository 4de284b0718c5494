// A run that is written down and rendered again sounds the same, whatever hands, disks and jumps did in it.
#include <gmock/gmock.h>

#include "engine/live_play.hpp"
#include "engine/offline_render.hpp"
#include "sessions/edit_line.hpp"
#include "sessions/edit_parts.hpp"
#include "sessions/edit_script.hpp"
#include "tests/engine/fake_device.hpp"
#include "tests/engine/session_fixture.hpp"

namespace busbar::test {
namespace {

using namespace std::chrono_literals;

/// What a hand may do next: everything that an address can name, now and then what is refused.
class Hand {
 public:
  explicit Hand(unsigned seed) : random_(seed) {}

  Edit next() {
    const std::string track = pick({"a", "b", "c"});
    switch (random_() % 24) {
      case 0:
      case 1:
      case 2:
        return set("/" + track + "/fader_db", level());
      case 3:
        return set("/" + track + "/pan", std::uniform_real_distribution(-1.0, 1.0)(random_));
      case 4:
        return set("/" + track + "/mute", coin());
      case 5:
        return set("/" + track + "/solo", coin());
      case 6:
        return set("/" + track + "/output", std::string(pick({"band", "master", "none"})));
      case 7:
        return add("/" + track + "/sends/room", R"({"level_db": -10})");
      case 8:
        return remove("/" + track + "/sends/room");
      case 9:
        return add("/band/inserts/extra", pick({R"({"type": "compressor"})", R"({"type": "reverb"})",
                                                R"({"type": "low_cut", "params": {"corner_hz": 300}})"}));
      case 10:
        return remove("/band/inserts/extra");
      case 11:
        return set("/band/inserts/glue/bypass", coin());
      case 12:
        return set("/band/inserts/glue/threshold_db", level());
      case 13:
      case 14:
        return step(EditOp::undo);
      case 15:
        return step(EditOp::redo);
      case 16:
        return set("/scene/quiet/recall", true);
      case 17:
        return set("/transport/locate_s", std::uniform_real_distribution(0.0, 12.0)(random_));
      case 18:
        return set("/transport/play", random_() % 4 != 0);
      case 19:
        return set("/transport/loop", JsonText{pick({"[1, 1.15]", "[2, 3.5]", "[0.5, 9]"})});
      case 20:
        return set("/transport/looping", coin());
      case 21:
        return remove(pick({"/c", "/room", "/band"}));
      case 22:
        return set("/vca/all/fader_db", level());
      default:
        return set("/transport/play", true);
    }
  }

 private:
  const char* pick(const std::vector<const char*>& of) { return of[random_() % of.size()]; }
  bool coin() { return random_() % 2 == 0; }
  double level() { return std::uniform_real_distribution(-30.0, 0.0)(random_); }
  static Edit step(EditOp op) {
    Edit edit;
    edit.op = op;
    return edit;
  }
  std::mt19937 random_;
};

class Replay : public SessionTest {
 protected:
  Replay() {
    for (const char* id : {"a", "b", "c"}) {
      write_noise(std::string(id) + ".wav", 14.0, static_cast<unsigned>(*id));
      add_track(builder_, id, std::string(id) + ".wav");
    }
    builder_.bus("band", StripKind::group).bus("room", StripKind::aux).bus("cue", StripKind::cue, "");
    builder_.insert("band", slot("glue", "compressor")).insert("room", slot("verb", "reverb"));
    for (const char* id : {"a", "b"}) {
      builder_.edit(id, [](Strip& s) { s.output = ToBus{"band"}; });
      builder_.send(id, "cue", Tap::pre, -3.0).send(id, "room", Tap::post, -12.0);
    }
    for (const auto& [id, first] : {std::pair("master", 1), std::pair("cue", 3)})
      builder_.edit(id, [first = first](Strip& s) {
        ToHardware to;
        to.channels = {first, first + 1};
        to.ceiling = Decibels{std::numeric_limits<double>::infinity()};
        s.output = to;
      });
    Vca all;
    all.id = "all";
    all.members = {"a", "b", "c"};
    builder_.mixer.vcas.push_back(all);
    Scene quiet;
    quiet.id = "quiet";
    quiet.fade_s = 0.1;
    quiet.values = SharedText(R"({"a": {"fader_db": -9}})");
    builder_.mixer.scenes.push_back(quiet);
  }

  /// Plays until `hands` come back and half a second more, and checks the render of the record against it.
  void expect_same_again(const std::function<void(LivePlay&)>& hands,
                         const std::function<void(PlayJob&)>& change = {}) {
    PlayJob job;
    job.mixer = builder_.mixer;
    job.session = folder / "session.json";
    job.edit_parts = edit_parts;
    job.record = true;
    job.open_device = [this](const DeviceRequest&) -> Result<std::unique_ptr<AudioDevice>> {
      return std::unique_ptr<AudioDevice>(std::make_unique<FakeDevice>(world_));
    };
    if (change) change(job);
    const double from_s = job.from_s;
    if (!job.record_inputs.empty()) inputs_ = job.record_inputs;
    Findings findings;
    auto play = LivePlay::open(std::move(job), findings);
    ASSERT_NE(play, nullptr);
    ASSERT_TRUE(play->start());
    hands(*play);
    std::this_thread::sleep_for(300ms);
    const std::size_t frames = played();
    play->quit();
    ASSERT_TRUE(play->wait(20.0));
    const auto problems = play->finish_inputs();
    ASSERT_TRUE(problems.empty()) << to_line(problems.front());
    std::string& text = text_;
    for (const TimedEdit& edit : play->take_record()) text += write_edit_line(edit) + "\n";
    EditScript script = read_edit_script_text(text, kRate);
    ASSERT_TRUE(script.errors.empty()) << to_line(script.errors.front());
    edits_ = script.edits.size();
    expect_render(std::move(script.edits), frames, from_s, text);
  }

  void expect_render(std::vector<TimedEdit> edits, std::size_t frames, double from_s, const std::string& text) {
    RenderJob render;
    render.mixer = builder_.mixer;
    render.session = folder / "session.json";
    render.mix = folder / "mix.wav";
    render.buses = {{"cue", folder / "cue.wav"}};
    render.format = FileFormat::wav32f;
    render.from_s = from_s;
    render.to_s = from_s + static_cast<double>(frames) / kRate;
    render.script = std::move(edits);
    render.edit_parts = edit_parts;
    render.inputs = inputs_;
    const RenderResult result = render_offline(render);
    ASSERT_TRUE(result.report);
    EXPECT_TRUE(result.report->refused.empty()) << to_line(result.report->refused.front());
    const auto mix = read_left(render.mix);
    EXPECT_GT(std::ranges::count_if(mix, [](float x) { return x != 0.0f; }), 4000) << "there is little to compare";
    for (const auto& [file, channel] : {std::pair(render.mix, 0), std::pair(render.buses.front().second, 2)}) {
      const auto wanted = read_left(file);
      const auto& heard = world_.played[static_cast<std::size_t>(channel)];
      ASSERT_GE(heard.size(), frames);
      for (std::size_t n = 0; n < frames; ++n)
        if (heard[n] != wanted[n]) {
          if (const char* keep = std::getenv("BUSBAR_KEEP_RECORD")) std::ofstream(keep) << text;
          FAIL() << file << " differs from frame " << n << " of " << frames << " on: " << heard[n] << " was heard, "
                 << wanted[n] << " is written";
        }
    }
  }

  std::size_t played() {
    const std::lock_guard lock(world_.mutex);
    return world_.played[0].size();
  }

  MixerBuilder builder_;
  FakeWorld world_;
  std::size_t edits_ = 0;
  std::string text_;  // of the record
  std::optional<std::filesystem::path> inputs_;
};

TEST_F(Replay, OfALoopJumpThatCameTooLateIsTheRunToTheBit) {
  // The loop is set two milliseconds before its end, when nothing can be at hand for the jump.
  expect_same_again([&](LivePlay&) { std::this_thread::sleep_for(1200ms); },
                    [](PlayJob& job) {
                      job.from_s = 0.9;
                      job.script = {at(0.19, 1, "/transport/loop", JsonText{"[0.9, 1.092]"}),
                                    at(0.9, 2, "/transport/looping", false)};
                    });
  EXPECT_THAT(text_, testing::HasSubstr("\"/transport/locate_s\""));
}

TEST_F(Replay, WithWhatCameInIsTheRunToTheBit) {
  builder_.tone("mic", {});
  builder_.edit("mic", [](Strip& s) {
    InputSource input;
    input.channels = {2};
    s.source = input;
    s.pan = -0.5;
  });
  builder_.send("mic", "cue", Tap::pre, -3.0);
  Talkback talkback;
  talkback.channel = 1;
  talkback.to = {"cue"};
  builder_.mixer.talkback = talkback;
  world_.blocks = {128, 1, 1000, 64, 17, 480};
  world_.says = [](int channel, Frames frame) {
    return 0.001f * static_cast<float>((frame * 79 + channel) % 251 - 125);
  };
  expect_same_again(
      [&](LivePlay& play) {
        Hand hand(3);
        for (int n = 0; n < 20; ++n) {
          play.post(set("/talkback/on", n % 3 != 0));
          play.post(hand.next());
          std::this_thread::sleep_for(30ms);
        }
      },
      [&](PlayJob& job) { job.record_inputs = folder / "in"; });
  for (const int channel : {1, 2}) {
    const auto kept = read_left(folder / "in" / ("input-" + std::to_string(channel) + ".wav"));
    ASSERT_GE(kept.size(), world_.played[0].size());
    for (std::size_t n = 0; n < kept.size(); ++n)
      ASSERT_EQ(kept[n], world_.says(channel - 1, static_cast<Frames>(n))) << n;
  }
}

class ReplayOfHands : public Replay, public ::testing::WithParamInterface<unsigned> {
 protected:
  /// BUSBAR_SEED begins elsewhere.
  static unsigned seed() {
    const char* first = std::getenv("BUSBAR_SEED");
    return 10 * (GetParam() + (first == nullptr ? 0u : static_cast<unsigned>(std::atoi(first))));
  }
};

TEST_P(ReplayOfHands, IsTheRunToTheBit) {
  if (GetParam() % 2 == 1) world_.blocks = {128, 1, 1000, 64, 17, 480};
  expect_same_again([&](LivePlay& play) {
    std::vector<std::thread> hands;
    for (unsigned n = 0; n < 2; ++n)
      hands.emplace_back([&play, n] {
        Hand hand(seed() + n);
        for (int edit = 0; edit < 80; ++edit) {
          play.post(hand.next());
          std::this_thread::sleep_for(20ms);
        }
      });
    for (std::thread& hand : hands) hand.join();
  });
  EXPECT_GT(edits_, 40u);
}

TEST_P(ReplayOfHands, BesideAScriptIsTheRunToTheBit) {
  // What undo takes back depends on the order in which hand and script have edited.
  expect_same_again(
      [&](LivePlay& play) {
        Hand hand(seed() + 7);
        for (int edit = 0; edit < 80; ++edit) {
          play.post(hand.next());
          std::this_thread::sleep_for(20ms);
        }
      },
      [&](PlayJob& job) {
        Hand script(seed() + 5);
        for (int line = 1; line <= 60; ++line)
          job.script.push_back({to_frames(0.1 + 0.025 * line, kRate), line, script.next()});
      });
  EXPECT_GT(edits_, 60u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReplayOfHands, ::testing::Range(1u, 4u));

}  // namespace
}  // namespace busbar::test
