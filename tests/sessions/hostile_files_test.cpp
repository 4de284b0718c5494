#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sessions/session_file.hpp"

namespace busbar {
namespace {

using nlohmann::json;

std::string read_example(const std::string& name) {
  std::ifstream stream(std::string(BUSBAR_SOURCE_DIR) + "/sessions/examples/" + name);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string first_line(std::string_view text) {
  const LoadedSession session = read_session_text(text, {});
  return session.findings.errors.empty() ? "no error" : to_line(session.findings.errors.front());
}

TEST(HostileSession, NestedDeepIsRefusedBeforeItIsParsed) {
  EXPECT_EQ(first_line(std::string(100000, '[')),
            "line 1, column 65: lists and objects are nested deeper than 64: make it flatter");
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  EXPECT_NE(first_line(objects).find("nested deeper than 64"), std::string::npos);
}

TEST(HostileSession, BracketsInTextsDoNotCountAsDepth) {
  json session = json::parse(read_example("minimal.json"));
  session["name"] = std::string(1000, '[') + "\\\"" + std::string(1000, '{');
  EXPECT_EQ(first_line(session.dump()), "no error");
}

TEST(HostileSession, CutOffAtEveryByteIsRefusedAndNeverCrashes) {
  const std::string whole = read_example("harbour_lights.json");
  const std::size_t end = whole.rfind('}');
  for (std::size_t length = 0; length <= end; ++length)
    ASSERT_FALSE(read_session_text(std::string_view(whole).substr(0, length), {}).findings.errors.empty()) << length;
}

TEST(HostileSession, AnyByteChangedIsReadOrRefusedButNeverCrashes) {
  const std::string whole = read_example("harbour_lights.json");
  for (const char damage : {'\0', '"', '{', ']', '9', '-', '\xC3'})
    for (std::size_t at = 0; at < whole.size(); at += 3) {
      std::string text = whole;
      text[at] = damage;
      const LoadedSession session = read_session_text(text, {});
      if (session.findings.errors.empty()) {
        EXPECT_FALSE(write_session_text(session.mixer).empty());
      }
    }
}

TEST(HostileSession, LargerThanTheLimitIsRefused) {
  EXPECT_EQ(first_line("\"" + std::string(std::size_t{100} << 20, 'x')),
            "the text is larger than 64 MiB: split the session, or check that this is the right file");
}

TEST(HostileSession, MoreValuesThanFitAreRefused) {
  std::string text = "[0";
  for (int i = 0; i < 2'000'001; ++i) text += ",0";
  EXPECT_EQ(first_line(text + "]"), "the file holds more than 2000000 values: split the session");
}

TEST(HostileSession, ALongTextIsReadInKeysNobodyKnowsAndRefusedAsAName) {
  json session = json::parse(read_example("minimal.json"));
  session["comment"] = std::string(std::size_t{1} << 20, 'x');
  EXPECT_EQ(first_line(session.dump()), "no error");
  session["name"] = std::string(5000, 'x');
  EXPECT_EQ(first_line(session.dump()), "/name: this text is longer than 4096 bytes: shorten it");
}

TEST(HostileSession, MoreOfAKindThanFitIsRefused) {
  const json minimal = json::parse(read_example("minimal.json"));
  const auto with_many = [&](const char* pointer, std::size_t count, const json& one) {
    json session = minimal;
    session[json::json_pointer(pointer)] = json(count, one);
    return first_line(session.dump());
  };
  EXPECT_EQ(with_many("/tracks", 5000, {{"id", "a"}}),
            "/tracks: 5000 tracks are more than the 4096 that fit: take some away");
  EXPECT_EQ(with_many("/buses", 4096, {{"id", "a"}}),
            "/buses: 4096 buses are more than the 4095 that fit: take some away");
  EXPECT_EQ(with_many("/tracks/0/sends", 257, {{"to", "a"}}),
            "/tracks/0/sends: 257 sends are more than the 256 that fit: take some away");
  EXPECT_EQ(with_many("/tracks/0/inserts", 65, {{"id", "a"}}),
            "/tracks/0/inserts: 65 inserts are more than the 64 that fit: take some away");
  EXPECT_EQ(with_many("/tracks/0/source/clips", 65537, 1),
            "/tracks/0/source/clips: 65537 clips are more than the 65536 that fit: take some away");
  EXPECT_EQ(with_many("/vcas", 1025, 1), "/vcas: 1025 VCAs are more than the 1024 that fit: take some away");
  EXPECT_EQ(with_many("/scenes", 4097, 1), "/scenes: 4097 scenes are more than the 4096 that fit: take some away");
}

TEST(HostileSession, TheFullNumberOfStripsIsCheckedWithoutDelay) {
  json session = json::parse(read_example("minimal.json"));
  json& tracks = session["tracks"];
  const json one = tracks[0];
  for (int i = 1; i < 4000; ++i) {
    json track = one;
    track["id"] = "t" + std::to_string(i);
    for (int s = 0; s < 8; ++s) track["sends"].push_back({{"to", "b" + std::to_string(s)}});
    tracks.push_back(track);
  }
  for (int b = 0; b < 90; ++b) session["buses"].push_back({{"id", "b" + std::to_string(b)}, {"kind", "aux"}});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(first_line(session.dump()), "no error");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(HostileSession, AMarkAtTheStartAndWindowsLineEndsAreRead) {
  std::string text;
  for (const char c : read_example("minimal.json")) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(first_line("\xEF\xBB\xBF" + text), "no error");
}

TEST(HostileSession, ADoubledKeyIsFoundInAHugeObjectToo) {
  std::string text =
      "{\"format\":\"busbar-session\",\"version\":1,\"sample_rate\":48000,\"tracks\":[],"
      "\"buses\":[{\"id\":\"master\",\"kind\":\"master\"}],";
  for (int i = 0; i < 200000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(first_line(text + "\"k7\":1}"), "/k7: the key \"k7\" stands twice in this object: keep one of them");
}

}  // namespace
}  // namespace busbar
