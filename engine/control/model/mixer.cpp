#include "engine/control/model/mixer.hpp"

#include <cassert>

namespace busbar {

const Strip* Mixer::find(std::string_view id) const noexcept {
  for (const auto* list : {&tracks, &buses})
    for (const auto& strip : *list)
      if (strip->id == id) return strip.get();
  return nullptr;
}

std::vector<const Strip*> Mixer::strips() const {
  std::vector<const Strip*> all;
  all.reserve(tracks.size() + buses.size());
  for (const auto* list : {&tracks, &buses})
    for (const auto& strip : *list) all.push_back(strip.get());
  return all;
}

void Mixer::replace(Strip strip) {
  for (auto* list : {&tracks, &buses})
    for (auto& old : *list)
      if (old->id == strip.id) {
        old = std::make_shared<const Strip>(std::move(strip));
        return;
      }
  assert(false && "replace: no such strip");
}

}  // namespace busbar
