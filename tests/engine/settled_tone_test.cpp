#include "engine/settled_tone.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "engine/analysis/loudness.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

constexpr double kRates[] = {44100.0, 48000.0, 96000.0, 192000.0};

/// A setting and the tone that it hears.
struct Case {
  InsertSlot slot;
  double input_db = 0.0;
};

class Random {
 public:
  explicit Random(unsigned seed) : rng_(seed) {}
  double number(double low, double high) { return std::uniform_real_distribution(low, high)(rng_); }
  double time(double low, double high) { return std::exp(number(std::log(low), std::log(high))); }
  template <typename T>
  T one_of(std::initializer_list<T> all) {
    return *(all.begin() + static_cast<std::ptrdiff_t>(rng_() % all.size()));
  }

 private:
  std::mt19937 rng_;
};

std::string word(Random& random, std::initializer_list<const char*> all) { return random.one_of(all); }

Case compressor(Random& random) {
  Case made{slot("i", "compressor",
                 {{"threshold_db", random.number(-50, 0)},
                  {"knee_db", random.number(0, 24)},
                  {"attack_ms", random.time(0.05, 60)},
                  {"release_ms", random.time(5, 300)},
                  {"detector", word(random, {"peak", "rms"})},
                  {"quality", word(random, {"normal", "high"})},
                  {"lookahead_ms", random.one_of({0.0, 0.0, 0.25, 2.0})},
                  {"sidechain_hpf_hz", random.one_of({10.0, 10.0, 300.0})},
                  {"sidechain_lpf_hz", random.one_of({20000.0, 20000.0, 2000.0})},
                  {"makeup_db", random.number(-10, 10)},
                  {"auto_makeup", random.one_of({true, false})}}),
            random.number(-50, 6)};
  made.slot.params["ratio"] = random.number(1, 20);
  if (random.one_of({0, 1, 2, 3}) == 0) made.slot.params["ratio"] = std::string("inf");
  if (random.one_of({0, 1, 2, 3}) == 0) made.slot.params["release_ms"] = std::string("auto");
  made.slot.mix = random.one_of({1.0, 1.0, 0.4});
  return made;
}

Case bus_compressor(Random& random) {
  return {slot("i", "bus_compressor",
               {{"threshold_db", random.number(-15, 15)},
                {"ratio", random.one_of({2.0, 4.0, 10.0})},
                {"attack_ms", random.one_of({0.1, 0.3, 1.0, 3.0, 10.0, 30.0})},
                {"release_s", random.one_of({0.1, 0.3, 0.6, 1.2})},
                {"makeup_db", random.number(-5, 15)}}),
          random.number(-40, 6)};
}

Case fet_compressor(Random& random) {
  return {slot("i", "fet_compressor",
               {{"input_db", random.number(-20, 40)},
                {"output_db", random.number(-40, 20)},
                {"attack_us", random.time(20, 800)},
                {"release_ms", random.time(50, 500)},
                {"ratio", word(random, {"r4", "r8", "r12", "r20", "all"})}}),
          random.number(-50, 0)};
}

/// The end of what each case makes of its tone, in one session, as a gain over the same tone beside it: what strips do
/// to a tone is no matter here.
struct Heard {
  std::vector<double> with, without;
};
std::vector<Heard> rendered(const std::vector<Case>& cases, double rate, double seconds) {
  MixerBuilder builder;
  builder.rate(rate);
  for (std::size_t n = 0; n < cases.size(); ++n) {
    const ToneSource tone{.hz = 1000.0, .level = Decibels{cases[n].input_db}, .extras = {}};
    builder.tone("wet" + std::to_string(n), tone).tone("dry" + std::to_string(n), tone);
    builder.insert("wet" + std::to_string(n), cases[n].slot);
  }
  std::map<std::string, std::vector<double>> ends;  // the last second
  bool is_end = false;
  ConsoleSetup setup;
  setup.listen = [&](const std::string& id, const double* left, const double*, int frames) {
    if (is_end) ends[id].insert(ends[id].end(), left, left + frames);
  };
  Console console(builder, nullptr, {}, std::move(setup));
  console.run(to_frames(seconds - 1.0, rate), {256});
  is_end = true;
  console.run(to_frames(1.0, rate), {256});
  std::vector<Heard> heard;
  for (std::size_t n = 0; n < cases.size(); ++n)
    heard.push_back({ends["wet" + std::to_string(n)], ends["dry" + std::to_string(n)]});
  return heard;
}

double loudness(const std::vector<double>& sound, double rate) {
  LoudnessMeter meter(1, rate);
  std::vector<double> loud = sound;
  for (double& x : loud) x *= 100.0;  // over the gate of the measurement
  const double* channel = loud.data();
  meter.add(std::span<const double* const>(&channel, 1), static_cast<int>(loud.size()));
  return meter.integrated_lufs().value_or(-HUGE_VAL);
}

void expect_renders_alike(const std::vector<Case>& cases, double rate, double seconds) {
  const std::vector<Heard> heard = rendered(cases, rate, seconds);
  for (std::size_t n = 0; n < cases.size(); ++n) {
    const SettledTone said = settled_tone(cases[n].slot, 120.0, cases[n].input_db, rate);
    const double gain = rms_db(heard[n].with) - rms_db(heard[n].without);
    const double loudness_gain = loudness(heard[n].with, rate) - loudness(heard[n].without, rate);
    EXPECT_TRUE(measured({.group = "Bus calculator",
                          .item = "Output and gain reduction of 1 kHz, 200 random settings with attack, release and "
                                  "detector, against a render",
                          .unit = "dB",
                          .target = 0.1},
                         std::fabs(cases[n].input_db + gain - said.output_db)))
        << n << " " << cases[n].slot.type << " at " << rate;
    EXPECT_TRUE(measured({.group = "Bus calculator",
                          .item = "Loudness of 1 kHz behind the make-up it names",
                          .unit = "LU",
                          .target = 0.2},
                         std::fabs(loudness_gain - said.loudness_gain)))
        << n << " " << cases[n].slot.type << " at " << rate;
  }
}

TEST(SettledTone, IsWhatARenderOfTheCompressorGives) {
  Random random(5);
  for (const double rate : kRates) {
    std::vector<Case> cases;
    for (int n = 0; n < 30; ++n) cases.push_back(compressor(random));
    expect_renders_alike(cases, rate, 6.0);
  }
}

TEST(SettledTone, IsWhatARenderOfTheConsolesBusCompressorGives) {
  Random random(6);
  for (const double rate : kRates) {
    std::vector<Case> cases;
    for (int n = 0; n < 10; ++n) cases.push_back(bus_compressor(random));
    expect_renders_alike(cases, rate, 8.0);
  }
}

TEST(SettledTone, IsWhatARenderOfTheFetCompressorGives) {
  Random random(7);
  for (const double rate : kRates) {
    std::vector<Case> cases;
    for (int n = 0; n < 10; ++n) cases.push_back(fet_compressor(random));
    expect_renders_alike(cases, rate, 4.0);
  }
}

TEST(SettledTone, WaitsForTheSlowestReleaseOfAll) {
  InsertSlot slow = slot("i", "bus_compressor", {{"threshold_db", -15.0}, {"release_s", std::string("auto")}});
  const double at_last = settled_tone(slow, 120.0, -6.0).output_db;
  const Heard heard = rendered({{slow, -6.0}}, 48000.0, 40.0).front();
  EXPECT_NEAR(-6.0 + rms_db(heard.with) - rms_db(heard.without), at_last, 0.05);
}

TEST(SettledTone, OfAQuickReleaseIsNotWhatTheCurveSays) {
  const InsertSlot quick =
      slot("i", "compressor", {{"threshold_db", -20.0}, {"ratio", 4.0}, {"knee_db", 0.0}, {"attack_ms", 30.0}});
  EXPECT_GT(settled_tone(quick, 120.0, -6.0).output_db, -6.0 - 0.75 * 14.0 + 1.5);
}

}  // namespace
}  // namespace busbar::test
