#include "engine/hardware_watch.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "engine/play_checks.hpp"

namespace busbar {

namespace {

std::string latency_text(Frames frames, double sample_rate) {
  char text[64];
  std::snprintf(text, sizeof text, "%lld frames (%.2f ms) there and back", static_cast<long long>(frames),
                1000.0 * static_cast<double>(frames) / sample_rate);
  return text;
}

Edit set(const std::string& address, EditValue value) {
  Edit edit;
  edit.address = address;
  edit.value = std::move(value);
  return edit;
}

std::vector<int> used(const std::array<int, 2>& channels) {
  std::vector<int> list;
  for (const int channel : channels)
    if (channel > 0) list.push_back(channel);
  return list;
}

Error not_found(const Mixer& mixer, const HardwareUse& use) {
  const std::string by = use.returns() ? " through hardware input " + shown_inputs(mixer, used(use.back)) : "";
  return {use.name(), "its ping did not come back" + by + " within a second",
          "check send_left and return_left, the cables, and that the gear is on and passes sound"};
}

std::optional<Error> missing_of(const Mixer& mixer, const HardwareUse& use, const DeviceFormat& format) {
  const auto highest = [](const std::array<int, 2>& channels) { return std::max(channels[0], channels[1]); };
  const auto what = [&](const char* kind, const std::string& channel, int has) {
    const std::string range = has == 0 ? "none" : std::string(kind) + "s 1 to " + std::to_string(has);
    return Error{
        "hardware insert '" + use.name() + "'",
        "hardware " + std::string(kind) + " " + channel + " is not there: " + shown_device(format) + " has " + range,
        "it passes its input"};
  };
  if (const int send = highest(use.send); send > format.outputs)
    return what("output", shown_outputs(mixer, {send}), format.outputs);
  if (const int back = highest(use.back); back > format.inputs)
    return what("input", shown_inputs(mixer, {back}), format.inputs);
  return std::nullopt;
}

}  // namespace

HardwareWatch::HardwareWatch(const ControlLoop& control, DeviceFormat format)
    : control_(control), format_(std::move(format)) {
  look();
}

HardwareWatch::Answer HardwareWatch::take(const std::vector<Event>& events) const {
  Answer all;
  for (const Event& event : events) {
    if (event.kind != Event::Kind::ping_heard) continue;
    const std::string address = "/" + control_.name_of_insert(event.number);
    for (const HardwareUse& use : hardware_uses(control_.mixer()))
      if (use.address() == address) answer(use, event.length, all);
  }
  return all;
}

void HardwareWatch::answer(const HardwareUse& use, Frames latency, Answer& answer) const {
  answer.edits.push_back(set(use.address() + "/ping", false));
  if (latency < 0) {
    if (!missing_of(control_.mixer(), use, format_)) answer.news.push_back(not_found(control_.mixer(), use));
    return;
  }
  answer.found.push_back(use.name() + ": " + latency_text(latency, control_.mixer().sample_rate));
  if (latency != use.latency)
    answer.edits.push_back(set(use.address() + "/latency_samples", static_cast<double>(latency)));
}

std::vector<Error> HardwareWatch::look() {
  std::vector<Error> news;
  for (Error& missing : missing_channels(control_.mixer(), format_))
    if (told_.insert(missing.where + missing.what).second) news.push_back(std::move(missing));
  return news;
}

std::vector<Error> missing_channels(const Mixer& mixer, const DeviceFormat& format) {
  std::vector<Error> missing;
  for (const HardwareUse& use : hardware_uses(mixer))
    if (auto error = missing_of(mixer, use, format)) missing.push_back(std::move(*error));
  return missing;
}

}  // namespace busbar
