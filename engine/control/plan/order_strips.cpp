#include <algorithm>
#include <functional>
#include <queue>

#include "engine/control/plan/routing.hpp"

namespace busbar {

std::vector<int> order_strips(const Routing& routing) {
  std::vector<std::vector<int>> feeds(routing.strips.size());
  std::vector<int> waits_for(routing.strips.size(), 0);
  const auto connect = [&](int from, int to) {
    feeds[static_cast<std::size_t>(from)].push_back(to);
    ++waits_for[static_cast<std::size_t>(to)];
  };
  for (const Route& r : routing.routes)
    if (r.to >= 0) connect(r.from, r.to);
  for (std::size_t s = 0; s < routing.strips.size(); ++s)
    for (const RoutedInsert& insert : routing.strips[s].inserts)
      if (insert.key_strip >= 0) connect(insert.key_strip, static_cast<int>(s));

  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (std::size_t s = 0; s < waits_for.size(); ++s)
    if (waits_for[s] == 0) ready.push(static_cast<int>(s));
  std::vector<int> order;
  order.reserve(routing.strips.size());
  while (!ready.empty()) {
    const int strip = ready.top();
    ready.pop();
    order.push_back(strip);
    for (const int to : feeds[static_cast<std::size_t>(strip)])
      if (--waits_for[static_cast<std::size_t>(to)] == 0) ready.push(to);
  }
  return order;
}

}  // namespace busbar
