#include "engine/control/commands/mixer_change.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace busbar {

namespace {

using StripPtr = MixerChange::StripPtr;
using Order = std::pair<std::vector<std::string>, std::vector<std::string>>;

const std::string& id_of(const StripPtr& strip) { return strip->id; }
template <typename Item>
const std::string& id_of(const Item& item) {
  return item.id;
}
bool is_same(const StripPtr& a, const StripPtr& b) { return a == b || *a == *b; }
template <typename Item>
bool is_same(const Item& a, const Item& b) {
  return a == b;
}

template <typename Item>
std::vector<std::string> ids_of(const std::vector<Item>& list) {
  std::vector<std::string> ids;
  ids.reserve(list.size());
  for (const Item& item : list) ids.push_back(id_of(item));
  return ids;
}

template <typename Item>
ListChange<Item> list_change(const std::vector<Item>& before, const std::vector<Item>& after) {
  ListChange<Item> change;
  const auto same_id = [](const Item& a, const Item& b) { return id_of(a) == id_of(b); };
  if (std::ranges::equal(before, after, same_id)) {
    for (std::size_t i = 0; i < before.size(); ++i)
      if (!is_same(before[i], after[i])) change.entries.push_back({id_of(before[i]), before[i], after[i]});
    return change;
  }
  change.order = std::make_shared<Order>(ids_of(before), ids_of(after));
  std::unordered_map<std::string_view, const Item*> old;
  for (const Item& item : before) old.emplace(id_of(item), &item);
  for (const Item& item : after) {
    const auto found = old.find(id_of(item));
    if (found == old.end()) {
      change.entries.push_back({id_of(item), std::nullopt, item});
      continue;
    }
    if (!is_same(*found->second, item)) change.entries.push_back({id_of(item), *found->second, item});
    old.erase(found);
  }
  for (const Item& item : before)
    if (old.contains(id_of(item))) change.entries.push_back({id_of(item), item, std::nullopt});
  return change;
}

template <typename Value>
ValueChange<Value> value_change(const Value& before, const Value& after) {
  return before == after ? nullptr : std::make_shared<const std::pair<Value, Value>>(before, after);
}

MixerHead head_of(const Mixer& mixer) {
  return {mixer.name,      mixer.sample_rate,    mixer.tempo_bpm, mixer.pan_law_db,
          mixer.solo_mode, mixer.solo_exclusive, mixer.extras};
}

void set_head(Mixer& mixer, const MixerHead& head) {
  mixer.name = head.name;
  mixer.sample_rate = head.sample_rate;
  mixer.tempo_bpm = head.tempo_bpm;
  mixer.pan_law_db = head.pan_law_db;
  mixer.solo_mode = head.solo_mode;
  mixer.solo_exclusive = head.solo_exclusive;
  mixer.extras = head.extras;
}

template <typename Item>
void apply(std::vector<Item>& list, const ListChange<Item>& change, bool forward) {
  if (change.empty()) return;
  if (!change.order) {
    for (const auto& entry : change.entries) {
      const auto found = std::ranges::find_if(list, [&](const Item& item) { return id_of(item) == entry.id; });
      const std::optional<Item>& wanted = forward ? entry.after : entry.before;
      if (found != list.end() && wanted) *found = *wanted;
    }
    return;
  }
  std::unordered_map<std::string_view, const Item*> by_id;
  for (const Item& item : list) by_id.emplace(id_of(item), &item);
  for (const auto& entry : change.entries)
    if (const std::optional<Item>& wanted = forward ? entry.after : entry.before) by_id[entry.id] = &*wanted;
  std::vector<Item> ordered;
  for (const std::string& id : forward ? change.order->second : change.order->first)
    if (const auto found = by_id.find(id); found != by_id.end()) ordered.push_back(*found->second);
  list = std::move(ordered);
}

template <typename Value>
void apply(Value& value, const ValueChange<Value>& change, bool forward) {
  if (change) value = forward ? change->second : change->first;
}

template <typename Item>
bool apart(const ListChange<Item>& a, const ListChange<Item>& b) {
  if (a.order && b.order) return false;
  return std::ranges::none_of(a.entries, [&](const auto& entry) {
    return std::ranges::any_of(b.entries, [&](const auto& other) { return other.id == entry.id; });
  });
}

template <typename Value>
bool apart(const ValueChange<Value>& a, const ValueChange<Value>& b) {
  return !a || !b;
}

template <typename Item>
ListChange<Item> join(ListChange<Item> first, const ListChange<Item>& second) {
  for (const auto& entry : second.entries) {
    const auto found = std::ranges::find_if(first.entries, [&](const auto& earlier) { return earlier.id == entry.id; });
    if (found == first.entries.end())
      first.entries.push_back(entry);
    else
      found->after = entry.after;
  }
  std::erase_if(first.entries, [](const auto& entry) {
    return entry.before.has_value() == entry.after.has_value() &&
           (!entry.before || is_same(*entry.before, *entry.after));
  });
  if (first.order && second.order)
    first.order = std::make_shared<Order>(first.order->first, second.order->second);
  else if (!first.order)
    first.order = second.order;
  if (first.order && first.order->first == first.order->second) first.order.reset();
  return first;
}

template <typename Value>
ValueChange<Value> join(const ValueChange<Value>& first, const ValueChange<Value>& second) {
  if (!first || !second) return first ? first : second;
  return value_change(first->first, second->second);
}

}  // namespace

bool MixerChange::empty() const noexcept {
  return tracks.empty() && buses.empty() && vcas.empty() && mute_groups.empty() && scenes.empty() && !head &&
         !monitor && !talkback && !io && !transport;
}

MixerChange change_between(const Mixer& before, const Mixer& after) {
  return {.tracks = list_change(before.tracks, after.tracks),
          .buses = list_change(before.buses, after.buses),
          .vcas = list_change(before.vcas, after.vcas),
          .mute_groups = list_change(before.mute_groups, after.mute_groups),
          .scenes = list_change(before.scenes, after.scenes),
          .head = value_change(head_of(before), head_of(after)),
          .monitor = value_change(before.monitor, after.monitor),
          .talkback = value_change(before.talkback, after.talkback),
          .io = value_change(before.io, after.io),
          .transport = value_change(before.transport, after.transport)};
}

Mixer with_change(const Mixer& mixer, const MixerChange& change, bool forward) {
  Mixer changed = mixer;
  apply(changed.tracks, change.tracks, forward);
  apply(changed.buses, change.buses, forward);
  apply(changed.vcas, change.vcas, forward);
  apply(changed.mute_groups, change.mute_groups, forward);
  apply(changed.scenes, change.scenes, forward);
  apply(changed.monitor, change.monitor, forward);
  apply(changed.talkback, change.talkback, forward);
  apply(changed.io, change.io, forward);
  apply(changed.transport, change.transport, forward);
  if (change.head) set_head(changed, forward ? change.head->second : change.head->first);
  return changed;
}

bool are_apart(const MixerChange& a, const MixerChange& b) {
  return apart(a.tracks, b.tracks) && apart(a.buses, b.buses) && apart(a.vcas, b.vcas) &&
         apart(a.mute_groups, b.mute_groups) && apart(a.scenes, b.scenes) && apart(a.head, b.head) &&
         apart(a.monitor, b.monitor) && apart(a.talkback, b.talkback) && apart(a.io, b.io) &&
         apart(a.transport, b.transport);
}

MixerChange joined(const MixerChange& first, const MixerChange& second) {
  return {.tracks = join(first.tracks, second.tracks),
          .buses = join(first.buses, second.buses),
          .vcas = join(first.vcas, second.vcas),
          .mute_groups = join(first.mute_groups, second.mute_groups),
          .scenes = join(first.scenes, second.scenes),
          .head = join(first.head, second.head),
          .monitor = join(first.monitor, second.monitor),
          .talkback = join(first.talkback, second.talkback),
          .io = join(first.io, second.io),
          .transport = join(first.transport, second.transport)};
}

}  // namespace busbar
