#include <algorithm>

#include "engine/core/ids.hpp"
#include "engine/core/strip_params.hpp"
#include "sessions/part_editor.hpp"

namespace busbar::parts {

namespace {

/// A feeder of a strip that goes feeds what the strip fed. What a cue let out at its low default ceiling stays below
/// it.
Output output_of(const Strip& gone) {
  Output output = gone.output;
  if (auto* hardware = std::get_if<ToHardware>(&output); hardware != nullptr && gone.kind == StripKind::cue)
    if (!hardware->ceiling) hardware->ceiling = Decibels{kCueCeiling};
  return output;
}

bool mentions(const Strip& strip, std::string_view id) {
  const auto* bus = std::get_if<ToBus>(&strip.output);
  return (bus != nullptr && bus->id == id) ||
         std::ranges::any_of(strip.sends, [&](const Send& send) { return send.to == id; }) ||
         std::ranges::any_of(strip.inserts, [&](const InsertSlot& slot) { return slot.key && *slot.key == id; });
}

}  // namespace

void remove_strip(Mixer& mixer, std::string_view gone_id) {
  const Strip gone = *mixer.find(gone_id);
  for (auto* list : {&mixer.tracks, &mixer.buses})
    std::erase_if(*list, [&](const auto& strip) { return strip->id == gone.id; });
  for (const Strip* strip : mixer.strips()) {
    if (!mentions(*strip, gone.id)) continue;
    Strip changed = *strip;
    if (const auto* bus = std::get_if<ToBus>(&changed.output); bus != nullptr && bus->id == gone.id)
      changed.output = output_of(gone);
    std::erase_if(changed.sends, [&](const Send& send) { return send.to == gone.id; });
    for (InsertSlot& slot : changed.inserts)
      if (slot.key == gone.id) slot.key.reset();
    mixer.replace(std::move(changed));
  }
  drop_member(mixer.vcas, gone.id);
  drop_member(mixer.mute_groups, gone.id);
  if (mixer.talkback) std::erase(mixer.talkback->to, gone.id);
  if (mixer.monitor && mixer.monitor->source == gone.id) mixer.monitor->source = kMasterId;
}

}  // namespace busbar::parts
