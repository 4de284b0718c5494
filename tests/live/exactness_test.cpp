// The finished program on an audio device: what comes out of it is what `busbar render` writes, sample for sample.
#include "tests/live/live_session.hpp"

namespace busbar::test {
namespace {

class Exactness : public LiveSession {
 protected:
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
