#include <algorithm>

#include "engine/control/plan/routing.hpp"

namespace busbar {

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Latency at a strip's sum: the slowest way in, or the fastest for a cue that asks for the lowest.
Frames latency_at_sum(const Strip& strip, const std::vector<Route*>& ways_in) {
  if (ways_in.empty()) return 0;
  const auto by_latency = [](const Route* a, const Route* b) { return a->latency < b->latency; };
  const auto [least, most] = std::ranges::minmax_element(ways_in, by_latency);
  return strip.takes_lowest_latency() ? (*least)->latency : (*most)->latency;
}

/// Walks a strip's inserts; each may wait for its key, and adds what it declares.
void follow_inserts(Routing& routing, RoutedStrip& strip) {
  Frames latency = strip.latency_in;
  for (RoutedInsert& insert : strip.inserts) {
    if (insert.key_strip >= 0) {
      const Frames key = routing.strips[at(insert.key_strip)].latency_out;
      insert.wait = std::max<Frames>(0, key - latency);
      insert.key_delay = std::max<Frames>(0, latency - key);
    }
    latency += insert.wait + insert.latency;
  }
  strip.latency_out = latency;
}

/// Hardware outputs leave together, but for cues and the monitor: what they listen to holds nobody else up.
void align_hardware(Routing& routing) {
  const auto joins = [&](const Route& r) {
    const Strip& strip = *routing.strips[at(r.from)].strip;
    return r.kind == Route::Kind::hardware && strip.kind != StripKind::cue && strip.id != kMonitorId;
  };
  Frames latest = 0;
  for (const Route& r : routing.routes)
    if (joins(r)) latest = std::max(latest, r.latency);
  for (Route& r : routing.routes)
    if (joins(r)) r.delay = latest - r.latency;
}

}  // namespace

void align_latency(Routing& routing) {
  std::vector<std::vector<Route*>> ways_in(routing.strips.size()), ways_out(routing.strips.size());
  for (Route& r : routing.routes) {
    ways_out[at(r.from)].push_back(&r);
    if (r.to >= 0) ways_in[at(r.to)].push_back(&r);
  }
  for (const int index : routing.order) {
    RoutedStrip& strip = routing.strips[at(index)];
    strip.latency_in = latency_at_sum(*strip.strip, ways_in[at(index)]);
    if (!strip.strip->takes_lowest_latency())
      for (Route* r : ways_in[at(index)]) r->delay = strip.latency_in - r->latency;
    follow_inserts(routing, strip);
    for (Route* r : ways_out[at(index)]) r->latency = r->tap == Tap::input ? strip.latency_in : strip.latency_out;
  }
  align_hardware(routing);
}

}  // namespace busbar
