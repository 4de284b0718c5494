#include "sessions/edit_line.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "sessions/edit_script.hpp"

namespace busbar {
namespace {

/// Edits of every kind, as a script can say them.
class RandomEdits {
 public:
  explicit RandomEdits(unsigned seed) : random_(seed) {}

  TimedEdit next(int line) {
    TimedEdit timed{static_cast<Frames>(bits_() >> 11), line, edit(false)};
    at_ = std::max(at_, timed.at % 1'000'000);
    timed.at = at_++;
    return timed;
  }

 private:
  int below(int most) { return std::uniform_int_distribution(0, most - 1)(random_); }

  Edit edit(bool is_part) {
    Edit made;
    made.op = static_cast<EditOp>(below(is_part ? 4 : 7));
    const bool has_address = made.op <= EditOp::move;
    if (has_address) made.address = "/" + text() + "x/fader_db";
    if (made.op == EditOp::set || made.op == EditOp::add) made.value = value();
    if (made.op == EditOp::move || (made.op == EditOp::add && below(2) == 0)) made.index = below(1'000'001);
    if (made.op == EditOp::batch)
      for (int n = 1 + below(5); n > 0; --n) made.edits.push_back(edit(true));
    if (!is_part && below(3) == 0) made.gesture = text() + "g";
    return made;
  }
  EditValue value() {
    switch (below(6)) {
      case 0:
        return std::monostate{};
      case 1:
        return below(2) == 0;
      case 2:
        return text();
      case 3:
        return JsonText{"{\"k\":[1,-0.0,1e+300,\"a\\n\\u0001\",{}],\"level_db\":-6.25}"};
      case 4:
        return static_cast<double>(below(2000) - 1000);
      default:
        return any_number();
    }
  }
  double any_number() {
    for (;;) {
      const double number = std::bit_cast<double>(bits_());
      if (std::isfinite(number)) return number;
    }
  }
  std::string text() {
    static constexpr std::array<const char*, 10> kParts{"a", "\"", "\\", "\n", "é", "𝄞", "\x01", " ", "}", "-inf"};
    std::string made;
    for (int n = below(6); n > 0; --n) made += kParts[static_cast<std::size_t>(below(10))];
    return made;
  }

  std::mt19937 random_;
  std::mt19937_64 bits_{7};
  Frames at_ = 0;
};

TimedEdit read_back(const std::string& line) {
  const EditScript script = read_edit_script_text(line, 48000.0);
  for (const Error& error : script.errors) ADD_FAILURE() << to_line(error) << "\n" << line;
  return script.edits.size() == 1 ? script.edits.front() : TimedEdit{};
}

Edit set(EditValue value) {
  Edit edit;
  edit.address = "/kick/fader_db";
  edit.value = std::move(value);
  return edit;
}

std::uint64_t bits_of(const Edit& edit) {
  const double* number = std::get_if<double>(&edit.value);
  return number == nullptr ? 0 : std::bit_cast<std::uint64_t>(*number);
}

TEST(EditLine, EveryEditIsReadBackAsItWas) {
  RandomEdits edits(1);
  std::string text;
  std::vector<TimedEdit> written;
  for (int line = 1; line <= 5000; ++line) {
    written.push_back(edits.next(line));
    const std::string one = write_edit_line(written.back());
    ASSERT_EQ(one.find('\n'), std::string::npos);
    text += one + "\n";
  }
  const EditScript read = read_edit_script_text(text, 44100.0);
  ASSERT_TRUE(read.errors.empty()) << to_line(read.errors.front());
  ASSERT_EQ(read.edits.size(), written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    EXPECT_EQ(read.edits[i].at, written[i].at);
    EXPECT_EQ(read.edits[i].line, written[i].line);
    EXPECT_EQ(read.edits[i].edit, written[i].edit) << write_edit_line(written[i]);
    EXPECT_EQ(bits_of(read.edits[i].edit), bits_of(written[i].edit)) << write_edit_line(written[i]);
  }
}

TEST(EditLine, ReadsLikeALineOfAScript) {
  TimedEdit timed{48000, 0, set(-6.0)};
  timed.edit.gesture = "drag";
  EXPECT_EQ(write_edit_line(timed),
            R"({"at_frame": 48000, "op": "set", "address": "/kick/fader_db", "value": -6, "gesture": "drag"})");
}

TEST(EditLine, ACompensatedTrimSaysSo) {
  TimedEdit timed{0, 1, set(3.0)};
  timed.edit.compensate = true;
  EXPECT_EQ(read_back(write_edit_line(timed)).edit, timed.edit);
}

TEST(EditLine, NumbersAtTheEndsOfTheirRangeKeepTheirBits) {
  using Limits = std::numeric_limits<double>;
  for (const double number : {-0.0, 0.1, Limits::denorm_min(), Limits::max(), -Limits::max(), 1e15, 9007199254740993.0,
                              18446744073709551616.0, 1.0 / 3.0})
    EXPECT_EQ(bits_of(read_back(write_edit_line({0, 1, set(number)})).edit), std::bit_cast<std::uint64_t>(number));
}

TEST(EditLine, WhatNoScriptCanSayStillMakesALineThatCanBeRead) {
  using Limits = std::numeric_limits<double>;
  EXPECT_EQ(read_back(write_edit_line({0, 1, set(-Limits::infinity())})).edit, set(std::string("-inf")));
  EXPECT_EQ(read_back(write_edit_line({0, 1, set(Limits::quiet_NaN())})).edit, set(std::monostate{}));
  EXPECT_EQ(read_back(write_edit_line({0, 1, set(JsonText{"{\"open\":"})})).edit, set(std::monostate{}));
  EXPECT_EQ(read_back(write_edit_line({0, 1, set(std::string("\xff"))})).edit, set(std::string("\xEF\xBF\xBD")));
}

TEST(EditLine, AStructureOverSeveralLinesBecomesOneLine) {
  const std::string line = write_edit_line({0, 1, set(JsonText{"{\n  \"a\": \"x\\ny\",\r\n  \"b\": 1\n}"})});
  EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
  EXPECT_EQ(read_back(line).edit, set(JsonText{R"({"a":"x\ny","b":1})"}));
}

}  // namespace
}  // namespace busbar
