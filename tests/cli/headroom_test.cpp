#include "cli/headroom.hpp"

#include <gtest/gtest.h>

#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

std::vector<Error> warnings_of(const MixerBuilder& builder) {
  const auto routing = route(builder.mixer, {{"a", 2}});
  const std::map<std::string, cli::Peaks> sources{{"a", {2.0, 2.0}}};
  return cli::headroom_warnings(builder.mixer, cli::expect_levels(builder.mixer, *routing, sources));
}

TEST(Headroom, TrustsALimiterUnlessItIsLevelMatched) {
  MixerBuilder builder;
  builder.track("a", Samples(2, std::vector<float>(1)));
  builder.insert("master", slot("limit", "limiter"));
  EXPECT_TRUE(warnings_of(builder).empty());
  builder.edit("master", [](Strip& s) { s.match_inserts = true; });
  const auto warnings = warnings_of(builder);
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_NE(warnings[0].what.find("pass 0 dBFS"), std::string::npos) << warnings[0].what;
  EXPECT_NE(warnings[1].what.find("ceiling does not hold"), std::string::npos) << warnings[1].what;
  EXPECT_EQ(warnings[1].where, "/buses/0/inserts/0");
  builder.edit("master", [](Strip& s) { s.bypass_inserts = true; });
  EXPECT_EQ(warnings_of(builder).size(), 1u);
}

}  // namespace
}  // namespace busbar::test
