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

namespace {

std::string shown_channels(const std::map<int, std::string>& names, const std::vector<int>& channels) {
  std::string text;
  for (const int channel : channels) {
    const auto name = names.find(channel);
    text += (text.empty() ? "" : ", ") + std::to_string(channel);
    if (name != names.end() && !name->second.empty()) text += " " + name->second;
  }
  return text;
}

}  // namespace

std::string shown_outputs(const Mixer& mixer, const std::vector<int>& channels) {
  return shown_channels(mixer.io ? mixer.io->outputs : std::map<int, std::string>{}, channels);
}

std::string shown_inputs(const Mixer& mixer, const std::vector<int>& channels) {
  return shown_channels(mixer.io ? mixer.io->inputs : std::map<int, std::string>{}, channels);
}

}  // namespace busbar
