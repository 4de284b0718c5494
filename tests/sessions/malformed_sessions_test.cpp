#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sessions/session_file.hpp"

namespace busbar {
namespace {

using nlohmann::json;

json read_json(const std::string& path) {
  std::ifstream stream(std::string(BUSBAR_SOURCE_DIR) + "/" + path);
  return json::parse(stream);
}

json damaged(const json& one) {
  json session = read_json("sessions/examples/harbour_lights.json");
  const json set = one.value("set", json::object());
  for (const auto& [pointer, value] : set.items()) session[json::json_pointer(pointer)] = value;
  const json removed = one.value("remove", json::array());
  for (const json& pointer : removed) session = session.patch(json::array({{{"op", "remove"}, {"path", pointer}}}));
  return session;
}

std::string all_lines(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors) text += to_line(error) + "\n";
  return text;
}

TEST(MalformedSession, IsRefusedWithItsPointerAndItsMend) {
  const json cases = read_json("tests/sessions/malformed_sessions.json");
  EXPECT_GE(cases.size(), 60u);
  for (const json& one : cases) {
    SCOPED_TRACE(one["case"].get<std::string>());
    const LoadedSession session = read_session_text(damaged(one).dump(), {});
    ASSERT_FALSE(session.findings.errors.empty());
    const Error& first = session.findings.errors.front();
    EXPECT_EQ(first.where, one["where"].get<std::string>());
    EXPECT_EQ(to_line(first), one.value("line", "")) << all_lines(session.findings.errors);
    EXPECT_EQ(session.findings.errors.size(), one.value("errors", std::size_t{1}))
        << all_lines(session.findings.errors);
  }
}

TEST(MalformedSession, ReportsAllErrorsAtOnce) {
  json session = read_json("sessions/examples/harbour_lights.json");
  session["tempo_bpm"] = "fast";
  session["tracks"][0]["pan"] = 7;
  session["tracks"][0]["sends"][1]["tap"] = "pots";
  session["tracks"][2]["output"] = "nowhere";
  session["buses"][0]["inserts"][0]["id"] = "Glue";
  session["transport"]["loop"] = "verse";
  std::vector<std::string> pointers;
  for (const Error& error : read_session_text(session.dump(), {}).findings.errors) pointers.push_back(error.where);
  const std::vector<std::string> expected{"/tempo_bpm",       "/tracks/0/pan",         "/tracks/0/sends/1/tap",
                                          "/tracks/2/output", "/buses/0/inserts/0/id", "/transport/loop"};
  EXPECT_EQ(pointers, expected);
}

TEST(MalformedSession, KeepsTwoHundredErrorsAndCountsTheRest) {
  json session = read_json("sessions/examples/minimal.json");
  for (int i = 0; i < 300; ++i) {
    session["tracks"][0]["source"]["clips"][i] = {{"file", "a.wav"}, {"start_s", -1}};
  }
  const auto errors = read_session_text(session.dump(), {}).findings.errors;
  ASSERT_EQ(errors.size(), 201u);
  EXPECT_EQ(to_line(errors.back()), "and 100 more: mend these first");
}

struct BadText {
  std::string_view text, line;
};

TEST(MalformedSession, SaysLineAndColumnOfTextThatIsNotJson) {
  const BadText cases[] = {
      {"",
       "line 1, column 1: this is not JSON: unexpected end of input; expected '[', '{', or a literal: the text ends "
       "too early: a bracket, brace or quote is not closed"},
      {"{\n  \"format\" \"busbar-session\"\n}",
       "line 2, column 12: this is not JSON: unexpected string literal; expected ':': look at this place and just "
       "before it"},
      {"{\"a\": NaN}", "line 1, column 7: this is not JSON: invalid literal: look at this place and just before it"},
      {"{\"a\": 1e999}", "line 1, column 7: the number 1e999 is too large: look at this place and just before it"},
      {"{\"a\": \"\xFF\"}",
       "line 1, column 8: this is not JSON: invalid string: ill-formed UTF-8 byte: look at this place and just before "
       "it"},
      {"\xFF\xFE{\0}\0", "this is not UTF-8 text: save it as UTF-8"},
      {"[]", "a list stands where a session is wanted: write it in braces: { … }"},
      {"{\"format\":\"busbar-session\",\"version\":1,\"sample_rate\":48000,\"tracks\":[],\"buses\":[{\"id\":\"master\","
       "\"kind\":\"master\",\"pan\":0,\"pan\":1}]}",
       "/buses/0/pan: the key \"pan\" stands twice in this object: keep one of them"},
  };
  for (const BadText& one : cases) {
    const auto errors = read_session_text(one.text, {}).findings.errors;
    ASSERT_FALSE(errors.empty()) << one.text;
    EXPECT_EQ(to_line(errors.front()), one.line) << one.text;
  }
}

}  // namespace
}  // namespace busbar
