#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/control/model/mixer.hpp"

namespace busbar {

/// What differs between two states of a list whose entries have ids. `before` and `after` hold all ids in their order
/// if that differs, else nothing; an entry without `before` was added, one without `after` removed.
template <typename Item>
struct ListChange {
  struct Entry {
    std::string id;
    std::optional<Item> before, after;
  };
  std::vector<Entry> entries;
  std::shared_ptr<const std::pair<std::vector<std::string>, std::vector<std::string>>> order;
  bool empty() const noexcept { return entries.empty() && !order; }
};

/// What differs between two values, before and after; null: nothing. By pointer, since most steps change none.
template <typename Value>
using ValueChange = std::shared_ptr<const std::pair<Value, Value>>;

/// The parts of a mixer that are neither strips nor groups nor scenes, and small.
struct MixerHead {
  std::string name;
  double sample_rate = 0.0;
  double tempo_bpm = 0.0;
  double pan_law_db = 0.0;
  SoloMode solo_mode = SoloMode::in_place;
  bool solo_exclusive = false;
  Extras extras;
  friend bool operator==(const MixerHead&, const MixerHead&) = default;
};

/// What differs between two mixers: all that a step of the history keeps. A move of a fader keeps two pointers to the
/// strip, and adding a strip the order of ids. Strips are shared with the mixers.
struct MixerChange {
  using StripPtr = std::shared_ptr<const Strip>;
  ListChange<StripPtr> tracks, buses;
  ListChange<Vca> vcas;
  ListChange<MuteGroup> mute_groups;
  ListChange<Scene> scenes;
  ValueChange<MixerHead> head;
  ValueChange<std::optional<Monitor>> monitor;
  ValueChange<std::optional<Talkback>> talkback;
  ValueChange<std::optional<Io>> io;
  ValueChange<std::optional<Transport>> transport;

  bool empty() const noexcept;
};

/// What leads from one mixer to another. Entries that are equal in value are left out.
MixerChange change_between(const Mixer& before, const Mixer& after);

/// The mixer behind (`forward`) or before a change, of the one on its other side: exactly that one.
Mixer with_change(const Mixer& mixer, const MixerChange& change, bool forward);

/// True if no part is named by both, so that they may be done in either order.
bool are_apart(const MixerChange& a, const MixerChange& b);

/// `first` and then `second` as one.
MixerChange joined(const MixerChange& first, const MixerChange& second);

/// The bytes that a change keeps alive by itself: of a strip only the state before, since the one after it is a part of
/// the mixer or of the step that changed it next.
std::size_t bytes_of(const MixerChange& change);

}  // namespace busbar
