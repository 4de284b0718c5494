#pragma once
#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "sessions/session_file.hpp"
#include "tests/engine/session_fixture.hpp"
#include "tests/live/program.hpp"
#include "tests/support/jack_bench.hpp"

namespace busbar::test {

using nlohmann::json;

inline constexpr double kSilence = 1.5;  // seconds before the first sound: time for the recorder to plug itself in
// A period may be lost on a machine that is held up, and JACK does not say where; then the run is made again.
inline constexpr int kTries = 4;

/// The program, a sound card without sound, and the render that says the same.
class LiveSession : public SessionTest {
 protected:
  void SetUp() override {
#ifndef BUSBAR_RTGUARD
    GTEST_SKIP() << "a sanitizer's program is too slow for a sound card";
#endif
  }

  /// Two recorded tracks in a group, to the mix on 1-2 and by pre-fader sends to cues on 3-4 and 5-6.
  void write_session(const std::function<void(MixerBuilder&)>& change = {}) {
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
    if (change) change(builder);
    ASSERT_TRUE(save_session(builder.mixer, session()));
  }

  std::string session() const { return (folder / "session.json").string(); }

  std::string write_script(const std::string& name, const std::vector<json>& lines) const {
    std::ofstream out(folder / name);
    for (const json& line : lines) out << line.dump() << '\n';
    return (folder / name).string();
  }

  /// What the program plays on its first `channels` outputs, and what it reports.
  std::pair<Channels, json> play(const JackServer& server, std::vector<std::string> options, int channels,
                                 const std::vector<std::string>& environment = {}) {
    std::vector<std::string> ports, arguments{"play", session(), "--json"};
    for (int c = 0; c < channels; ++c) ports.push_back("busbar:out_" + std::to_string(c));
    arguments.insert(arguments.end(), options.begin(), options.end());
    JackRecorder recorder(server, ports);
    Program program(folder, arguments, environment);
    const auto code = program.wait(90.0);
    EXPECT_EQ(recorder.overruns(), 0);
    json report = json::parse(program.out(), nullptr, false);
    const bool refused = report.is_object() && !report["refused_edits"].empty();
    EXPECT_EQ(code, refused ? 1 : 0) << program.err();
    return {recorder.stop(), std::move(report)};
  }

  /// The files of the render that says the same: mix, cue 1, cue 2, two channels each.
  Channels render(const std::string& script, double to_s, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{
        "render", session(), "-o", (folder / "mix.wav").string(), "--to", std::to_string(to_s), "--format", "wav32f"};
    for (const std::string cue : {"cue1", "cue2"}) {
      arguments.push_back("--bus");
      arguments.push_back(cue + "=" + (folder / (cue + ".wav")).string());
    }
    if (!script.empty()) arguments.insert(arguments.end(), {"--script", script});
    arguments.insert(arguments.end(), more.begin(), more.end());
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

  static json set(double at, const std::string& address, json value) {
    return {{"at_s", at}, {"op", "set"}, {"address", address}, {"value", std::move(value)}};
  }
};

}  // namespace busbar::test
