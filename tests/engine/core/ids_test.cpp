#include "engine/core/ids.hpp"

#include <gtest/gtest.h>

#include <string>

namespace busbar {

namespace {

TEST(Ids, AreSmallLettersDigitsUnderscoresAndHyphens) {
  for (const char* id : {"kick", "vox_2", "all-vox", "0", "-", "_", "master"}) EXPECT_TRUE(is_well_formed_id(id)) << id;
  for (const char* id : {"", "Kick", "lead vox", "a/b", "ü", "a.b", "a\n"}) EXPECT_FALSE(is_well_formed_id(id)) << id;
}

TEST(Ids, HaveAtMost64Letters) {
  EXPECT_TRUE(is_well_formed_id(std::string(64, 'a')));
  EXPECT_FALSE(is_well_formed_id(std::string(65, 'a')));
}

TEST(Ids, LeaveTheWordsOfAddressesAlone) {
  for (const char* id : {"none", "vca", "mute_group", "scene", "monitor", "talkback", "session", "transport"})
    EXPECT_TRUE(is_reserved_id(id)) << id;
  EXPECT_FALSE(is_reserved_id("master"));
  EXPECT_FALSE(is_reserved_id("vca1"));
}

}  // namespace

}  // namespace busbar
