#include "engine/control/model/hardware_use.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/realtime/inserts/hardware_insert.hpp"

namespace busbar {

namespace {

template <typename T>
T value_of(const InsertSlot& slot, const char* key, T otherwise) {
  const auto found = slot.params.find(key);
  if (found == slot.params.end()) return otherwise;
  const T* value = std::get_if<T>(&found->second);
  return value == nullptr ? otherwise : *value;
}

/// 0 for what no channel can be.
int channel_of(const InsertSlot& slot, const char* key) {
  const double channel = value_of(slot, key, 0.0);
  return channel >= 1.0 && channel <= static_cast<double>(hardware::kMostChannels) ? static_cast<int>(channel) : 0;
}

/// Somebody has pressed its ping, now or before.
bool has_button(const InsertSlot& slot) { return slot.type == kHardwareInsert && slot.params.contains("ping"); }
bool is_pinging(const InsertSlot& slot) { return slot.type == kHardwareInsert && value_of(slot, "ping", false); }

}  // namespace

std::vector<HardwareUse> hardware_uses(const Strip& strip) {
  std::vector<HardwareUse> uses;
  for (std::size_t i = 0; i < strip.inserts.size(); ++i) {
    const InsertSlot& slot = strip.inserts[i];
    if (slot.type != kHardwareInsert) continue;
    uses.push_back({.strip = strip.id,
                    .insert = slot.id,
                    .place = i,
                    .send = {channel_of(slot, "send_left"), channel_of(slot, "send_right")},
                    .back = {channel_of(slot, "return_left"), channel_of(slot, "return_right")},
                    .latency = static_cast<int>(value_of(slot, "latency_samples", 0.0)),
                    .pings = is_pinging(slot)});
  }
  return uses;
}

std::vector<HardwareUse> hardware_uses(const Mixer& mixer) {
  std::vector<HardwareUse> all;
  for (const Strip* strip : mixer.strips()) std::ranges::move(hardware_uses(*strip), std::back_inserter(all));
  return all;
}

std::vector<Error> unheard_gear(const Mixer& mixer) {
  std::vector<Error> warnings;
  for (const HardwareUse& use : hardware_uses(mixer))
    if (use.sends() && use.returns())
      warnings.push_back({"hardware insert '" + use.name() + "'",
                          "a render does not hear the gear, so it passes its input",
                          "play with --record-inputs DIR, and render with --inputs DIR"});
  return warnings;
}

Mixer with_pings_released(Mixer mixer) {
  for (const Strip* strip : mixer.strips()) {
    if (std::ranges::none_of(strip->inserts, has_button)) continue;
    Strip quiet = *strip;
    for (InsertSlot& slot : quiet.inserts)
      if (has_button(slot)) slot.params.erase("ping");
    mixer.replace(std::move(quiet));
  }
  return mixer;
}

}  // namespace busbar
