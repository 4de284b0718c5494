#include "engine/devices/device_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace busbar::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<KnownDevice> kDevices = {
    {{"ALSA", "HDA Intel: ALC295 Analog (hw:0,0)", 2, 2, 48000.0, false}, 0, true},
    {{"ALSA", "Scarlett 18i20 USB: Audio (hw:1,0)", 18, 20, 48000.0, false}, 1, false},
    {{"ALSA", "USB Microphone: Audio (hw:2,0)", 1, 0, 44100.0, false}, 2, false},
    {{"JACK", "system", 2, 8, 48000.0, true}, 3, true},
    {{"JACK", "recorder", 0, 2, 48000.0, false}, 4, false},
};

Result<KnownDevice> choose(const std::string& name, int outputs = 2) {
  return choose_device(kDevices, {.name = name, .outputs = outputs});
}

int chosen(const std::string& name, int outputs = 2) {
  const auto device = choose(name, outputs);
  return device ? device->index : -1;
}

std::string refusal(const std::string& name, int outputs = 2) {
  const auto device = choose(name, outputs);
  return device ? "" : to_line(device.error());
}

TEST(DeviceChoice, WithoutANameIsTheDefault) { EXPECT_EQ(chosen(""), 3); }

TEST(DeviceChoice, TakesHostAndNameOrEitherOrAPartWhateverTheCase) {
  for (const char* name : {"JACK:system", "jack", "JACK", "system", "SYSTEM", "sys", "jack:SYS", "JACK:"})
    EXPECT_EQ(chosen(name), 3) << name;
  for (const char* name : {"scarlett", "18i20", "hw:1,0", "alsa:scarlett", "ALSA:18I20"})
    EXPECT_EQ(chosen(name), 1) << name;
  EXPECT_EQ(chosen("alsa"), 0) << "a host means its default";
  EXPECT_EQ(chosen("HDA Intel: ALC295 Analog (hw:0,0)"), 0) << "a name may hold a colon";
}

TEST(DeviceChoice, PrefersTheMoreExactReading) {
  std::vector<KnownDevice> devices = kDevices;
  devices.push_back({{"JACK", "system-extra", 0, 2, 48000.0, false}, 5, false});
  const auto exact = choose_device(devices, {.name = "system"});
  ASSERT_TRUE(exact);
  EXPECT_EQ(exact->index, 3);
}

TEST(DeviceChoice, AsksWhichWhenAPartFitsSeveralThatCanPlay) {
  EXPECT_THAT(refusal("hw:"), AllOf(HasSubstr("more than one"), HasSubstr("ALSA:HDA Intel"), HasSubstr("Scarlett")));
  EXPECT_EQ(chosen("usb"), 1) << "a microphone is no choice";
}

TEST(DeviceChoice, NamesWhatThereIsWhenTheNameIsUnknown) {
  EXPECT_THAT(refusal("tascam"), AllOf(HasSubstr("--device tascam"), HasSubstr("JACK:system"), HasSubstr("Scarlett"),
                                       Not(HasSubstr("Microphone")), Not(HasSubstr("\n"))));
}

TEST(DeviceChoice, RefusesTooFewOutputsAndNamesTheDevicesThatHaveEnough) {
  EXPECT_THAT(refusal("system", 12), AllOf(HasSubstr("JACK:system"), HasSubstr("8 outputs"), HasSubstr("12 are wanted"),
                                           HasSubstr("Scarlett"), Not(HasSubstr("HDA"))));
  EXPECT_THAT(refusal("scarlett", 24), AllOf(HasSubstr("20 outputs"), HasSubstr("route"), Not(HasSubstr("choose"))));
  EXPECT_THAT(refusal("microphone"), HasSubstr("no outputs"));
}

TEST(DeviceChoice, NamesTheStripsThatNeedMoreOutputs) {
  const auto refused = choose_device(
      kDevices,
      {.name = "system", .outputs = 10, .uses = {{"'master'", {1, 2}, "1, 2"}, {"'cue4'", {9, 10}, "9 Bass, 10"}}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(to_line(refused.error()), AllOf(HasSubstr("'cue4' plays on 9 Bass, 10"), Not(HasSubstr("master"))));
}

TEST(DeviceChoice, SaysInOneLineThatThereIsNoneAndWhatWorksWithout) {
  const auto none = choose_device({}, {.name = "system"});
  ASSERT_FALSE(none);
  EXPECT_EQ(to_line(none.error()),
            "audio device: there is none: connect an interface or start JACK; 'busbar render' needs no device");
  const std::vector<KnownDevice> microphone{kDevices[2]};
  EXPECT_FALSE(choose_device(microphone, {}));
}

TEST(DeviceChoice, AsksForANameWhereNothingIsTheDefault) {
  const std::vector<KnownDevice> devices{kDevices[0], kDevices[1]};
  const auto device = choose_device(devices, {});
  ASSERT_FALSE(device);
  EXPECT_THAT(to_line(device.error()), AllOf(HasSubstr("--device"), HasSubstr("Scarlett")));
}

}  // namespace
}  // namespace busbar::test
