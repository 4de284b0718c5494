#include <type_traits>

#include "engine/control/commands/mixer_change.hpp"

namespace busbar {

namespace {

using StripPtr = MixerChange::StripPtr;

// What things take in memory. A block of the heap costs 16 bytes beside what is in it.
constexpr std::size_t kBlock = 16;

std::size_t heap(const std::string& text) { return text.capacity() > 15 ? text.capacity() + 1 + kBlock : 0; }
template <typename Item, typename Of>
std::size_t heap(const std::vector<Item>& list, Of of) {
  std::size_t bytes = list.capacity() * sizeof(Item) + kBlock;
  for (const Item& item : list) bytes += of(item);
  return bytes;
}
std::size_t heap(const std::vector<std::string>& texts) {
  return heap(texts, [](const std::string& text) { return heap(text); });
}

std::size_t heap(const InsertSlot& slot) {
  std::size_t bytes = heap(slot.id) + heap(slot.type) + heap(slot.extras) + (slot.key ? heap(*slot.key) : 0);
  for (const auto& [key, value] : slot.params) {
    bytes += sizeof(std::pair<const std::string, ParamValue>) + 32 + kBlock + heap(key);
    if (const auto* word = std::get_if<std::string>(&value)) bytes += heap(*word);
  }
  return bytes;
}

std::size_t heap(const Source& source) {
  const auto* wav = std::get_if<WavSource>(&source);
  if (wav == nullptr) return kBlock;
  return heap(wav->extras) + heap(wav->clips, [](const Clip& clip) {
           return heap(clip.file) + heap(clip.extras) + clip.channels.capacity() * sizeof(int) + kBlock;
         });
}

std::size_t heap(const StripPtr& strip) {
  return sizeof(Strip) + 2 * kBlock + heap(strip->id) + heap(strip->name) + heap(strip->extras) +
         heap(strip->recall_safe) + (strip->source ? heap(*strip->source) : 0) +
         heap(strip->inserts, [](const InsertSlot& slot) { return heap(slot); }) +
         heap(strip->sends, [](const Send& send) { return heap(send.to) + heap(send.extras); }) + 2 * kBlock;
}
std::size_t heap(const Vca& vca) { return heap(vca.id) + heap(vca.name) + heap(vca.members) + heap(vca.extras); }
std::size_t heap(const MuteGroup& group) {
  return heap(group.id) + heap(group.name) + heap(group.members) + heap(group.extras);
}
std::size_t heap(const Scene& scene) {
  return heap(scene.id) + heap(scene.name) + heap(scene.scope) + scene.values.size() + heap(scene.extras);
}
std::size_t heap(const MixerHead& head) { return heap(head.name) + heap(head.extras); }
std::size_t heap(const Monitor& monitor) { return heap(monitor.source) + heap(monitor.extras); }
std::size_t heap(const Talkback& talkback) { return heap(talkback.to) + heap(talkback.extras); }
std::size_t heap(const Io& io) {
  std::size_t bytes = heap(io.extras);
  for (const auto* labels : {&io.outputs, &io.inputs})
    for (const auto& [channel, name] : *labels) bytes += sizeof(int) + sizeof name + 32 + kBlock + heap(name);
  return bytes;
}
std::size_t heap(const Transport& transport) {
  return heap(transport.extras) +
         heap(transport.markers, [](const Marker& marker) { return heap(marker.name) + heap(marker.extras); });
}

template <typename Item>
std::size_t bytes(const ListChange<Item>& change) {
  constexpr bool is_shared = std::is_same_v<Item, StripPtr>;
  std::size_t total = 0;
  for (const auto& entry : change.entries) {
    total += sizeof entry + heap(entry.id) + (entry.before ? heap(*entry.before) : 0);
    if (!is_shared && entry.after) total += heap(*entry.after);
  }
  return total + (change.order ? heap(change.order->first) + heap(change.order->second) : 0);
}

template <typename Value>
std::size_t bytes(const ValueChange<std::optional<Value>>& change) {
  if (!change) return 0;
  return (change->first ? heap(*change->first) : 0) + (change->second ? heap(*change->second) : 0);
}

}  // namespace

std::size_t bytes_of(const MixerChange& c) {
  return sizeof c + bytes(c.tracks) + bytes(c.buses) + bytes(c.vcas) + bytes(c.mute_groups) + bytes(c.scenes) +
         (c.head ? heap(c.head->first) + heap(c.head->second) : 0) + bytes(c.monitor) + bytes(c.talkback) +
         bytes(c.io) + bytes(c.transport);
}

}  // namespace busbar
