// What an insert declares of time, the plan and the end of a render rely on.
#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "tests/support/every_insert.hpp"
#include "tests/support/insert_host.hpp"

namespace busbar::test {

namespace {

constexpr int kBefore = 500;

/// What takes the highs away, or turns them against the lows, passes an impulse at once and yet swells a few frames
/// later, and so does what answers with many echoes: there the first sample counts.
bool swells(const InsertType& type) {
  return type.key == "high_cut" || type.key == "multiband_compressor" || type.key == "reverb";
}

/// The frame of the largest sample, counted from the impulse.
Frames measured_latency(const InsertType& type, const HostSetup& setup) {
  InsertHost host(type, setup);
  const int frames = kBefore + static_cast<int>(host.latency()) + 4096;
  const Signal out = host.run(impulse(setup.channels, frames, kBefore), at_random(1));
  const auto peak = std::ranges::max_element(out[0], {}, [](float x) { return std::fabs(x); });
  EXPECT_NE(*peak, 0.0f) << type.key << " swallows an impulse";
  if (swells(type)) return std::ranges::find_if(out[0], [](float x) { return x != 0.0f; }) - out[0].begin() - kBefore;
  return peak - out[0].begin() - kBefore;
}

/// Start values, and each of the parameters that a plan carries at several places.
std::vector<std::vector<float>> planned_settings(const InsertType& type) {
  std::vector<std::vector<float>> settings{start_values(type)};
  std::mt19937 rng(2);
  for (const ParamSpec& spec : type.params) {
    if (spec.travel != Travel::plan) continue;
    for (const float value : {spec.min, random_value(spec, rng), random_value(spec, rng), spec.max}) {
      settings.push_back(start_values(type));
      settings.back()[spec.index] = value;
    }
  }
  return settings;
}

class InsertLatency : public EveryInsert {};

/// Of a delay or a chorus that is all wet the time is the sound itself, not a latency.
bool is_late_on_purpose(const InsertType& type) { return type.key == "delay" || type.key == "chorus"; }

TEST_P(InsertLatency, IsWhatItDeclares) {
  if (is_late_on_purpose(type())) GTEST_SKIP() << "its own test measures its times";
  for (const double rate : {44100.0, 48000.0, 192000.0})
    for (const int channels : {1, 2})
      for (const auto& params : planned_settings(type())) {
        const HostSetup setup{.sample_rate = rate, .channels = channels, .params = params};
        EXPECT_EQ(measured_latency(type(), setup), type().latency(params, rate)) << "at " << rate;
      }
}

class InsertTail : public EveryInsert {
 protected:
  /// What is heard of the insert alone once its declared tail is over.
  void expect_silence_after_tail(const HostSetup& setup, const Signal& in) const {
    InsertHost host(type(), setup);
    host.run(in, every(kSlice));
    // A delay that feeds back all of it rings for ten minutes; its own test waits for them, once.
    if (type().key == "delay" && host.tail() > 12 * 48000) return;
    // In parts: the tail of a hall may be minutes long.
    const Cuts cuts = at_random(2);
    for (Frames left = host.tail(); left > 0; left -= 48000)
      host.run(silence(setup.channels, static_cast<int>(std::min<Frames>(left, 48000))), cuts);
    const Signal after = host.run(silence(setup.channels, 2000), at_random(3));
    for (const auto& channel : after)
      EXPECT_TRUE(std::ranges::all_of(channel, [](float x) { return x == 0.0f; })) << "at " << setup.sample_rate;
  }
};

TEST_P(InsertTail, EndsInExactZerosWhenItSays) {
  for (const auto& params : settings_of(type(), 5, 41))
    for (const int channels : {1, 2})
      expect_silence_after_tail({.channels = channels, .params = params}, noise(channels, 5000, 1));
}

TEST_P(InsertTail, EndsAtEveryRateAndForLoudSignalsToo) {
  for (const double rate : {8000.0, 44100.0, 96000.0, 192000.0})
    for (const auto& params : settings_of(type(), 0, 0))
      expect_silence_after_tail({.sample_rate = rate, .params = params}, noise(2, 3000, 2, 1000.0f));
}

TEST_P(InsertTail, EndsAfterDirectCurrent) {
  Signal direct = silence(2, 20000);
  for (auto& channel : direct) std::ranges::fill(channel, 1.0f);
  for (const auto& params : settings_of(type(), 3, 42)) expect_silence_after_tail({.params = params}, direct);
}

TEST_P(InsertTail, KeepsSilenceSilentFromTheStart) {
  for (const auto& params : settings_of(type(), 5, 43)) {
    InsertHost host(type(), {.params = params});
    for (const auto& channel : host.run(silence(2, 5000), at_random(4)))
      EXPECT_TRUE(std::ranges::all_of(channel, [](float x) { return x == 0.0f; }));
  }
}

BUSBAR_FOR_EVERY_INSERT(InsertLatency);
BUSBAR_FOR_EVERY_INSERT(InsertTail);

}  // namespace

}  // namespace busbar::test
