// The table of parameters is what sessions, the window and MIDI go by.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include "tests/support/every_insert.hpp"
#include "tests/support/insert_host.hpp"

namespace busbar::test {

namespace {

bool is_snake_case(std::string_view key) {
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !key.empty() && key.front() >= 'a' && key.front() <= 'z' && key.back() != '_' &&
         std::ranges::all_of(key, is_word) && key.find("__") == std::string_view::npos;
}

/// What an address behind an insert means already.
constexpr auto kTakenKeys =
    std::to_array<std::string_view>({"id", "type", "bypass", "match_level", "mix", "key", "params", "preset"});

class InsertTable : public EveryInsert {};

TEST_P(InsertTable, IsFoundByASnakeCaseKeyThatIsItsOwn) {
  EXPECT_TRUE(is_snake_case(type().key));
  EXPECT_FALSE(type().label.empty());
  EXPECT_EQ(find_insert_type(type().key), &type());
  EXPECT_EQ(std::ranges::count(insert_types(), type().key, &InsertType::key), 1);
}

TEST_P(InsertTable, NamesEachParameterOnceAndInItsPlace) {
  std::set<std::string_view> keys, labels;
  for (std::size_t p = 0; p < type().params.size(); ++p) {
    const ParamSpec& spec = type().params[p];
    EXPECT_EQ(spec.index, p);
    EXPECT_TRUE(is_snake_case(spec.key)) << spec.key;
    EXPECT_EQ(std::ranges::find(kTakenKeys, spec.key), kTakenKeys.end()) << spec.key;
    EXPECT_TRUE(keys.insert(spec.key).second) << spec.key << " is there twice";
    EXPECT_FALSE(spec.label.empty()) << spec.key;
    EXPECT_TRUE(labels.insert(spec.label).second) << spec.label << " is there twice";
  }
  EXPECT_LE(type().params.size(), kMaxInsertParams);
}

TEST_P(InsertTable, StartsWithinARangeThatIsOne) {
  for (const ParamSpec& spec : type().params) {
    EXPECT_TRUE(std::isfinite(spec.min) && std::isfinite(spec.max)) << spec.key;
    EXPECT_LT(spec.min, spec.max) << spec.key;
    EXPECT_GE(spec.start, spec.min) << spec.key;
    EXPECT_LE(spec.start, spec.max) << spec.key;
    EXPECT_TRUE(spec.taper != Taper::log || spec.min > 0.0f) << spec.key;
    for (const float value : {spec.min, spec.max, spec.start})
      EXPECT_TRUE(!spec.whole || value == std::round(value)) << spec.key;
  }
}

TEST_P(InsertTable, ListsStepsThatRiseWithinTheRangeAndHoldTheStart) {
  for (const ParamSpec& spec : type().params) {
    if (spec.steps.empty()) continue;
    EXPECT_EQ(std::ranges::adjacent_find(spec.steps, std::greater_equal<>{}), spec.steps.end()) << spec.key;
    EXPECT_GE(spec.steps.front(), spec.min) << spec.key;
    EXPECT_LE(spec.steps.back(), spec.max) << spec.key;
    EXPECT_NE(std::ranges::find(spec.steps, spec.start), spec.steps.end()) << spec.key;
  }
}

TEST_P(InsertTable, GivesSwitchesTwoValuesAndChoicesOneForEachName) {
  for (const ParamSpec& spec : type().params) {
    const std::set<std::string_view> names(spec.choices.begin(), spec.choices.end());
    EXPECT_EQ(names.size(), spec.choices.size()) << spec.key << " names a choice twice";
    for (const std::string_view name : names) EXPECT_TRUE(is_snake_case(name)) << spec.key << ' ' << name;
    if (spec.kind == ParamKind::flag) {
      EXPECT_EQ(spec.min, 0.0f) << spec.key;
      EXPECT_EQ(spec.max, 1.0f) << spec.key;
      EXPECT_EQ(spec.start, std::round(spec.start)) << spec.key;
      EXPECT_TRUE(spec.choices.empty() && spec.steps.empty()) << spec.key;
    }
    if (spec.kind == ParamKind::choice) {
      EXPECT_EQ(spec.min, 0.0f) << spec.key;
      EXPECT_EQ(spec.max, static_cast<float>(spec.choices.size() - 1)) << spec.key;
      EXPECT_EQ(spec.start, std::round(spec.start)) << spec.key;
      // Between two names there is nothing to glide through.
      EXPECT_TRUE(spec.travel == Travel::jump || spec.travel == Travel::plan) << spec.key;
    }
  }
}

TEST_P(InsertTable, GivesOneOrTwoChannelsAndNeverFewerThanItGot) {
  for (const auto& params : settings_of(type(), 5, 31)) {
    const int of_mono = type().out_channels(1, params);
    EXPECT_TRUE(of_mono == 1 || of_mono == 2);
    EXPECT_EQ(type().out_channels(2, params), 2);
  }
}

TEST_P(InsertTable, ChangesLatencyByPlanParametersAndChannelsByThoseThatJumpAsWell) {
  const auto start = start_values(type());
  for (const ParamSpec& spec : type().params) {
    if (spec.travel == Travel::plan) continue;
    for (const float value : {spec.min, spec.max}) {
      auto moved = start;
      moved[spec.index] = value;
      EXPECT_EQ(type().latency(moved, 48000.0), type().latency(start, 48000.0)) << spec.key;
      if (spec.travel == Travel::jump) continue;
      EXPECT_EQ(type().out_channels(1, moved), type().out_channels(1, start)) << spec.key;
    }
  }
}

BUSBAR_FOR_EVERY_INSERT(InsertTable);

TEST(InsertTypes, DoNotKnowAKeyThatNoneHas) { EXPECT_EQ(find_insert_type("no_such_insert"), nullptr); }

}  // namespace

}  // namespace busbar::test
