#include "engine/core/param_spec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <set>
#include <span>

#include "engine/core/audio_block.hpp"
#include "engine/core/strip_params.hpp"

namespace busbar {

namespace {

void expect_sound(std::span<const ParamSpec> table) {
  std::set<std::string_view> keys;
  for (std::size_t p = 0; p < table.size(); ++p) {
    const ParamSpec& spec = table[p];
    EXPECT_EQ(spec.index, p) << spec.key;
    EXPECT_TRUE(keys.insert(spec.key).second) << spec.key;
    EXPECT_FALSE(spec.label.empty()) << spec.key;
    EXPECT_LT(spec.min, spec.max) << spec.key;
    EXPECT_GE(spec.start, spec.min) << spec.key;
    EXPECT_LE(spec.start, spec.max) << spec.key;
  }
}

TEST(ParamSpec, TablesOfStripsAndSendsAreSound) {
  expect_sound(kStripParams);
  expect_sound(kSendParams);
}

TEST(ParamSpec, TablesStandInTheOrderOfTheirNumbers) {
  EXPECT_EQ(kStripParams[static_cast<std::size_t>(StripParam::pan)].key, "pan");
  EXPECT_EQ(kStripParams[static_cast<std::size_t>(StripParam::solo_safe)].key, "solo_safe");
  EXPECT_EQ(kSendParams[static_cast<std::size_t>(SendParam::on)].key, "on");
}

TEST(ParamSpec, TablesAndRangesOfASessionSayTheSame) {
  for (const ParamSpec& spec : {kStripParams[0], kStripParams[2], kSendParams[0]}) {
    EXPECT_EQ(double{spec.min}, kLevelRange.min) << spec.key;
    EXPECT_EQ(double{spec.max}, kLevelRange.max) << spec.key;
  }
  for (const ParamSpec& spec : {kStripParams[3], kSendParams[1]}) {
    EXPECT_EQ(double{spec.min}, kPanRange.min);
    EXPECT_EQ(double{spec.max}, kPanRange.max);
  }
  EXPECT_EQ(double{kStripParams[4].max}, kWidthRange.max);
}

TEST(ParamSpec, PrintsEveryUnitButTheBareNumber) {
  EXPECT_EQ(symbol(Unit::none), "");
  for (const Unit unit : {Unit::decibels, Unit::hertz, Unit::seconds, Unit::milliseconds, Unit::percent, Unit::frames,
                          Unit::semitones, Unit::ratio})
    EXPECT_FALSE(symbol(unit).empty());
  EXPECT_EQ(symbol(Unit::decibels), "dB");
}

TEST(Range, HoldsItsEndsAndNothingBeyond) {
  EXPECT_TRUE(kPanRange.holds(-1.0));
  EXPECT_TRUE(kPanRange.holds(1.0));
  EXPECT_FALSE(kPanRange.holds(1.0000001));
  EXPECT_FALSE(kPanRange.holds(std::numeric_limits<double>::quiet_NaN()));
}

TEST(AudioBlock, ShowsAPartOfTheSameSamples) {
  std::array<float, 8> left{0, 1, 2, 3, 4, 5, 6, 7}, right{};
  const AudioBlock whole(left.data(), right.data(), 2, 8);
  const AudioBlock middle = whole.part(3, 2);
  EXPECT_EQ(middle.frames(), 2);
  EXPECT_EQ(middle.channels(), 2);
  EXPECT_EQ(middle.channel(0)[0], 3.0f);
  middle.channel(1)[1] = 9.0f;
  EXPECT_EQ(right[4], 9.0f);
  EXPECT_TRUE(AudioBlock().empty());
}

}  // namespace

}  // namespace busbar
