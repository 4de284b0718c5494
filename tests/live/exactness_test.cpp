// The finished program on an audio device: what comes out of it is what `busbar render` writes, sample for sample.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sessions/session_file.hpp"
#include "tests/engine/session_fixture.hpp"
#include "tests/live/program.hpp"
#include "tests/support/jack_bench.hpp"

namespace busbar::test {
namespace {

using nlohmann::json;

constexpr double kSilence = 1.5;  // seconds before the first sound: time for the recorder to plug itself in
// A period may be lost on a machine that is held up, and JACK does not say where; then the run is made again.
constexpr int kTries = 4;

class Exactness : public SessionTest {
 protected:
  void SetUp() override {
#ifndef BUSBAR_RTGUARD
    GTEST_SKIP() << "a sanitizer's program is too slow for a sound card";
#endif
  }

  /// Two recorded tracks in a group, to the mix on 1-2 and by pre-fader sends to cues on 3-4 and 5-6.
  void write_session() {
    MixerBuilder builder;
    write_noise("a.wav", 14.0, 1);
    write_noise("b.wav", 14.0, 2);
    builder.bus("band", StripKind::group);
    for (const char* id : {"a", "b"}) {
      add_track(builder, id, std::string(id) + ".wav", kSilence);
      builder.edit(id, [&](Strip& s) {
        s.output = ToBus{"band"};
        s.pan = *id == 'a' ? -0.4 : 0.7;
        s.fader = {-3.0};
      });
    }
    const auto to = [&](const char* id, std::vector<int> channels) {
      builder.edit(id, [&](Strip& s) {
        ToHardware hardware;
        hardware.channels = std::move(channels);
        s.output = hardware;
      });
    };
    to("master", {1, 2});
    for (const auto& [cue, track] : {std::pair("cue1", "a"), std::pair("cue2", "b")}) {
      builder.bus(cue, StripKind::cue, "");
      builder.edit(cue, [](Strip& s) { s.is_protected = true; });
      builder.send(track, cue, Tap::pre, -1.5);
    }
    to("cue1", {3, 4});
    to("cue2", {5, 6});
    ASSERT_TRUE(save_session(builder.mixer, session()));
  }

  std::string session() const { return (folder / "session.json").string(); }

  std::string write_script(const std::string& name, const std::vector<json>& lines) const {
    std::ofstream out(folder / name);
    for (const json& line : lines) out << line.dump() << '\n';
    return (folder / name).string();
  }

  /// What the program plays on its first `channels` outputs, and what it reports.
  std::pair<Channels, json> play(const JackServer& server, std::vector<std::string> options, int channels) {
    std::vector<std::string> ports, arguments{"play", session(), "--json"};
    for (int c = 0; c < channels; ++c) ports.push_back("busbar:out_" + std::to_string(c));
    arguments.insert(arguments.end(), options.begin(), options.end());
    JackRecorder recorder(server, ports);
    Program program(folder, arguments);
    const auto code = program.wait(60.0);
    EXPECT_EQ(code, 0) << program.err();
    EXPECT_EQ(recorder.overruns(), 0);
    return {recorder.stop(), json::parse(program.out(), nullptr, false)};
  }

  /// The files of the render that says the same: mix, cue 1, cue 2, two channels each.
  Channels render(const std::string& script, double to_s) {
    std::vector<std::string> arguments{
        "render", session(), "-o", (folder / "mix.wav").string(), "--to", std::to_string(to_s), "--format", "wav32f"};
    for (const std::string cue : {"cue1", "cue2"}) {
      arguments.push_back("--bus");
      arguments.push_back(cue + "=" + (folder / (cue + ".wav")).string());
    }
    if (!script.empty()) arguments.insert(arguments.end(), {"--script", script});
    Program program(folder, arguments);
    EXPECT_EQ(program.wait(120.0), 0) << program.err();
    Channels all;
    for (const char* name : {"mix.wav", "cue1.wav", "cue2.wav"}) {
      auto file = AudioFile::open(folder / name, kRate, RateCache("")).value();
      std::vector<float> left(static_cast<std::size_t>(file->info().frames)), right(left);
      EXPECT_TRUE(file->read({0, 1}, 0, {left.data(), right.data(), 2, static_cast<int>(left.size())}));
      all.push_back(std::move(left));
      all.push_back(std::move(right));
    }
    return all;
  }

  static std::size_t first_sound(const std::vector<float>& x) {
    return static_cast<std::size_t>(std::ranges::find_if(x, [](float s) { return s != 0.0f; }) - x.begin());
  }

  /// Empty if `heard` has all of `wanted` from its first sound on, in all channels, with one shift; else what differs.
  static std::string difference(const Channels& heard, const Channels& wanted) {
    const std::size_t from = first_sound(wanted[0]), at = first_sound(heard[0]);
    if (from == wanted[0].size()) return "the render is silent";
    const std::size_t length = wanted[0].size() - from;
    if (heard[0].size() < at + length) return "only " + std::to_string(heard[0].size() - at) + " frames came";
    for (std::size_t c = 0; c < wanted.size(); ++c)
      for (std::size_t n = 0; n < length; ++n)
        if (heard[c][at + n] != wanted[c][from + n])
          return "channel " + std::to_string(c + 1) + " differs " + std::to_string(n) + " frames behind the first";
    return "";
  }

  void expect_same(int period, const std::vector<std::string>& options, const std::vector<json>& script) {
    write_session();
    JackServer server({.rate = 48000, .period = period, .inputs = 2, .outputs = 8});
    ASSERT_TRUE(server.running()) << server.why_not();
    std::string wrong;
    for (int n = 0; n < kTries; ++n) {
      std::vector<std::string> arguments = options;
      if (!script.empty()) arguments.insert(arguments.end(), {"--script", write_script("moves.txt", script)});
      const auto [heard, report] = play(server, arguments, 6);
      ASSERT_TRUE(report.is_object());
      std::vector<json> landed;  // each line as it came to pass
      for (std::size_t line = 0; line < script.size(); ++line)
        for (const json& edit : report["edits"])
          if (edit["line"] == line + 1) {
            landed.push_back(script[line]);
            landed.back().erase("at_s");
            landed.back()["at_frame"] = edit["frame"];
          }
      ASSERT_EQ(landed.size(), script.size());
      const Channels wanted = render(script.empty() ? "" : write_script("landed.txt", landed), 3.9);
      wrong = difference(heard, wanted);
      if (wrong.empty()) return;
    }
    ADD_FAILURE() << wrong;
  }

  static json set(double at, const char* address, json value) {
    return {{"at_s", at}, {"op", "set"}, {"address", address}, {"value", std::move(value)}};
  }
};

TEST_F(Exactness, OfMixAndCuesInPeriodsOf64) { expect_same(64, {"--for", "4"}, {}); }
TEST_F(Exactness, OfMixAndCuesInPeriodsOf128) { expect_same(128, {"--for", "4"}, {}); }
TEST_F(Exactness, OfMixAndCuesInPeriodsOf1024) { expect_same(1024, {"--for", "4"}, {}); }
TEST_F(Exactness, WithBlocksOfOneLengthOnPeriodsOfAnother) { expect_same(128, {"--for", "4", "--block", "192"}, {}); }

TEST_F(Exactness, WhileItLocatesLoopsStopsAndMovesFaders) {
  expect_same(128, {"--for", "4"},
              {set(1.8, "/transport/locate_s", 9.0), set(2.0, "/band/fader_db", -20),
               set(2.1, "/transport/play", false), set(2.2, "/a/mute", true), set(2.3, "/transport/play", true),
               set(2.5, "/a/mute", false), set(2.6, "/transport/loop", {9.6, 9.75}),
               set(3.3, "/transport/looping", false), set(3.5, "/transport/locate_s", 2.0)});
}

TEST_F(Exactness, OfAHardwareInputInTheCueOfTheSamePeriod) {
  MixerBuilder builder;
  builder.edit("master", [](Strip& s) {
    ToHardware to;
    to.channels = {1, 2};
    s.output = to;
  });
  builder.bus("cue", StripKind::cue, "");
  builder.edit("cue", [](Strip& s) {
    ToHardware to;
    to.channels = {3, 4};
    s.output = to;
  });
  builder.tone("mic", {}, "");
  builder.edit("mic", [](Strip& s) {
    InputSource input;
    input.channels = {2};
    s.source = input;
  });
  builder.send("mic", "cue", Tap::pre);
  builder.edit("mic", [](Strip& s) { s.sends.back().pan = -1.0; });
  ASSERT_TRUE(save_session(builder.mixer, session()));
  JackServer server;
  ASSERT_TRUE(server.running()) << server.why_not();

  std::string wrong;
  for (int n = 0; n < kTries; ++n) {
    std::mt19937 random(5);
    Channels said(1, std::vector<float>(96000, 0.0f));
    for (std::size_t i = 24000; i < said[0].size(); ++i)
      said[0][i] = static_cast<float>(static_cast<int>(random() >> 9) - (1 << 22)) * 0x1p-24f;  // up to 0.25
    Program program(folder, {"play", session(), "--for", "4"});
    JackPlayer player(server, {"busbar:in_1"}, said);
    JackRecorder recorder(server, {"busbar:out_2", "bench-player:port_0"});
    EXPECT_EQ(program.wait(60.0), 0) << program.err();
    const Channels heard = recorder.stop();
    const std::size_t came = first_sound(heard[0]), went = first_sound(heard[1]);
    wrong = came == went ? "" : "latency of " + std::to_string(static_cast<int>(came) - static_cast<int>(went));
    for (std::size_t i = 0; wrong.empty() && i < 60000; ++i)
      if (went + i >= heard[0].size() || heard[0][came + i] != heard[1][went + i])
        wrong = "it differs at frame " + std::to_string(i);
    if (wrong.empty()) return;
  }
  ADD_FAILURE() << wrong;
}

/// Three tracks on outputs of their own; the file of the second hangs.
TEST_F(Exactness, OfTheOtherTracksWhileTheDiskOfOneHangsAndOfThatOneOnceItIsBack) {
  MixerBuilder builder;
  std::vector<std::vector<float>> samples;
  const auto noise = [&](int track, std::size_t frame) { return samples[static_cast<std::size_t>(track)][frame]; };
  for (int n = 0; n < 3; ++n) {
    const std::string id = std::string("track") + std::to_string(n);
    samples.push_back(write_noise(id + ".wav", 16.0, static_cast<unsigned>(n)));
    add_track(builder, id, id + ".wav", 0.5);
    builder.edit(id, [&](Strip& s) {
      ToHardware to;
      to.channels = {n + 1};
      s.output = to;
    });
  }
  ASSERT_TRUE(save_session(builder.mixer, session()));
  JackServer server;
  ASSERT_TRUE(server.running()) << server.why_not();
  std::string wrong;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    JackRecorder recorder(server, {"busbar:out_0", "busbar:out_1", "busbar:out_2"});
    Program program(folder, {"play", session(), "--for", "13", "--json"},
                    {"LD_PRELOAD=" BUSBAR_SLOW_READ, "BUSBAR_SLOW_FILE=track1.wav", "BUSBAR_SLOW_READS=80:9"});
    ASSERT_EQ(program.wait(60.0), 0) << program.err();
    const json report = json::parse(program.out());
    EXPECT_GE(report["stalls"], 1);
    EXPECT_THAT(program.err(), testing::HasSubstr("track1.wav"));
    const Channels heard = recorder.stop();
    const std::size_t at = first_sound(heard[0]);
    wrong.clear();
    for (std::size_t n = 0; n < 560000 && wrong.empty(); ++n)
      for (const int c : {0, 2})
        if (at + n >= heard[0].size() || heard[static_cast<std::size_t>(c)][at + n] != noise(c, n))
          wrong = "track " + std::to_string(c) + " differs at frame " + std::to_string(n);
    // The late track: its own samples, then a fade, silence, a fade, and its own samples where they would have been.
    std::size_t left = 0, back = 560000;
    while (left < 560000 && heard[1][at + left] == noise(1, left)) ++left;
    while (back > 0 && heard[1][at + back - 1] == noise(1, back - 1)) --back;
    if (wrong.empty() && (left < 96000 || left > 480000)) wrong = "it left at frame " + std::to_string(left);
    if (wrong.empty() && (back <= left + 4800 || back > 540000)) wrong = "it was back at frame " + std::to_string(back);
    for (std::size_t n = left + 960; n + 960 < back && wrong.empty(); ++n)
      if (heard[1][at + n] != 0.0f) wrong = "the late track is not silent at frame " + std::to_string(n);
    if (wrong.empty()) return;
  }
  ADD_FAILURE() << wrong;
}

}  // namespace
}  // namespace busbar::test
