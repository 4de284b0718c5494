#include "engine/control/plan/console_strips.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/ids.hpp"

namespace busbar {

namespace {

std::shared_ptr<const Strip> monitor_strip(const Monitor& monitor) {
  Strip strip;
  strip.id = std::string(kMonitorId);
  strip.name = "Monitor";
  strip.kind = StripKind::group;
  strip.polarity = monitor.polarity;
  strip.fader = {monitor.level.value + (monitor.dim ? kMonitorDim : 0.0)};
  strip.width = monitor.mono ? 0.0 : 1.0;
  strip.mute = monitor.cut;
  strip.output = *monitor.output;
  return std::make_shared<const Strip>(std::move(strip));
}

/// The colour of a bus's sum, as an insert before all others. Its id is one that no session can have.
InsertSlot summing_slot(const Strip& bus) {
  InsertSlot slot;
  slot.id = "summing!";
  slot.type = "console_summing";
  slot.params["drive_db"] = bus.summing_drive_db;
  return slot;
}

/// Behind fader and pan, or before the fader and in the middle.
Listen listen(const std::string& from, Tap tap) {
  Listen listen{.from = from, .send = {}};
  listen.send.to = std::string(kMonitorId);
  listen.send.tap = tap;
  listen.send.pan = default_send_pan(tap);
  return listen;
}

/// The soloed strips in their turn, or the monitor's source.
std::vector<Listen> listens_of(const Mixer& mixer) {
  std::vector<Listen> listens;
  if (mixer.solo_mode != SoloMode::in_place)
    for (const Strip* strip : mixer.strips())
      if (strip->solo) listens.push_back(listen(strip->id, mixer.solo_mode == SoloMode::pfl ? Tap::pre : Tap::post));
  if (listens.empty() && mixer.find(mixer.monitor->source) != nullptr)
    listens.push_back(listen(mixer.monitor->source, Tap::post));
  return listens;
}

}  // namespace

std::shared_ptr<const Strip> talkback_strip(const Mixer& mixer) {
  if (!mixer.talkback || !mixer.talkback->channel) return nullptr;
  Strip strip;
  strip.id = std::string(kTalkbackId);
  strip.name = "Talkback";
  InputSource input;
  input.channels = {*mixer.talkback->channel};
  strip.source = input;
  for (const std::string& cue : mixer.talkback->to) {
    const Strip* bus = mixer.find(cue);
    if (bus == nullptr || bus->is_track() || std::ranges::find(strip.sends, cue, &Send::to) != strip.sends.end())
      continue;
    Send send;
    send.to = cue;
    send.tap = Tap::pre;
    send.pan = 0.0;
    send.on = mixer.talkback->on;
    strip.sends.push_back(send);
  }
  return std::make_shared<const Strip>(std::move(strip));
}

ConsoleStrips console_strips(const Mixer& mixer) {
  ConsoleStrips console;
  if (mixer.monitor && mixer.monitor->output) {
    console.strips.push_back(monitor_strip(*mixer.monitor));
    console.listens = listens_of(mixer);
  }
  if (auto talkback = talkback_strip(mixer)) console.strips.push_back(std::move(talkback));
  for (const auto& bus : mixer.buses)
    if (bus->summing == Summing::console) console.summings.emplace(bus->id, summing_slot(*bus));
  return console;
}

}  // namespace busbar
