#include "engine/analysis/bus_calculator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "engine/realtime/insert.hpp"
#include "tests/support/insert_host.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"
#include "tests/support/preset_params.hpp"

namespace busbar::test {
namespace {

using Params = std::map<std::string, ParamValue>;

double amplitude_of(double db) { return std::pow(10.0, db / 20.0); }

/// +A, +A, -A, -A …: a level without ripple, for detectors that look at samples.
Signal square(double db, int frames) {
  Signal signal = silence(2, frames);
  for (auto& channel : signal)
    for (std::size_t n = 0; n < channel.size(); ++n)
      channel[n] = static_cast<float>((n / 2) % 2 == 0 ? amplitude_of(db) : -amplitude_of(db));
  return signal;
}

/// A level without ripple between the samples either.
Signal constant(double db, int frames) {
  return Signal(2, std::vector<float>(static_cast<std::size_t>(frames), static_cast<float>(amplitude_of(db))));
}

Signal rendered(const char* key, const Params& params, const Signal& in, double rate) {
  const InsertType& type = *find_insert_type(key);
  InsertSlot slot;
  slot.type = key;
  slot.params = params;
  InsertHost host(type, {.sample_rate = rate, .channels = 2, .params = params_of(type, slot)});
  return host.run(in, every(256));
}

double settled_db(const Signal& signal) { return db_of(double{signal[0].back()}); }

/// The larger error of gain reduction and output of one setting. What goes into the output beside the reduction is the
/// make-up, which a render with the same settings far below the threshold has alone.
double error_db(const char* key, const Params& params, const SteadyLevel& said, double rate, const Signal& loud,
                const Signal& quiet) {
  const double output = settled_db(rendered(key, params, loud, rate));
  const double makeup = settled_db(rendered(key, params, quiet, rate)) - settled_db(quiet);
  const double reduction = settled_db(loud) - output + makeup;
  return std::max(std::fabs(reduction - said.reduction_db), std::fabs(output - said.output_db));
}

constexpr Row kRender{.group = "Bus calculator",
                      .item = "Static curve: reduction and output of 200 random settings, a level without ripple",
                      .unit = "dB",
                      .target = 0.1};

TEST(BusCalculator, SaysWhatARenderOfTheCompressorGives) {
  std::mt19937 rng(5);
  const auto random = [&](double low, double high) { return std::uniform_real_distribution(low, high)(rng); };
  const double rates[] = {44100.0, 48000.0, 96000.0, 192000.0};
  for (int n = 0; n < 120; ++n) {
    const double rate = rates[n % 4];
    const bool is_limiting = n % 12 == 0;
    CompressorPanel panel{.threshold_db = random(-50, 0),
                          .ratio = is_limiting ? HUGE_VAL : random(1, 20),
                          .knee_db = n % 3 == 0 ? 0.0 : random(0, 24),
                          .makeup_db = random(-24, 24),
                          .auto_makeup = n % 2 == 0};
    const Params params{{"threshold_db", panel.threshold_db},
                        {"ratio", is_limiting ? ParamValue(std::string("inf")) : ParamValue(panel.ratio)},
                        {"knee_db", panel.knee_db},
                        {"makeup_db", panel.makeup_db},
                        {"auto_makeup", panel.auto_makeup},
                        {"attack_ms", random(0.1, 5)},
                        {"release_ms", random(5, 50)}};
    const double input = random(-60, 6);
    const int frames = static_cast<int>(rate * 0.1);
    EXPECT_TRUE(measured(kRender, error_db("compressor", params, steady_level(panel, input), rate,
                                           square(input, frames), square(-90, frames))))
        << n;
  }
}

TEST(BusCalculator, SaysWhatARenderOfTheConsolesBusCompressorGives) {
  std::mt19937 rng(6);
  const auto random = [&](double low, double high) { return std::uniform_real_distribution(low, high)(rng); };
  const double ratios[] = {2, 4, 10};
  for (int n = 0; n < 40; ++n) {
    const BusCompressorPanel panel{random(-15, 15), ratios[n % 3], random(-5, 15)};
    const Params params{{"threshold_db", panel.threshold_db},
                        {"ratio", panel.ratio},
                        {"makeup_db", panel.makeup_db},
                        {"attack_ms", 1.0}};
    const double input = random(-40, 6);
    EXPECT_TRUE(measured(kRender, error_db("bus_compressor", params, steady_level(panel, input), 48000.0,
                                           square(input, 9600), square(-90, 9600))))
        << n;
  }
}

TEST(BusCalculator, SaysWhatARenderOfTheFetCompressorGives) {
  std::mt19937 rng(7);
  const auto random = [&](double low, double high) { return std::uniform_real_distribution(low, high)(rng); };
  const InsertType& type = *find_insert_type("fet_compressor");
  const auto buttons = find_param(type, "ratio")->choices;
  for (int n = 0; n < 40; ++n) {
    const FetCompressorPanel panel{random(-20, 40), random(-40, 20), static_cast<std::size_t>(n) % buttons.size()};
    const Params params{{"input_db", panel.input_db},
                        {"output_db", panel.output_db},
                        {"ratio", std::string(buttons[panel.button])},
                        {"attack_us", 100.0}};
    const double input = random(-50, 0);
    EXPECT_TRUE(measured(kRender, error_db("fet_compressor", params, steady_level(panel, input), 48000.0,
                                           constant(input, 4800), constant(-110, 4800))))
        << n;
  }
}

TEST(BusCalculator, AgreesWithThePublishedCurve) {
  for (const double threshold : {-30.0, -12.0, 0.0})
    for (const double ratio : {1.5, 4.0, 20.0, HUGE_VAL})
      for (double x = -60.0; x <= 6.0; x += 1.0) {
        const double reduction = std::max(0.0, (x - threshold) * (1.0 - 1.0 / ratio));
        const SteadyLevel level = steady_level(CompressorPanel{.threshold_db = threshold, .ratio = ratio}, x);
        EXPECT_NEAR(level.reduction_db, reduction, 1e-9);
        EXPECT_NEAR(level.output_db, x - reduction, 1e-9);
        EXPECT_NEAR(level.over_db, x - threshold, 1e-9);
      }
}

TEST(BusCalculator, KnowsTheLengthsOfNotes) {
  const auto at = [](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(note_names(), name) - note_names().begin());
  };
  EXPECT_DOUBLE_EQ(note_ms(at("quarter"), 120.0), 500.0);
  EXPECT_DOUBLE_EQ(note_ms(at("eighth_dotted"), 100.0), 450.0);
  EXPECT_DOUBLE_EQ(note_ms(at("sixteenth_triplet"), 90.0), 60000.0 / 90.0 / 6.0);
  EXPECT_DOUBLE_EQ(note_ms(at("whole"), 60.0), 4000.0);
}

}  // namespace
}  // namespace busbar::test
