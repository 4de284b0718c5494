// What a check says of hardware inserts and the channels they share.
#include <gmock/gmock.h>

#include "engine/control/model/hardware_use.hpp"
#include "engine/control/model/routing_rules.hpp"
#include "engine/realtime/insert.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Params = std::map<std::string, ParamValue>;

class HardwareRules : public ::testing::Test {
 protected:
  HardwareRules() {
    for (const char* id : {"a", "b"}) builder_.tone(id, {});
  }
  void insert(const std::string& strip, Params params) {
    params.emplace("latency_samples", 300.0);
    builder_.insert(strip, slot("hw", "hardware_insert", std::move(params)));
  }
  std::vector<std::string> warnings() const {
    const Findings found = check_mixer(builder_.mixer, find_insert_type);
    EXPECT_TRUE(found.errors.empty());
    std::vector<std::string> lines;
    for (const Error& warning : found.warnings) lines.push_back(to_line(warning));
    return lines;
  }
  MixerBuilder builder_;
};

TEST_F(HardwareRules, SayNothingOfGearThatIsWhollyPluggedIn) {
  insert("a", {{"send_left", 3.0}, {"send_right", 4.0}, {"return_left", 1.0}, {"return_right", 2.0}});
  insert("b", {{"send_left", 5.0}, {"return_left", 3.0}});
  EXPECT_TRUE(warnings().empty());
}

TEST_F(HardwareRules, NameBothWhoSendToOneOutput) {
  insert("a", {{"send_left", 3.0}, {"return_left", 1.0}});
  insert("b", {{"send_left", 3.0}, {"return_left", 2.0}});
  EXPECT_THAT(warnings(), ElementsAre("/tracks/1/inserts/0/params: hardware output 3 is used by 'a/hw' and 'b/hw', "
                                      "which add up there: give one of them another channel"));
}

TEST_F(HardwareRules, NameAStripAndAMonitorOnTheSameOutput) {
  builder_.edit("master", [](Strip& s) {
    ToHardware to;
    to.channels = {1, 2};
    s.output = to;
  });
  Monitor& monitor = builder_.mixer.monitor.emplace();
  monitor.output.emplace().channels = {7, 8};
  insert("a", {{"send_left", 2.0}, {"send_right", 7.0}, {"return_left", 1.0}});
  EXPECT_THAT(warnings(), Contains(HasSubstr("hardware output 2 is used by 'master' and 'a/hw'")));
  EXPECT_THAT(warnings(), Contains(HasSubstr("hardware output 7 is used by the monitor and 'a/hw'")));
}

TEST_F(HardwareRules, NameWhoHearsTheSameInput) {
  builder_.edit("b", [](Strip& s) {
    InputSource input;
    input.channels = {4};
    s.source = input;
  });
  builder_.mixer.talkback.emplace().channel = 5;
  insert("a", {{"send_left", 2.0}, {"return_left", 4.0}, {"return_right", 5.0}});
  EXPECT_THAT(warnings(), Contains(HasSubstr("hardware input 4 is used by 'b' and 'a/hw', which hear the same")));
  EXPECT_THAT(warnings(), Contains(HasSubstr("hardware input 5 is used by the talkback and 'a/hw'")));
}

TEST_F(HardwareRules, WarnOfWaysThatEnd) {
  insert("a", {{"send_left", 3.0}});
  insert("b", {{"return_left", 3.0}});
  EXPECT_THAT(warnings(), ElementsAre(HasSubstr("a send and no return"), HasSubstr("a return and no send")));
}

TEST_F(HardwareRules, WarnOfGearWhoseLatencyIsNotKnownAndOfAChannelTwice) {
  insert("a", {{"send_left", 3.0}, {"send_right", 3.0}, {"return_left", 1.0}, {"latency_samples", 0.0}});
  EXPECT_THAT(warnings(), Contains(HasSubstr("the latency of the gear is not known")));
  EXPECT_THAT(warnings(), Contains(HasSubstr("hardware output 3 is used twice by 'a/hw'")));
}

TEST_F(HardwareRules, FindAPressedPingAndLetGoOfIt) {
  insert("a", {{"send_left", 3.0}, {"return_left", 1.0}, {"ping", true}});
  ASSERT_EQ(hardware_uses(builder_.mixer).size(), 1u);
  EXPECT_TRUE(hardware_uses(builder_.mixer)[0].pings);
  EXPECT_EQ(hardware_uses(builder_.mixer)[0].name(), "a/hw");
  EXPECT_FALSE(hardware_uses(with_pings_released(builder_.mixer))[0].pings);
}

}  // namespace
}  // namespace busbar::test
