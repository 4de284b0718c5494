#include "engine/core/result.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace busbar {

namespace {

const Error kNoFile{"tracks/kick", "no such file", "give --allow-missing"};

TEST(Result, HoldsAValueOrTheReasonWhyThereIsNone) {
  Result<int> seven = 7;
  ASSERT_TRUE(seven);
  EXPECT_EQ(*seven, 7);
  const Result<int> failed = kNoFile;
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), kNoFile);
}

TEST(Result, HandsOnAValueThatCannotBeCopied) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(3);
  ASSERT_TRUE(made);
  const std::unique_ptr<int> taken = std::move(made).value();
  EXPECT_EQ(*taken, 3);
}

TEST(Result, WithoutAValueIsGoodUnlessToldOtherwise) {
  EXPECT_TRUE(Result<void>());
  const Result<void> failed = kNoFile;
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().what, "no such file");
}

TEST(Error, IsOneLineOfWhereWhatAndHowToMend) {
  EXPECT_EQ(to_line(kNoFile), "tracks/kick: no such file: give --allow-missing");
  EXPECT_EQ(to_line({"", "no such file", ""}), "no such file");
  EXPECT_EQ(to_line({"a", "", "c"}), "a: c");
}

}  // namespace

}  // namespace busbar
