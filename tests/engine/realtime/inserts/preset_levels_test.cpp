// The presets of the quick-reference card: their settings lie within its columns, and what they do with a tone does
// too.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "engine/realtime/dsp/note.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/presets.hpp"
#include "tests/support/insert_host.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"
#include "tests/support/preset_params.hpp"

namespace busbar::test {
namespace {

struct Column {
  double low, high;
  bool holds(double value) const { return value >= low && value <= high; }
};

/// A row of the card. Where it says `none` beside a high-pass frequency, the preset may have either.
struct Card {
  const char* preset;
  Column threshold_db, ratio, attack_ms, release_ms;
  bool may_be_auto, may_be_tempo;
  Column reduction_db, high_pass_hz;
  bool has_makeup;
};

constexpr std::array<Card, 5> kCard{{
    {"general", {-10, -6}, {2, 4}, {10, 30}, {80, 200}, true, false, {2, 4}, {60, 100}, true},
    {"drums", {-12, -8}, {2, 4}, {20, 40}, {100, 250}, false, true, {3, 6}, {20, 40}, true},
    {"vocals", {-8, -4}, {2, 3}, {10, 20}, {60, 150}, false, false, {2, 4}, {100, 150}, true},
    {"bass_keys", {-10, -6}, {2, 3}, {15, 30}, {80, 200}, false, false, {2, 3}, {30, 30}, true},
    {"master", {-6, -3}, {1.5, 2}, {30, 80}, {150, 400}, true, false, {1, 3}, {20, 20}, false},
}};

Preset preset_of(const char* type, const char* key) {
  Result<Preset> preset = find_preset(type, key);
  EXPECT_TRUE(preset) << type << " " << key;
  return preset ? *preset : Preset{.inserts = {InsertSlot{}}};
}

/// A stereo sine whose peaks are at a level.
Signal tone(double hz, double rate, double peak_db, double seconds) {
  const auto wave =
      to_float(sine_wave(hz, rate, static_cast<std::size_t>(rate * seconds), std::pow(10.0, peak_db / 20.0)));
  return {wave, wave};
}

double settled_rms_db(const Signal& signal) {
  const std::vector<float>& left = signal[0];
  return rms_db(std::vector<float>(left.end() - std::ssize(left) / 4, left.end()));
}

/// By how much a 1 kHz tone is turned down that comes in so many dB over the threshold, without any make-up.
double settled_reduction_db(const InsertType& type, InsertSlot slot, double threshold_dbfs, double over_db, double rate,
                            double hz = 1000.0) {
  for (const char* key : {"makeup_db", "auto_makeup"}) slot.params.erase(key);
  InsertHost host(type, {.sample_rate = rate, .channels = 2, .params = params_of(type, slot)});
  const Signal in = tone(hz, rate, threshold_dbfs + over_db, 3.0);
  return settled_rms_db(in) - settled_rms_db(host.run(in, every(256)));
}

/// How far a value lies outside of a column; negative inside.
double outside(const Column& column, double value) { return std::max(column.low - value, value - column.high); }

TEST(PresetLevels, ThresholdRatioAndTimesLieInTheColumnsOfTheCard) {
  const InsertType& type = *find_insert_type("compressor");
  for (const Card& card : kCard) {
    const InsertSlot slot = preset_of("compressor", card.preset).inserts.front();
    const std::vector<float> params = params_of(type, slot);
    const auto value = [&](const char* key) { return double{params[find_param(type, key)->index]}; };
    EXPECT_TRUE(card.threshold_db.holds(value("threshold_db"))) << card.preset;
    EXPECT_TRUE(card.ratio.holds(value("ratio"))) << card.preset;
    EXPECT_TRUE(card.attack_ms.holds(value("attack_ms"))) << card.preset;
    const auto release = slot.params.find("release_ms");
    ASSERT_NE(release, slot.params.end()) << card.preset;
    const auto* word = std::get_if<std::string>(&release->second);
    if (word == nullptr)
      EXPECT_TRUE(card.release_ms.holds(std::get<double>(release->second))) << card.preset;
    else
      EXPECT_TRUE((*word == "auto" && card.may_be_auto) || (*word == "tempo" && card.may_be_tempo)) << card.preset;
    if (word != nullptr && *word == "tempo") {
      const double note = note_seconds(params[find_param(type, "release_note")->index], 120.0f);
      EXPECT_TRUE(card.release_ms.holds(1000.0 * note)) << card.preset;
    }
    EXPECT_EQ(value("makeup_db") != 0.0 || value("auto_makeup") != 0.0, card.has_makeup) << card.preset;
  }
}

TEST(PresetLevels, ReductionOfAToneSixDecibelsOverThresholdLandsInItsColumn) {
  const InsertType& type = *find_insert_type("compressor");
  for (const double rate : {44100.0, 48000.0, 96000.0, 192000.0})
    for (const Card& card : kCard) {
      const InsertSlot slot = preset_of("compressor", card.preset).inserts.front();
      const double threshold = std::get<double>(slot.params.at("threshold_db"));
      const double reduction = settled_reduction_db(type, slot, threshold, 6.0, rate);
      EXPECT_TRUE(measured(
          {.group = "Presets",
           .item = "Gain reduction of the card's presets outside its column (below 0: inside), 1 kHz, 6 dB over",
           .unit = "dB",
           .target = 0.0},
          outside(card.reduction_db, reduction)))
          << card.preset << " at " << rate << ": " << reduction << " dB";
      RecordProperty(std::string(card.preset) + "_" + std::to_string(static_cast<int>(rate)),
                     std::to_string(reduction));
    }
}

TEST(PresetLevels, HighPassesOfTheCardAreThreeDecibelsDownAtItsFrequencies) {
  const InsertType& type = *find_insert_type("equaliser");
  for (const Card& card : kCard) {
    const InsertSlot slot = preset_of("equaliser", card.preset).inserts.front();
    const double corner = std::get<double>(slot.params.at("band1_hz"));
    EXPECT_TRUE(card.high_pass_hz.holds(corner)) << card.preset;
    EXPECT_NEAR(settled_reduction_db(type, slot, -26.0, 6.0, 48000.0, corner), 3.01, 0.05) << card.preset;
    EXPECT_NEAR(settled_reduction_db(type, slot, -26.0, 6.0, 48000.0, 2000.0), 0.0, 0.01) << card.preset;
  }
}

TEST(PresetLevels, GlueAndTheMasterChainTakeAsMuchAsTheySay) {
  // Threshold 0 on the panel of the bus compressor is -12 dBFS.
  const InsertType& type = *find_insert_type("bus_compressor");
  const InsertSlot glue = preset_of("bus_compressor", "glue").inserts.front();
  const double threshold = -12.0 + std::get<double>(glue.params.at("threshold_db"));
  const double glued = settled_reduction_db(type, glue, threshold, 6.0, 48000.0);
  EXPECT_TRUE((Column{2.0, 4.0}.holds(glued))) << glued;
  const Preset master = preset_of("", "master");
  const Result<Preset> parallel = find_preset("", "parallel");
  ASSERT_TRUE(parallel);
  // A hot drum group on the aux: peaks from -14 to -3 dBFS.
  const InsertSlot& crush = parallel->inserts.front();
  for (const double peak : {-14.0, -3.0}) {
    const double reduction = settled_reduction_db(*find_insert_type(crush.type), crush, peak, 0.0, 48000.0);
    EXPECT_TRUE((Column{10.0, 24.0}.holds(reduction))) << reduction;
  }
  const InsertSlot& limiter = master.inserts.back();
  EXPECT_EQ(limiter.type, "limiter");
  EXPECT_EQ(limiter.params.at("ceiling_dbtp"), ParamValue(-1.0));
}

}  // namespace
}  // namespace busbar::test
