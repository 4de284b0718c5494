// Monitor section, solo and talkback on the hardware outputs of a running engine.
#include <cstring>

#include "engine/devices/offline_device.hpp"
#include "engine/engine.hpp"
#include "sessions/edit_parts.hpp"
#include "tests/engine/session_fixture.hpp"

namespace busbar::test {
namespace {

constexpr int kOutputs = 8, kBlock = 128;
constexpr Frames kLength = 48000, kEdit = 9600;
constexpr Frames kSettled = kEdit + 4800;  // every ramp and every fade is over

/// Samples of all hardware outputs, by channel from 1.
struct Outputs {
  std::vector<std::vector<float>> channels{kOutputs, std::vector<float>(kLength)};
  const std::vector<float>& operator[](int channel) const { return channels[static_cast<std::size_t>(channel - 1)]; }
};

/// Master on 1-2, cue1 on 3-4, the monitor on 5-6, cue2 on 7-8.
class MonitorSection : public SessionTest {
 protected:
  MonitorSection() {
    for (const char* id : {"a", "b"}) {
      samples_[id] = write_noise(std::string(id) + ".wav", 1.0, static_cast<unsigned>(*id));
      add_track(builder_, id, std::string(id) + ".wav");
      builder_.edit(id, [&](Strip& s) {
        s.pan = *id == 'a' ? -0.4 : 0.6;
        s.fader = {*id == 'a' ? -3.0 : -8.0};
        s.output = ToBus{"band"};
      });
    }
    builder_.bus("band", StripKind::group);
    const auto to = [this](const std::string& id, std::vector<int> channels) {
      builder_.edit(id, [&](Strip& s) {
        ToHardware hardware;
        hardware.channels = channels;
        s.output = hardware;
      });
    };
    to("master", {1, 2});
    for (const auto& [cue, first] : {std::pair("cue1", 3), std::pair("cue2", 7)}) {
      builder_.bus(cue, StripKind::cue, "");
      builder_.send("a", cue, Tap::pre, -6.0).send("b", cue, Tap::pre, -9.0);
      to(cue, {first, first + 1});
    }
    Monitor monitor;
    monitor.output.emplace();
    monitor.output->channels = {5, 6};
    builder_.mixer.monitor = monitor;
    Talkback talkback;
    talkback.channel = 2;
    talkback.to = {"cue1"};
    talkback.dim = {-12.0};
    builder_.mixer.talkback = talkback;
  }

  /// What comes in on input 2.
  static float says(Frames frame) { return 0.01f * static_cast<float>(frame % 17 - 8); }

  /// Runs the session for a second, with edits at `kEdit`.
  Outputs run(const std::vector<Edit>& edits = {}) {
    EngineOptions options;
    options.sources.folder = folder;
    options.edit_parts = edit_parts;
    Findings findings;
    auto engine = Engine::open(builder_.mixer, options, findings);
    EXPECT_NE(engine, nullptr);
    OfflineDevice device(DeviceFormat{.inputs = 2, .outputs = kOutputs, .sample_rate = kRate, .block = kBlock});
    EXPECT_TRUE(device.start(*engine));
    Outputs outputs;
    std::vector<float> silence(kBlock), input(kBlock);
    for (Frames now = 0; now < kLength; now += kBlock) {
      if (now == kEdit) {
        for (const Edit& edit : edits) {
          const auto made = engine->control().edit(edit);
          EXPECT_TRUE(made) << to_line(made.error());
        }
        EXPECT_TRUE(engine->control().send(now));
      }
      for (int i = 0; i < kBlock; ++i) input[static_cast<std::size_t>(i)] = says(now + i);
      const std::array<const float*, 2> ins{silence.data(), input.data()};
      std::array<float*, kOutputs> outs{};
      for (std::size_t c = 0; c < kOutputs; ++c) outs[c] = outputs.channels[c].data() + now;
      EXPECT_TRUE(engine->wait_for_data(kBlock));
      device.run(kBlock, ins, outs);
      engine->take_events();
      last_ = engine->control().mixer();
    }
    return outputs;
  }

  /// The same bits from `from` on.
  static bool same(const std::vector<float>& x, const std::vector<float>& y, Frames from = 0) {
    return std::memcmp(x.data() + from, y.data() + from, static_cast<std::size_t>(kLength - from) * sizeof(float)) == 0;
  }
  static bool is_silent(const std::vector<float>& x, Frames from) {
    return std::all_of(x.begin() + from, x.end(), [](float sample) { return sample == 0.0f; });
  }
  /// All outputs but the monitor's are those of a run without edits.
  static void expect_others_untouched(const Outputs& x, const Outputs& y) {
    for (const int channel : {1, 2, 3, 4, 7, 8}) EXPECT_TRUE(same(x[channel], y[channel])) << "output " << channel;
  }
  /// The monitor is `gain` times what is on the other pair, from the end of all ramps on.
  static void expect_scaled(const Outputs& x, int left, int right, double gain) {
    for (Frames n = kSettled; n < kLength; ++n) {
      const auto i = static_cast<std::size_t>(n);
      ASSERT_NEAR(x[5][i], gain * static_cast<double>(x[left][i]), 1e-7) << n;
      ASSERT_NEAR(x[6][i], gain * static_cast<double>(x[right][i]), 1e-7) << n;
    }
  }

  MixerBuilder builder_;
  std::map<std::string, std::vector<float>> samples_;
  Mixer last_;  // of the last run
};

TEST_F(MonitorSection, AtZeroDecibelsIsTheMasterBitForBit) {
  const Outputs x = run();
  EXPECT_TRUE(same(x[5], x[1]));
  EXPECT_TRUE(same(x[6], x[2]));
  EXPECT_FALSE(is_silent(x[5], kSettled));
}

TEST_F(MonitorSection, HasALevelADimACutAndAPolarityOfItsOwn) {
  const Outputs plain = run();
  struct Case {
    const char* address;
    EditValue value;
    double gain;
  };
  for (const Case& c : {Case{"/monitor/level_db", -6.0, std::pow(10.0, -0.3)}, Case{"/monitor/dim", true, 0.1},
                        Case{"/monitor/cut", true, 0.0}, Case{"/monitor/polarity", true, -1.0}}) {
    const Outputs x = run({set(c.address, c.value)});
    expect_others_untouched(x, plain);
    expect_scaled(x, 1, 2, c.gain);
  }
}

TEST_F(MonitorSection, InMonoHasTheMeanOfBothSidesOnBoth) {
  const Outputs plain = run();
  const Outputs x = run({set("/monitor/mono", true)});
  expect_others_untouched(x, plain);
  for (std::size_t n = static_cast<std::size_t>(kSettled); n < kLength; ++n) {
    ASSERT_EQ(x[5][n], x[6][n]);
    ASSERT_NEAR(x[5][n], 0.5 * (static_cast<double>(x[1][n]) + static_cast<double>(x[2][n])), 1e-7);
  }
}

TEST_F(MonitorSection, ListensToAnyStrip) {
  const Outputs plain = run();
  Outputs x = run({set("/monitor/source", std::string("cue1"))});
  expect_others_untouched(x, plain);
  expect_scaled(x, 3, 4, 1.0);
  x = run({set("/band/fader_db", -6.0), set("/monitor/source", std::string("band"))});
  expect_scaled(x, 1, 2, 1.0);
}

TEST_F(MonitorSection, WithoutAnOutputIsOffAndChangesNothingElse) {
  const Outputs with = run();
  builder_.mixer.monitor->output = std::nullopt;
  const Outputs without = run();
  expect_others_untouched(with, without);
  EXPECT_TRUE(is_silent(without[5], 0) && is_silent(without[6], 0));
}

TEST_F(MonitorSection, PflHearsAStripBeforeItsFaderAndNobodyElseHearsAnything) {
  builder_.mixer.solo_mode = SoloMode::pfl;
  const Outputs plain = run();
  const Outputs x = run({set("/a/solo", true)});
  expect_others_untouched(x, plain);
  const double centre = std::sqrt(0.5);
  for (Frames n = kSettled; n < kLength; ++n) {
    const auto i = static_cast<std::size_t>(n);
    ASSERT_NEAR(x[5][i], centre * static_cast<double>(samples_["a"][i]), 1e-7) << n;
    ASSERT_NEAR(x[6][i], centre * static_cast<double>(samples_["a"][i]), 1e-7) << n;
  }
}

TEST_F(MonitorSection, AflHearsAStripBehindFaderAndPan) {
  builder_.mixer.solo_mode = SoloMode::afl;
  const Outputs plain = run();
  const Outputs x = run({set("/a/solo", true)});
  expect_others_untouched(x, plain);
  const double fader = std::pow(10.0, -3.0 / 20.0), angle = 0.6 * std::numbers::pi / 4.0;
  for (Frames n = kSettled; n < kLength; ++n) {
    const auto i = static_cast<std::size_t>(n);
    ASSERT_NEAR(x[5][i], fader * std::cos(angle) * static_cast<double>(samples_["a"][i]), 1e-7) << n;
    ASSERT_NEAR(x[6][i], fader * std::sin(angle) * static_cast<double>(samples_["a"][i]), 1e-7) << n;
  }
}

TEST_F(MonitorSection, ReturnsToItsSourceWhenSolosAreCleared) {
  builder_.mixer.solo_mode = SoloMode::pfl;
  builder_.edit("a", [](Strip& s) { s.solo = true; });
  builder_.edit("b", [](Strip& s) { s.solo = true; });
  const Outputs x = run({set("/session/solo_clear", true)});
  EXPECT_FALSE(same(x[5], x[1]));  // the solos were heard before
  EXPECT_TRUE(same(x[5], x[1], kSettled));
  EXPECT_TRUE(same(x[6], x[2], kSettled));
}

TEST_F(MonitorSection, HearsAllSolosOrTheLatestOne) {
  builder_.mixer.solo_mode = SoloMode::pfl;
  const Outputs both = run({set("/a/solo", true), set("/b/solo", true)});
  const double centre = std::sqrt(0.5);
  for (std::size_t n = static_cast<std::size_t>(kSettled); n < kLength; ++n)
    ASSERT_NEAR(both[5][n], centre * (static_cast<double>(samples_["a"][n]) + static_cast<double>(samples_["b"][n])),
                1e-7);
  builder_.mixer.solo_exclusive = true;
  const Outputs latest = run({set("/a/solo", true), set("/b/solo", true)});
  EXPECT_FALSE(last_.find("a")->solo);
  EXPECT_TRUE(last_.find("b")->solo);
  for (std::size_t n = static_cast<std::size_t>(kSettled); n < kLength; ++n)
    ASSERT_NEAR(latest[5][n], centre * static_cast<double>(samples_["b"][n]), 1e-7);
}

TEST_F(MonitorSection, SoloInPlaceReachesNoCue) {
  const Outputs plain = run();
  const Outputs x = run({set("/a/solo", true)});
  for (const int channel : {3, 4, 7, 8}) EXPECT_TRUE(same(x[channel], plain[channel])) << "output " << channel;
  EXPECT_FALSE(same(x[1], plain[1]));
  EXPECT_TRUE(same(x[5], x[1]));  // the monitor goes on with its source
}

TEST_F(MonitorSection, TalkbackSpeaksIntoItsCueAndDimsTheProgrammeThere) {
  const Outputs plain = run();
  const Outputs x = run({set("/talkback/on", true)});
  for (const int channel : {1, 2, 5, 6, 7, 8}) EXPECT_TRUE(same(x[channel], plain[channel])) << "output " << channel;
  const double dim = std::pow(10.0, -12.0 / 20.0), centre = std::sqrt(0.5);
  for (Frames n = kSettled; n < kLength; ++n) {
    const auto i = static_cast<std::size_t>(n);
    const double voice = centre * static_cast<double>(says(n));
    ASSERT_NEAR(x[3][i], dim * static_cast<double>(plain[3][i]) + voice, 1e-6) << n;
    ASSERT_NEAR(x[4][i], dim * static_cast<double>(plain[4][i]) + voice, 1e-6) << n;
  }
}

TEST_F(MonitorSection, TalkbackThatIsLetGoLeavesTheCueAsItWas) {
  const Outputs plain = run();
  builder_.mixer.talkback->on = true;
  const Outputs x = run({set("/talkback/on", false)});
  EXPECT_FALSE(same(x[3], plain[3]));
  EXPECT_TRUE(same(x[3], plain[3], kSettled));
  EXPECT_TRUE(same(x[4], plain[4], kSettled));
}

TEST_F(MonitorSection, AnOscillatorMayGoToAnyBus) {
  const Outputs plain = run();
  const Outputs x = run({add("/osc", R"({"source": {"type": "tone", "wave": "pink", "level_db": -20}, "output": "none",
                                         "sends": [{"to": "cue2", "tap": "pre"}]})")});
  for (const int channel : {1, 2, 3, 4, 5, 6}) EXPECT_TRUE(same(x[channel], plain[channel])) << "output " << channel;
  EXPECT_FALSE(same(x[7], plain[7]));
}

}  // namespace
}  // namespace busbar::test
