// What the reverb's field is like: dense, even, wide, without flutter.
#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/engine/realtime/inserts/reverb_analysis.hpp"
#include "tests/support/measured.hpp"

namespace busbar::test {

namespace {

/// Runs a check for both channels of the answers to the left, the right and both sides.
template <typename Check>
void for_each_way(const ReverbSetting& space, double rate, const Check& check) {
  for (const int side : {0, 1, 2}) {
    const Signal answer = space.impulse_response(static_cast<double>(space.decay_s), side, rate);
    for (const auto& channel : answer) {
      SCOPED_TRACE(::testing::Message() << "type " << space.type << " at " << rate << ", from side " << side);
      check(channel);
    }
  }
}

/// One window's density scatters by 6 %, being a count of some hundred samples: the mean of all ways is taken.
void expect_density(const ReverbSetting& space, double by, const char* item, double rate) {
  double then = 0.0;
  for_each_way(space, rate, [&](const std::vector<float>& response) {
    then += echo_density(response, by, rate) / 6.0;
    double late = 0.0;
    int count = 0;
    for (double at = 0.15; at < 0.6 * static_cast<double>(space.decay_s); at += 0.01, ++count)
      late += echo_density(response, at, rate);
    EXPECT_TRUE(measured({.group = "Reverb", .item = "Late echo density, distance from 1", .unit = "", .target = 0.05},
                         std::fabs(late / count - 1.0)));
  });
  EXPECT_TRUE(measured({.group = "Reverb", .item = item, .unit = "", .target = 0.9, .higher_is_better = true}, then))
      << "type " << space.type << " at " << rate;
}

TEST(ReverbField, IsDenseBy80MsInAHallAndBy30MsOnAPlate) {
  for (const double rate : kReverbRates) {
    expect_density(kHall, 0.080, "Echo density of the hall at 80 ms", rate);
    expect_density(kPlate, 0.030, "Echo density of the plate at 30 ms", rate);
  }
}

TEST(ReverbField, IsDenseInRoomsToo) {
  for (const ReverbSetting& space : {kRoom, kChamber})
    expect_density(space, 0.060, "Echo density of room and chamber at 60 ms", 48000.0);
}

TEST(ReverbField, ColoursNoThirdOctave) {
  for (const double rate : kReverbRates)
    for (const ReverbSetting& space : kSpaces) {
      if (rate != 48000.0 && space.type != kHall.type && space.type != kPlate.type) continue;
      for_each_way(space, rate, [&](const std::vector<float>& response) {
        for (const double level : third_octaves_db(response, rate))
          EXPECT_TRUE(measured(
              {.group = "Reverb", .item = "Colouration in third octaves, 125 Hz … 8 kHz", .unit = "dB", .target = 3.0},
              std::fabs(level)));
      });
    }
}

TEST(ReverbField, HasNoFlutter) {
  for (const double rate : {44100.0, 48000.0, 96000.0})
    for (const ReverbSetting& space : kSpaces) {
      if (rate != 48000.0 && space.type != kPlate.type) continue;
      for_each_way(space, rate, [&](const std::vector<float>& response) {
        const auto set = static_cast<double>(space.decay_s);
        EXPECT_TRUE(
            measured({.group = "Reverb", .item = "Autocorrelation of the tail, 1 … 50 ms", .unit = "", .target = 0.1},
                     flutter(without_decay(response, 0.1, 0.6 * set, set, rate), rate)));
      });
    }
}

TEST(ReverbField, LeavesLeftAndRightUnrelated) {
  for (const double rate : kReverbRates)
    for (const ReverbSetting& space : kSpaces)
      for (const int side : {0, 1, 2}) {
        const auto set = static_cast<double>(space.decay_s);
        const Signal answer = space.impulse_response(set, side, rate);
        const auto late = [&](std::size_t c) { return without_decay(answer[c], 0.1, 0.6 * set, set, rate); };
        EXPECT_TRUE(
            measured({.group = "Reverb", .item = "Late correlation of left and right", .unit = "", .target = 0.2},
                     std::fabs(correlation(late(0), late(1)))))
            << "type " << space.type << " at " << rate << ", side " << side;
      }
}

}  // namespace

}  // namespace busbar::test
