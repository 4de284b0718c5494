#include "engine/control/plan/routing.hpp"

#include <algorithm>
#include <utility>

namespace busbar {

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// What a session may ask of delay compensation: in any one place, and in all (16 bytes a frame).
constexpr Frames kMaxLatency = Frames{1} << 22;
constexpr Frames kMaxHeld = Frames{1} << 27;

Error too_late(const Strip& strip, Frames latency) {
  return {strip.id, "its signal would be " + std::to_string(latency) + " frames late",
          "use fewer or shorter latencies"};
}

float param_value(const ParamSpec& spec, const ParamValue& value) {
  if (const double* number = std::get_if<double>(&value)) return static_cast<float>(*number);
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? 1.0f : 0.0f;
  const auto choice = std::ranges::find(spec.choices, std::get<std::string>(value));
  return choice == spec.choices.end() ? spec.start : static_cast<float>(choice - spec.choices.begin());
}

RoutedInsert route_insert(const Routing& routing, const InsertSlot& slot, int channels, bool bypass,
                          const Mixer& mixer) {
  RoutedInsert insert{
      .slot = &slot, .type = find_insert_type(slot.type), .in_channels = channels, .out_channels = channels};
  if (insert.type == nullptr) return insert;
  insert.params = resolve_params(*insert.type, slot, mixer.tempo_bpm);
  insert.bypass = bypass;
  if (!bypass) insert.out_channels = insert.type->out_channels(channels, insert.params);
  insert.latency = insert.type->latency(insert.params, mixer.sample_rate);
  if (slot.key) insert.key_strip = routing.index_of(*slot.key);
  return insert;
}

/// The strip's inserts in their order, behind the colour of its sum.
void route_chain(const Routing& routing, const Mixer& mixer, RoutedStrip& routed) {
  routed.out_channels = routed.in_channels;
  const auto add = [&](const InsertSlot& slot, bool bypass, bool matches) {
    routed.inserts.push_back(route_insert(routing, slot, routed.out_channels, bypass, mixer));
    routed.inserts.back().matches = matches;
    routed.out_channels = routed.inserts.back().out_channels;
  };
  const Strip& strip = *routed.strip;
  const auto summing = routing.console->summings.find(strip.id);
  if (summing != routing.console->summings.end()) add(summing->second, false, false);
  for (const InsertSlot& slot : strip.inserts)
    add(slot, slot.bypass || strip.bypass_inserts, slot.match_level || strip.match_inserts);
}

void add_routes(Routing& routing, int from) {
  const RoutedStrip& routed = routing.strips[at(from)];
  Route out{.from = from, .channels = routed.out_channels};
  if (const auto* bus = std::get_if<ToBus>(&routed.strip->output)) {
    out.kind = Route::Kind::output;
    out.to = routing.index_of(bus->id);
  } else if (const auto* hardware = std::get_if<ToHardware>(&routed.strip->output)) {
    out.kind = Route::Kind::hardware;
    out.hardware = hardware->channels;
  } else {
    out.kind = Route::Kind::nowhere;
  }
  routing.routes.push_back(out);
  for (const Send& send : routed.strip->sends)
    routing.routes.push_back({.kind = Route::Kind::send,
                              .from = from,
                              .to = routing.index_of(send.to),
                              .send = &send,
                              .tap = send.tap,
                              .channels = send.tap == Tap::input ? routed.in_channels : routed.out_channels});
}

/// After all other ways, so that a strip's own come first.
void add_listen(Routing& routing, const Listen& listen) {
  const int from = routing.index_of(listen.from);
  routing.routes.push_back({.kind = Route::Kind::send,
                            .from = from,
                            .to = routing.index_of(kMonitorId),
                            .send = &listen.send,
                            .tap = listen.send.tap,
                            .channels = routing.strips[at(from)].out_channels});
}

}  // namespace

int Routing::index_of(std::string_view id) const {
  const auto found =
      std::ranges::lower_bound(strips, id, {}, [](const RoutedStrip& s) -> std::string_view { return s.strip->id; });
  return found != strips.end() && found->strip->id == id ? static_cast<int>(found - strips.begin()) : -1;
}

std::vector<float> resolve_params(const InsertType& type, const InsertSlot& slot, double tempo_bpm) {
  std::vector<float> values;
  values.reserve(type.params.size());
  for (const ParamSpec& spec : type.params) {
    const auto set = slot.params.find(std::string(spec.key));
    if (spec.is_tempo)
      values.push_back(static_cast<float>(tempo_bpm));
    else
      values.push_back(set == slot.params.end() ? spec.start : param_value(spec, set->second));
  }
  return values;
}

Result<Routing> route(const Mixer& mixer, const TrackChannels& channels) {
  Routing routing;
  routing.console = std::make_shared<const ConsoleStrips>(console_strips(mixer));
  for (const Strip* strip : mixer.strips()) routing.strips.push_back({.strip = strip});
  for (const auto& strip : routing.console->strips) routing.strips.push_back({.strip = strip.get()});
  std::ranges::sort(routing.strips, {}, [](const RoutedStrip& s) -> std::string_view { return s.strip->id; });
  for (RoutedStrip& routed : routing.strips) {
    if (routed.strip->is_track()) {
      const auto known = channels.find(routed.strip->id);
      routed.in_channels = known == channels.end() ? 1 : known->second;
    }
    route_chain(routing, mixer, routed);
  }
  for (std::size_t s = 0; s < routing.strips.size(); ++s) add_routes(routing, static_cast<int>(s));
  for (const Listen& listen : routing.console->listens) add_listen(routing, listen);
  routing.order = order_strips(routing);
  if (routing.order.size() < routing.strips.size())
    return Error{"routing", "it loops: " + join_loop(find_loop(mixer)),
                 "take one of these outputs, sends or keys away"};
  align_latency(routing);
  Frames held = 0;
  for (const Route& r : routing.routes) held += r.delay;
  for (const RoutedStrip& s : routing.strips) {
    for (const RoutedInsert& insert : s.inserts) held += insert.wait + insert.key_delay + insert.latency;
    if (s.latency_out > kMaxLatency) return too_late(*s.strip, s.latency_out);
  }
  if (held > kMaxHeld)
    return Error{"routing", "delay compensation would have to hold " + std::to_string(held) + " frames of sound",
                 "use fewer or shorter latencies"};
  return routing;
}

bool same_shape(const Routing& a, const Routing& b) {
  const auto same_insert = [](const RoutedInsert& x, const RoutedInsert& y) {
    if (x.type != y.type || x.slot->id != y.slot->id || x.in_channels != y.in_channels ||
        x.out_channels != y.out_channels || x.matches != y.matches || x.latency != y.latency ||
        x.key_strip != y.key_strip)
      return false;
    if (x.type == nullptr) return true;
    return std::ranges::none_of(x.type->params, [&](const ParamSpec& spec) {
      return spec.travel == Travel::plan && x.params[spec.index] != y.params[spec.index];
    });
  };
  const auto same_strip = [&](const RoutedStrip& x, const RoutedStrip& y) {
    return x.strip->id == y.strip->id && x.strip->kind == y.strip->kind && x.in_channels == y.in_channels &&
           x.latency_in == y.latency_in && x.latency_out == y.latency_out && x.strip->output == y.strip->output &&
           std::ranges::equal(x.inserts, y.inserts, same_insert);
  };
  const auto same_route = [](const Route& x, const Route& y) {
    return x.kind == y.kind && x.from == y.from && x.to == y.to && x.tap == y.tap && x.delay == y.delay;
  };
  return std::ranges::equal(a.strips, b.strips, same_strip) && std::ranges::equal(a.routes, b.routes, same_route);
}

}  // namespace busbar
