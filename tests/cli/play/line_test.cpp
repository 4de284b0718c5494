#include "cli/play/line.hpp"

#include <gtest/gtest.h>

namespace busbar::test {
namespace {

using cli::Align;
using cli::columns_of;
using cli::fitted;
using cli::Line;
using cli::Style;

TEST(Line, TextsAreCutOrFilledToTheirColumns) {
  EXPECT_EQ(fitted("Kick", 6), "Kick  ");
  EXPECT_EQ(fitted("Kick", 6, Align::right), "  Kick");
  EXPECT_EQ(fitted("Lead vocal", 6), "Lead …");
  EXPECT_EQ(fitted("Kick", 4), "Kick");
  EXPECT_EQ(fitted("Kick", 1), "…");
  EXPECT_EQ(fitted("Kick", 0), "");
}

TEST(Line, ColumnsAreThoseOfATerminalAndNotBytes) {
  EXPECT_EQ(columns_of("Grönlund"), 8u);
  EXPECT_EQ(columns_of("e\u0301te\u0301"), 3u);  // combining accents
  EXPECT_EQ(columns_of("太鼓"), 4u);
  EXPECT_EQ(fitted("太鼓太鼓", 6), "太鼓… ");  // half a character does not fit
  EXPECT_EQ(columns_of(fitted("太鼓太鼓", 6)), 6u);
}

TEST(Line, NoNameMovesTheCursor) {
  EXPECT_EQ(fitted("a\033[2Jb\n\x7f\u009b", 12), "a [2Jb      ");
  Line line;
  line.add("x\033]0;title\ay\u202e");
  EXPECT_EQ(line.text(), "x ]0;title y ");
}

TEST(Line, BrokenUtf8IsShownAsQuestionMarks) {
  EXPECT_EQ(fitted("\xff\xc3", 3), "?? ");
  EXPECT_EQ(fitted("\xe5\xa4", 3), "?? ");
  EXPECT_EQ(fitted("\xc3(", 3), "?( ");
}

TEST(Line, PiecesAreCutWhereTheLineEnds) {
  Line line;
  line.add("green", Style::good).add("plain").add("red", Style::hot).fit(8);
  EXPECT_EQ(line.text(), "greenpl…");
  EXPECT_EQ(line.width(), 8u);
  EXPECT_EQ(Line(line).fit(5).text(), "green");
  EXPECT_EQ(line.fit(10).text(), "greenpl…  ");
}

TEST(Line, ColoursAreWrittenOnlyWhereTheyAreWanted) {
  Line line;
  line.add("a", Style::good).add("█·…");
  EXPECT_EQ(line.coded({.colours = true, .utf8 = true}), "\033[32ma\033[0m█·…");
  EXPECT_EQ(line.coded({.colours = false, .utf8 = true}), "a█·…");
  EXPECT_EQ(line.coded({.colours = false, .utf8 = false}), "a#.?");
}

}  // namespace
}  // namespace busbar::test
