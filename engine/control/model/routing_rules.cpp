#include "engine/control/model/routing_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "engine/control/model/rules.hpp"
#include "engine/core/ids.hpp"

namespace busbar {

namespace rules {

Index::Index(const Mixer& mixer) : mixer_(mixer), strips_(mixer.strips()), arrows_(strips_.size()) {
  by_id_.reserve(strips_.size());
  for (std::size_t s = 0; s < strips_.size(); ++s) by_id_.emplace(strips_[s]->id, static_cast<int>(s));
  for (std::size_t s = 0; s < strips_.size(); ++s) {
    const Strip& from = *strips_[s];
    const auto* bus = std::get_if<ToBus>(&from.output);
    if (const int to = bus != nullptr ? find(bus->id) : -1; to >= 0) arrows_[s].push_back({to, Arrow::Kind::output, 0});
    for (std::size_t i = 0; i < from.sends.size(); ++i)
      if (const int to = find(from.sends[i].to); to >= 0) arrows_[s].push_back({to, Arrow::Kind::send, i});
  }
  for (std::size_t s = 0; s < strips_.size(); ++s)
    for (std::size_t i = 0; i < strips_[s]->inserts.size(); ++i) {
      const auto& key = strips_[s]->inserts[i].key;
      if (const int heard = key ? find(*key) : -1; heard >= 0)
        arrows_[static_cast<std::size_t>(heard)].push_back({static_cast<int>(s), Arrow::Kind::key, i});
    }
}

int Index::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? -1 : found->second;
}

std::string Index::where(int strip) const {
  const auto number = static_cast<std::size_t>(strip);
  const std::size_t tracks = mixer_.tracks.size();
  return number < tracks ? item("tracks", number) : item("buses", number - tracks);
}

std::string Index::where(int strip, const Arrow& arrow) const {
  switch (arrow.kind) {
    case Arrow::Kind::output:
      return where(strip) + "/output";
    case Arrow::Kind::send:
      return where(strip) + item("sends", arrow.place) + "/to";
    case Arrow::Kind::key:
      return where(arrow.to) + item("inserts", arrow.place) + "/key";
  }
  return where(strip);
}

std::string shown(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", number);
  return text.data();
}

}  // namespace rules

namespace {

void check_pan_law(const Mixer& mixer, Findings& found) {
  constexpr auto kLaws = std::to_array({-3.0, -4.5, -6.0, 0.0});
  if (std::ranges::find(kLaws, mixer.pan_law_db) != kLaws.end()) return;
  found.errors.push_back(
      {"/pan_law_db", "there is no pan law of " + rules::shown(mixer.pan_law_db) + " dB", "give -3, -4.5, -6 or 0"});
}

}  // namespace

Findings check_mixer(const Mixer& mixer, FindInsert find_insert) {
  Findings found;
  const rules::Index index(mixer);
  check_pan_law(mixer, found);
  rules::check_ids(index, found);
  rules::check_sources(index, found);
  rules::check_inserts(index, find_insert, found);
  rules::check_routes(index, found);
  rules::check_hardware(index, found);
  rules::check_hardware_inserts(index, found);
  rules::check_loops(index, found);
  rules::check_groups(index, found);
  rules::check_sections(index, found);
  rules::check_paths(index, found);
  return found;
}

}  // namespace busbar
