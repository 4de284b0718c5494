#include "engine/control/plan/numbers.hpp"

#include <algorithm>

namespace busbar {

std::uint32_t Numbers::of(const std::string& name) {
  const auto [place, is_new] = numbers_.try_emplace(name, 0);
  if (!is_new) return place->second;
  if (free_.empty()) return place->second = end_++;
  place->second = free_.back();
  free_.pop_back();
  return place->second;
}

std::uint32_t Numbers::find(const std::string& name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? end_ : found->second;
}

std::string Numbers::name_of(std::uint32_t number) const {
  const auto found = std::ranges::find_if(numbers_, [&](const auto& named) { return named.second == number; });
  return found == numbers_.end() ? std::string() : found->first;
}

void Numbers::give_back(const std::function<bool(const std::string&)>& is_used, std::uint64_t stamp) {
  std::erase_if(numbers_, [&](const auto& named) {
    if (is_used(named.first)) return false;
    resting_.push_back({named.second, stamp});
    return true;
  });
}

void Numbers::recycle(std::uint64_t stamp) {
  std::erase_if(resting_, [&](const Resting& resting) {
    if (resting.stamp > stamp) return false;
    free_.push_back(resting.number);
    return true;
  });
}

}  // namespace busbar
