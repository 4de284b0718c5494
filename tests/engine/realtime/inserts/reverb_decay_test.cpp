// How long the reverb lasts: decay times per octave, early and late, damped and modulated.
#include <cmath>
#include <vector>

#include "tests/engine/realtime/inserts/reverb_analysis.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {

namespace {

struct DecayTimes {
  double t30 = 0.0, early = 0.0;
};

/// Of one band after a burst of noise, the mean of eight bursts.
class Bursts {
 public:
  Bursts(const ReverbSetting& setting, double rate) : rate_(rate), burst_(static_cast<int>(0.25 * rate)) {
    const int frames = burst_ + static_cast<int>(0.85 * static_cast<double>(setting.decay_s) * rate);
    for (unsigned seed = 0; seed < 8; ++seed)
      answers_.push_back(setting.answer(joined(noise(2, burst_, seed), silence(2, frames - burst_)), rate)[0]);
  }

  DecayTimes mean(double hz) const {
    DecayTimes mean;
    for (const auto& answer : answers_) {
      const auto decay = energy_decay_db(band_of(answer, hz, rate_), static_cast<std::size_t>(burst_));
      mean.t30 += decay_time(decay, -5.0, -35.0, rate_) / 8.0;
      mean.early += decay_time(decay, 0.0, -10.0, rate_) / 8.0;
    }
    return mean;
  }

 private:
  double rate_;
  int burst_;
  std::vector<std::vector<float>> answers_;
};

void expect_decay(const ReverbSetting& setting, double rate) {
  const Bursts bursts(setting, rate);
  const auto set = static_cast<double>(setting.decay_s);
  for (const double hz : {125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0}) {
    const DecayTimes times = bursts.mean(hz);
    const double error = 100.0 * std::fabs(times.t30 / set - 1.0);
    const bool is_low = hz < 200.0;
    EXPECT_TRUE(
        measured({.group = "Reverb",
                  .item = is_low ? "T30 = set, 125 Hz, mean of 8 seeds" : "T30 = set, 250 Hz … 8 kHz, mean of 8 seeds",
                  .unit = "%",
                  .target = is_low ? 8.0 : 5.0},
                 error))
        << "type " << setting.type << " at " << rate << ", " << hz << " Hz: " << times.t30;
    // Ten decibels of a low octave are over before its few modes have told what they are: they scatter by a fifth.
    if (hz < 500.0) continue;
    EXPECT_TRUE(measured(
        {.group = "Reverb", .item = "EDT/T30 of octaves, 500 Hz … 8 kHz, distance from 1", .unit = "", .target = 0.1},
        std::fabs(times.early / times.t30 - 1.0)))
        << "type " << setting.type << " at " << rate << ", " << hz << " Hz: " << times.early / times.t30;
  }
}

TEST(ReverbDecay, LastsAsLongAsSetInEveryOctaveAndSpace) {
  for (const ReverbSetting& space : kSpaces) expect_decay(space, 48000.0);
}

TEST(ReverbDecay, LastsAsLongAsSetAtEveryRate) {
  for (const double rate : {44100.0, 96000.0, 192000.0}) expect_decay({.type = 2.0f, .decay_s = 1.2f}, rate);
}

TEST(ReverbDecay, LastsAsLongAsSetForAnySizeAndTime) {
  expect_decay({.type = 0.0f, .size = 0.5f, .decay_s = 0.4f}, 48000.0);
  expect_decay({.type = 3.0f, .size = 2.0f, .decay_s = 4.0f}, 48000.0);
}

/// A space whose walls are as far apart as a decay is long has few echoes to lose: what it misses the target by is
/// noted.
TEST(ReverbDecay, IsNearlyAsLongAsSetWhereASpaceIsTooLargeForIt) {
  for (const float type : {0.0f, 1.0f, 2.0f, 3.0f}) {
    const Bursts bursts({.type = type, .size = 2.0f, .decay_s = 0.4f}, 48000.0);
    for (const double hz : {500.0, 1000.0, 4000.0, 8000.0}) {
      const double error = 100.0 * std::fabs(bursts.mean(hz).t30 / double{0.4f} - 1.0);
      measured({.group = "Reverb", .item = "T30 = set, 0.4 s at size 2, 500 Hz … 8 kHz", .unit = "%", .target = 5.0},
               error);
      EXPECT_LT(error, 20.0) << type << ' ' << hz;
    }
  }
}

TEST(ReverbDecay, IsStraightFromItsFirstEcho) {
  for (const ReverbSetting& space : kSpaces)
    for (const int side : {0, 1, 2}) {
      const auto decay = energy_decay_db(space.impulse_response(static_cast<double>(space.decay_s), side)[0]);
      const double ratio = decay_time(decay, 0.0, -10.0, 48000.0) / decay_time(decay, -5.0, -35.0, 48000.0);
      EXPECT_TRUE(
          measured({.group = "Reverb", .item = "EDT/T30 of the whole band, distance from 1", .unit = "", .target = 0.1},
                   std::fabs(ratio - 1.0)))
          << "type " << space.type << ", side " << side << ": " << ratio;
    }
}

TEST(ReverbDecay, IsHalfAsLongAtTheDampingsFrequencyAndWholeFarBelow) {
  for (const float hz : {2000.0f, 5000.0f}) {
    ReverbSetting setting = kHall;
    setting.damping_hz = hz;
    const auto answer = setting.impulse_response(2.2)[0];
    const auto time_at = [&](double at) {
      return decay_time(energy_decay_db(band_of(answer, at, 48000.0, 1.0 / 6.0)), -5.0, -30.0, 48000.0);
    };
    EXPECT_NEAR(time_at(static_cast<double>(hz)) / 1.8, 0.5, 0.06) << hz;
    EXPECT_NEAR(decay_time(energy_decay_db(band_of(answer, 180.0, 48000.0)), -5.0, -30.0, 48000.0) / 1.8, 1.0, 0.08)
        << hz;
  }
}

TEST(ReverbDecay, DoesNotDependOnTheModulation) {
  for (const float modulation : {0.0f, 100.0f}) {
    ReverbSetting setting = kHall;
    setting.modulation = modulation;
    for (const double hz : {1000.0, 8000.0})
      EXPECT_NEAR(Bursts(setting, 48000.0).mean(hz).t30, 1.8, 0.09) << modulation;
  }
}

}  // namespace

}  // namespace busbar::test
