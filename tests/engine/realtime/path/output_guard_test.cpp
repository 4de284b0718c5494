#include "engine/realtime/path/95_output_guard.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "engine/realtime/denormals.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// A console whose inputs go to hardware outputs, driven like a device would.
struct Stage {
  explicit Stage(const MixerBuilder& builder, std::size_t ins, std::size_t outs)
      : console(builder), inputs(ins, std::vector<float>(kMaxBlock)), outputs(outs, std::vector<float>(kMaxBlock)) {}
  Console console;
  std::vector<std::vector<float>> inputs, outputs;

  void run(int frames) {
    const DenormalsOff denormals_off;
    std::vector<const float*> in;
    std::vector<float*> out;
    for (const auto& channel : inputs) in.push_back(channel.data());
    for (auto& channel : outputs) out.push_back(channel.data());
    console.renderer().render({.inputs = in, .outputs = out, .frames = frames});
  }
};

ToHardware to_outputs(std::vector<int> channels, std::optional<Decibels> ceiling = {}) {
  ToHardware to;
  to.channels = std::move(channels);
  to.ceiling = ceiling;
  return to;
}

MixerBuilder inputs_to_hardware(std::optional<Decibels> ceiling = {}) {
  MixerBuilder builder;
  builder.edit("master", [&](Strip& s) { s.output = to_outputs({1, 2}, ceiling); });
  for (int n = 1; n <= 2; ++n) {
    const std::string id = "in" + std::to_string(n);
    builder.tone(id, {});
    builder.edit(id, [&](Strip& s) {
      InputSource source;
      source.channels = {n};
      s.source = source;
      s.pan = n == 1 ? -1.0 : 1.0;
    });
  }
  return builder;
}

/// Bytes that a hostile driver, file or processor might hand over.
float adversarial(std::mt19937& random) {
  switch (random() % 8) {
    case 0:
      return random() % 2 == 0 ? kInfinity : -kInfinity;
    case 1:
      return std::numeric_limits<float>::quiet_NaN();
    case 2:
      return std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    case 3:
      return (static_cast<float>(random()) / 2147483648.0f - 1.0f) * 1000.0f;  // +60 dBFS
    case 4:
      return std::numeric_limits<float>::max();
    case 5:
      return random() % 2 == 0 ? 1.0f : -1.0f;  // steps
    default:
      return static_cast<float>(random()) / 2147483648.0f - 1.0f;
  }
}

float largest(const std::vector<float>& samples, int frames) {
  float most = 0.0f;
  for (int i = 0; i < frames; ++i) {
    const float x = samples[static_cast<std::size_t>(i)];
    if (!std::isfinite(x)) return kInfinity;
    most = std::max(most, std::fabs(x));
  }
  return most;
}

TEST(OutputGuard, LetsNoneOfAHundredMillionAdversarialSamplesOverTheCeiling) {
#ifdef BUSBAR_RTGUARD
  constexpr int kBlocks = 12500;  // of 4096 frames and two channels
#else
  constexpr int kBlocks = 250;  // sanitizers are slow
#endif
  MixerBuilder builder = inputs_to_hardware();
  builder.bus("cue", StripKind::cue, "");
  builder.edit("cue", [](Strip& s) {
    s.output = to_outputs({3, 4});
    s.fader = {12.0};
  });
  for (const char* id : {"in1", "in2"}) {
    builder.send(id, "cue", Tap::pre, 12.0);
    builder.insert(id, slot("cut", "low_cut", {{"q", 4.0}}));
    builder.edit(id, [](Strip& s) {
      s.trim = {12.0};
      s.fader = {12.0};
    });
  }
  Stage stage(builder, 2, 5);
  std::mt19937 random(7);
  std::vector<float> pool(1 << 20);
  for (float& x : pool) x = adversarial(random);
  for (int block = 0; block < kBlocks; ++block) {
    constexpr int kFrames = 4096;
    for (auto& input : stage.inputs)
      std::memcpy(input.data(), pool.data() + random() % (pool.size() - kFrames), kFrames * sizeof(float));
    stage.run(kFrames);
    for (const std::size_t c : {0u, 1u}) ASSERT_LE(largest(stage.outputs[c], kFrames), std::pow(10.0, -0.3 / 20.0));
    for (const std::size_t c : {2u, 3u}) ASSERT_LE(largest(stage.outputs[c], kFrames), std::pow(10.0, -6.0 / 20.0));
    ASSERT_EQ(largest(stage.outputs[4], kFrames), 0.0f);  // fed by nobody
  }
}

TEST(OutputGuard, PassesWhatIsBelowTheCeilingBitForBit) {
  Stage stage(inputs_to_hardware(Decibels{-6.0}), 2, 2);
  std::mt19937 random(1);
  const float ceiling = static_cast<float>(std::pow(10.0, -6.0 / 20.0));
  for (int block = 0; block < 200; ++block) {
    for (auto& input : stage.inputs)
      for (float& x : input) x = (static_cast<float>(random()) / 2147483648.0f - 1.0f) * ceiling * 0.9999f;
    stage.run(1000);
    for (std::size_t c = 0; c < 2; ++c)
      for (std::size_t i = 0; i < 1000; ++i) ASSERT_EQ(stage.outputs[c][i], stage.inputs[c][i]);
  }
}

TEST(OutputGuard, CutsAtTheCeilingExactly) {
  Stage stage(inputs_to_hardware(Decibels{-6.0}), 2, 2);
  std::ranges::fill(stage.inputs[0], 0.9f);
  std::ranges::fill(stage.inputs[1], -3.0f);
  stage.run(64);
  EXPECT_NEAR(stage.outputs[0][10], std::pow(10.0, -0.3), 1e-7);
  EXPECT_LE(static_cast<double>(stage.outputs[0][10]), std::pow(10.0, -0.3));
  EXPECT_EQ(stage.outputs[1][10], -stage.outputs[0][10]);
}

TEST(OutputGuard, AnOutputWithoutACeilingStillGetsNumbersOnly) {
  Stage stage(inputs_to_hardware(Decibels{-kMinusInfinity.value}), 2, 2);
  std::ranges::fill(stage.inputs[0], 4.0f);
  std::ranges::fill(stage.inputs[1], kInfinity);
  stage.run(64);
  EXPECT_EQ(stage.outputs[0][10], 4.0f);
  EXPECT_EQ(stage.outputs[1][10], 0.0f);
}

TEST(OutputGuard, OfSeveralCeilingsOnAChannelTheLowestHolds) {
  MixerBuilder builder = inputs_to_hardware();
  builder.edit("in2", [](Strip& s) { s.output = to_outputs({2}, Decibels{-20.0}); });
  Stage stage(builder, 2, 2);
  std::ranges::fill(stage.inputs[0], 2.0f);
  std::ranges::fill(stage.inputs[1], 2.0f);
  stage.run(64);
  EXPECT_NEAR(stage.outputs[0][10], std::pow(10.0, -0.3 / 20.0), 1e-6);
  EXPECT_NEAR(stage.outputs[1][10], 0.1, 1e-6);
}

class DcGuard : public ::testing::TestWithParam<double> {};  // sample rate

TEST_P(DcGuard, LeavesMusicAloneBitForBit) {
  const double rate = GetParam();
  OutputGuardState guard;
  std::mt19937 random(3);
  std::vector<double> block(256);
  Frames now = 0;
  for (; now < to_frames(12.0, rate); now += 256) {
    for (std::size_t i = 0; i < 256; ++i) {
      const double t = static_cast<double>(now) / rate + static_cast<double>(i) / rate;
      const double bass = 0.5 * std::sin(2 * std::numbers::pi * 20.0 * t);
      const double kick = std::fmod(t, 0.5) < 0.02 ? std::sin(std::numbers::pi * std::fmod(t, 0.5) / 0.02) : 0.0;
      const double noise = 0.3 * (static_cast<double>(random()) / 4294967296.0 - 0.5);
      block[i] = bass + 0.45 * kick + noise + 0.01;  // a kick that only pushes, and an offset of a percent
    }
    const std::vector<double> before = block;
    ASSERT_FALSE(guard_against_dc(guard, block.data(), now, 256, tune_dc_guard(rate)));
    ASSERT_EQ(block, before) << "at " << static_cast<double>(now) / rate << " s";
  }
}

TEST_P(DcGuard, TakesOutADirectCurrentAndKeepsTheMusicOnIt) {
  const double rate = GetParam();
  OutputGuardState guard;
  std::vector<double> block(256);
  double slow = 0.0, music = 0.0;
  int started = 0, counted = 0;
  for (Frames now = 0; now < to_frames(8.0, rate); now += 256) {
    for (std::size_t i = 0; i < 256; ++i) {
      const double t = (static_cast<double>(now) + static_cast<double>(i)) / rate;
      block[i] = 0.5 + 0.1 * std::sin(2 * std::numbers::pi * 100.0 * t);
    }
    started += guard_against_dc(guard, block.data(), now, 256, tune_dc_guard(rate)) ? 1 : 0;
    if (now < to_frames(6.0, rate)) continue;
    for (const double x : block) {
      slow += x;
      music += x * x;
      ++counted;
    }
  }
  EXPECT_EQ(started, 1);
  EXPECT_LT(std::fabs(slow / counted), 0.002);
  EXPECT_NEAR(std::sqrt(2.0 * music / counted), 0.1, 0.001);
}

TEST_P(DcGuard, LetsGoAgainWithoutAStep) {
  const double rate = GetParam();
  OutputGuardState guard;
  std::vector<double> block(256);
  double last = 0.0, steepest = 0.0;
  const auto run = [&](double from, double to, double level) {
    for (Frames now = to_frames(from, rate) / 256 * 256; now < to_frames(to, rate); now += 256) {
      std::ranges::fill(block, level);
      guard_against_dc(guard, block.data(), now, 256, tune_dc_guard(rate));
      for (const double x : block) steepest = std::max(steepest, std::fabs(x - last)), last = x;
    }
  };
  run(0.0, 5.0, 0.5);
  steepest = 0.0;
  last = block.back();
  run(5.0, 5.01, 0.5);
  EXPECT_LT(steepest, 1e-3);
  run(5.01, 15.0, 0.0);
  EXPECT_EQ(last, 0.0);  // out of the way, bit for bit
}

INSTANTIATE_TEST_SUITE_P(Rates, DcGuard, ::testing::Values(44100.0, 48000.0, 192000.0));

}  // namespace
}  // namespace busbar::test
