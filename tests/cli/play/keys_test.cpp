#include "cli/play/keys.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace busbar::test {
namespace {

using cli::Key;
using cli::KeyPress;
using cli::KeyReader;

std::vector<KeyPress> pressed(KeyReader& reader) {
  std::vector<KeyPress> list;
  while (const auto press = reader.next()) list.push_back(*press);
  return list;
}

std::vector<KeyPress> keys_of(std::string_view bytes) {
  KeyReader reader;
  reader.feed(bytes, 0.0);
  return pressed(reader);
}

TEST(Keys, LettersAndSignsAreKeys) {
  const std::vector<KeyPress> expected = {{Key::play}, {Key::start},     {Key::loop},      {Key::down},   {Key::mute},
                                          {Key::solo}, {Key::louder},    {Key::louder},    {Key::softer}, {Key::help},
                                          {Key::quit}, {Key::marker, 1}, {Key::marker, 9}, {Key::undo},   {Key::redo}};
  EXPECT_EQ(keys_of(" 0l\tms+=-?q19ur"), expected);
}

TEST(Keys, ArrowsAndHomeComeAsSequencesOfSeveralKinds) {
  const std::vector<KeyPress> arrows = {{Key::up}, {Key::down}, {Key::forward}, {Key::back}};
  EXPECT_EQ(keys_of("\033[A\033[B\033[C\033[D"), arrows);
  EXPECT_EQ(keys_of("\033OA\033OB\033OC\033OD"), arrows);
  EXPECT_EQ(keys_of("\033[1;5A\033[1;2B\033[1;3C\033[D"), arrows);
  const std::vector<KeyPress> home(4, {Key::start});
  EXPECT_EQ(keys_of("\033[H\033OH\033[1~\033[7~"), home);
  EXPECT_EQ(keys_of("\033[Z"), std::vector<KeyPress>{{Key::up}});
}

TEST(Keys, ASequenceMayArriveByteByByte) {
  KeyReader reader;
  reader.feed("\033", 0.0);
  reader.feed("[", 0.04);
  reader.feed("C", 0.08);
  EXPECT_EQ(pressed(reader), std::vector<KeyPress>{{Key::forward}});
}

TEST(Keys, ASequenceWhoseRestIsReadLateIsNoEsc) {
  KeyReader reader;
  reader.feed("\033", 0.0);
  reader.feed("[C", 3.0);  // the program was held up; the bytes had arrived
  reader.feed("", 4.0);
  EXPECT_EQ(pressed(reader), std::vector<KeyPress>{{Key::forward}});
}

TEST(Keys, ALoneEscQuitsAfterAMoment) {
  KeyReader reader;
  reader.feed("\033", 0.0);
  reader.feed("", 0.04);
  EXPECT_TRUE(pressed(reader).empty());
  reader.feed("", 0.06);
  EXPECT_EQ(pressed(reader), std::vector<KeyPress>{{Key::quit}});
  reader.feed("", 1.0);
  EXPECT_TRUE(pressed(reader).empty());
}

TEST(Keys, UnknownSequencesAndKeysAreSkippedAndWhatFollowsCounts) {
  for (const char* unknown : {"\033[15~", "\033[3;5~", "\033OP", "\033[[A", "\033[<0;10;20M", "\033x", "\033[I", "é",
                              "x", "\x01", "\033[9999999999999999999999999999999999999999~"})
    EXPECT_EQ(keys_of(std::string(unknown) + " "), std::vector<KeyPress>{{Key::play}}) << unknown + 1;
}

TEST(Keys, ASequenceThatBreaksOffIsForgotten) {
  KeyReader reader;
  reader.feed("\033[", 0.0);
  reader.feed("", 0.1);
  reader.feed("m", 0.2);
  EXPECT_EQ(pressed(reader), std::vector<KeyPress>{{Key::mute}});
  EXPECT_EQ(keys_of("\033[1\033[A"), std::vector<KeyPress>{{Key::up}});
}

TEST(Keys, AfterAnyBytesItReadsKeysAgain) {
  std::string all;
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; b += 7) all += {static_cast<char>(a), static_cast<char>(b), '\033', '['};
  KeyReader reader;
  reader.feed(all, 0.0);
  pressed(reader);
  reader.feed("", 1.0);
  reader.feed("s", 2.0);
  EXPECT_EQ(pressed(reader).back(), KeyPress{Key::solo});
}

}  // namespace
}  // namespace busbar::test
