#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "engine/control/plan/flow.hpp"
#include "engine/control/plan/mix_values.hpp"
#include "engine/core/strip_params.hpp"
#include "engine/realtime/inserts/hardware_insert.hpp"
#include "engine/realtime/path/30_insert_chain.hpp"

namespace busbar {

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// A single hardware channel is fed apart from what the strip hands on, which stays panned.
bool has_mono_way_out(const Route& r) { return r.kind == Route::Kind::hardware && r.hardware.size() == 1; }

const Strip& strip_of(const Routing& routing, const Route& r) { return *routing.strips[at(r.from)].strip; }

std::string path_id(const Routing& routing, const Route& r) {
  const std::string& id = strip_of(routing, r).id;
  return r.kind == Route::Kind::send ? id + "/sends/" + r.send->to : id + "/output";
}
std::string mono_id(const Routing& routing, const Route& r) { return path_id(routing, r) + "/mono"; }

PathTarget path_target(const MixValues& values, const Routing& routing, const Route& r) {
  const Strip& strip = strip_of(routing, r);
  return r.kind == Route::Kind::send ? values.send(strip, *r.send, r.channels) : values.output(strip, r.channels);
}

/// The largest sample that a ceiling lets through. It is rounded down, so that no reading of it is above.
float sample_at(Decibels ceiling) {
  const double most = to_gain(ceiling).value;
  if (!(most < static_cast<double>(std::numeric_limits<float>::max()))) return std::numeric_limits<float>::max();
  const auto rounded = static_cast<float>(most);
  return static_cast<double>(rounded) > most ? std::nextafter(rounded, 0.0f) : rounded;
}

/// By hardware channel, counted from 0; of several strips on one the lowest holds.
std::map<std::size_t, float> ceilings(const Routing& routing) {
  std::map<std::size_t, float> by_channel;
  for (const Route& r : routing.routes) {
    if (r.kind != Route::Kind::hardware) continue;
    const Strip& strip = strip_of(routing, r);
    const auto& given = std::get<ToHardware>(strip.output).ceiling;
    const double usual = strip.kind == StripKind::cue ? kCueCeiling : kUsualCeiling;
    const float most = sample_at(given.value_or(Decibels{usual}));
    for (const int channel : r.hardware) {
      const auto place = by_channel.emplace(static_cast<std::size_t>(channel - 1), most).first;
      place->second = std::min(place->second, most);
    }
  }
  for (const RoutedStrip& routed : routing.strips)
    for (const RoutedInsert& insert : routed.inserts)
      if (insert.type != nullptr && insert.type->key == kHardwareInsert)
        for (const ParamIndex send : {hardware::kSendLeft, hardware::kSendRight})
          if (const auto channel = static_cast<std::size_t>(insert.params[send]); channel > 0) {
            const auto place = by_channel.emplace(channel - 1, sample_at({kUsualCeiling})).first;
            place->second = std::min(place->second, sample_at({kUsualCeiling}));
          }
  return by_channel;
}

/// A short name for a long one: two FNV-1a hashes of 64 bits.
std::string digest(const std::string& text) {
  std::uint64_t a = 0xcbf29ce484222325u, b = 0x84222325cbf29ce4u;
  for (const char c : text) {
    a = (a ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    b = (b ^ static_cast<unsigned char>(c)) * 0x100000001b5u + 1;
  }
  char words[40];
  std::snprintf(words, sizeof words, "%016llx%016llx", static_cast<unsigned long long>(a),
                static_cast<unsigned long long>(b));
  return words;
}

class Builder {
 public:
  Builder(const Mixer& mixer, const Routing& routing, const Sources& sources, const Flow& sounding)
      : mixer_(mixer), routing_(routing), sources_(sources), sounding_(sounding), values_(mixer) {}

  Flow build() {
    for (const int s : routing_.order) {
      add_input(routing_.strips[at(s)]);
      add_chain(routing_.strips[at(s)]);
    }
    for (const Route& r : routing_.routes) add_route(r);
    for (const auto& [channel, ceiling] : ceilings(routing_))
      flow_.outputs.push_back({channel, ceiling, guard_of(channel)});
    return std::move(flow_);
  }

 private:
  void add_input(const RoutedStrip& routed) {
    const Strip& strip = *routed.strip;
    FlowInput input;
    input.strip = strip.id;
    input.channels = routed.in_channels;
    input.name = strip.id + "/in/" + std::to_string(routed.in_channels);
    if (strip.is_track()) {
      input.source = sources_.at(strip.id);
      char address[32];
      std::snprintf(address, sizeof address, "/%p", static_cast<void*>(input.source.get()));
      input.name += address;
    }
    if (const auto found = sounding_.inputs.find(input.name); found != sounding_.inputs.end()) {
      input.trim = found->second.trim;
      input.may_wait = found->second.may_wait;
    } else {
      input.trim = std::make_shared<TrimState>();
      input.trim->gain.stand_at({MixValues::trim(strip)});
      input.trim->presence.stand_at({1.0});
    }
    const auto meter = sounding_.meters.find(strip.id);
    flow_.meters[strip.id] = meter == sounding_.meters.end() ? std::make_shared<MeterState>() : meter->second;
    flow_.input_of[strip.id] = input.name;
    flow_.inputs.emplace(input.name, std::move(input));
  }

  /// What makes an insert another one, apart from its place: then it cannot go on as it was.
  static std::string shape_of(const RoutedInsert& insert) {
    std::string shape = std::to_string(insert.in_channels) + "/" + std::to_string(insert.latency);
    for (const ParamSpec& spec : insert.type->params)
      if (spec.travel == Travel::plan) shape += "/" + std::to_string(insert.params[spec.index]);
    return shape;
  }

  std::string key_of(const RoutedInsert& insert) const {
    return insert.key_strip < 0 ? "" : flow_.chain_of.at(routing_.strips[at(insert.key_strip)].strip->id);
  }

  void add_chain(const RoutedStrip& routed) {
    FlowChain chain;
    chain.strip = routed.strip->id;
    chain.channels = routed.out_channels;
    chain.input = flow_.input_of.at(chain.strip);
    std::string shape = chain.input;
    for (const RoutedInsert& insert : routed.inserts)
      if (insert.type != nullptr)
        shape += "|" + insert_id(*routed.strip, insert) + "|" + shape_of(insert) +
                 (insert.matches ? "/matched|" : "|") + std::to_string(insert.wait) + "|" + key_of(insert) + "|" +
                 std::to_string(insert.key_delay) + "|" + std::to_string(insert.out_channels) + "|" +
                 (insert.in_channels == insert.out_channels ? "" : std::to_string(mixer_.pan_law_db));
    chain.name = chain.strip + "/chain/" + digest(shape);
    const auto found = sounding_.chains.find(chain.name);
    if (found != sounding_.chains.end())
      chain = found->second;
    else
      fill_chain(chain, routed);
    chain.tail = 0;
    for (const RoutedInsert& insert : routed.inserts)
      if (insert.type != nullptr) chain.tail += insert.type->tail(insert.params, mixer_.sample_rate);
    flow_.chain_of[chain.strip] = chain.name;
    flow_.chains.emplace(chain.name, std::move(chain));
  }

  void fill_chain(FlowChain& chain, const RoutedStrip& routed) const {
    for (const RoutedInsert& insert : routed.inserts)
      if (insert.type != nullptr) chain.inserts.push_back(flow_insert(*routed.strip, insert));
    if (!chain.inserts.empty()) chain.guard = open_guard();
  }

  static std::shared_ptr<GuardState> open_guard() {
    auto guard = std::make_shared<GuardState>();
    guard->panic.stand_at({1.0});
    return guard;
  }

  FlowInsert flow_insert(const Strip& strip, const RoutedInsert& routed) const {
    FlowInsert insert;
    insert.id = insert_id(strip, routed);
    insert.shape = shape_of(routed);
    insert.type = routed.type;
    insert.in_channels = routed.in_channels;
    insert.out_channels = routed.out_channels;
    insert.passes = routed.out_channels != routed.type->out_channels(routed.in_channels, routed.params);
    insert.latency = routed.latency;
    insert.key = key_of(routed);
    insert.wait_frames = routed.wait;
    insert.key_frames = routed.key_delay;
    insert.dry_to_stereo = pan_gains(mixer_.pan_law_db, 0.0)[0];
    insert.state = make_insert_state(*routed.type, routed.params, routed.in_channels, mixer_.sample_rate);
    insert.state->blend.stand_at({MixValues::blend(routed)});
    insert.state->has_latency = routed.latency > 0;
    if (routed.matches) insert.state->match = make_match_state(mixer_.sample_rate);
    insert.wait = signal_delay(routed.wait, routed.in_channels);
    insert.dry_delay = signal_delay(routed.latency, routed.in_channels);
    if (routed.key_strip < 0) return insert;
    insert.key_channels = routing_.strips[at(routed.key_strip)].out_channels;
    insert.key_delay = signal_delay(routed.key_delay, insert.key_channels);
    return insert;
  }

  static std::shared_ptr<SignalDelayState> signal_delay(Frames frames, int channels) {
    return frames == 0 ? nullptr : make_signal_delay(frames, channels);
  }

  std::shared_ptr<OutputGuardState> guard_of(std::size_t channel) const {
    const auto known = std::ranges::find(sounding_.outputs, channel, &FlowOutput::channel);
    if (known != sounding_.outputs.end()) return known->guard;
    return std::make_shared<OutputGuardState>();
  }

  /// What nobody sums is still metered and can be captured, so a strip always has a way with its meter.
  void add_route(const Route& r) {
    const bool is_output = r.kind != Route::Kind::send;
    FlowPath path = flow_path(path_id(routing_, r), r, path_target(values_, routing_, r));
    path.is_strip_output = is_output;
    if (!has_mono_way_out(r)) return insert_path(std::move(path), r);
    Route handed = r;
    handed.hardware.clear();
    handed.delay = 0;
    insert_path(std::move(path), handed);
    insert_path(flow_path(mono_id(routing_, r), r, values_.mono_output(strip_of(routing_, r), r.channels)), r);
  }

  FlowPath flow_path(std::string id, const Route& r, const PathTarget& target) {
    const std::string& strip = strip_of(routing_, r).id;
    FlowPath path;
    path.id = std::move(id);
    path.strip = strip;
    path.rank = r.kind == Route::Kind::send ? 1 : 0;
    path.is_before_inserts = r.tap == Tap::input;
    path.from = path.is_before_inserts ? flow_.input_of.at(strip) : flow_.chain_of.at(strip);
    path.channels = r.channels;
    if (r.to >= 0) path.to = flow_.input_of.at(routing_.strips[at(r.to)].strip->id);
    target_ = target;
    return path;
  }

  void insert_path(FlowPath path, const Route& r) {
    path.hardware = r.hardware;
    path.delay_frames = r.delay;
    path.name = path.id + " " + path.from + " " + path.to + " " + std::to_string(path.channels) + " " +
                std::to_string(path.delay_frames);
    for (const int channel : path.hardware) path.name += " " + std::to_string(channel);
    const auto found = sounding_.paths.find(path.name);
    if (found != sounding_.paths.end()) {
      path.gains = found->second.gains;
      path.delay = found->second.delay;
      path.age = found->second.age;
      path.is_of_new_strip = found->second.is_of_new_strip;
    } else {
      path.gains = std::make_shared<PathState>();
      path.gains->matrix.stand_at(target_.matrix);
      path.gains->gate.stand_at({target_.gate});
      path.gains->presence.stand_at({1.0});
      path.gains->share.stand_at({1.0});
      if (r.delay > 0) path.delay = make_path_delay(r.delay);
    }
    flow_.path_of[path.id] = path.name;
    flow_.paths.emplace(path.name, std::move(path));
  }

  const Mixer& mixer_;
  const Routing& routing_;
  const Sources& sources_;
  const Flow& sounding_;
  MixValues values_;
  PathTarget target_;
  Flow flow_;
};

/// Collects the targets of a mixer in the order of its routing.
class TargetList {
 public:
  TargetList(const Mixer& mixer, Numbers& slots)
      : slots_(slots),
        move_(to_frames(kMoveSeconds, mixer.sample_rate)),
        switch_(to_frames(kSwitchSeconds, mixer.sample_rate)) {}

  void trim(const Strip& strip) {
    changes_.push_back({.kind = Change::Kind::trim,
                        .slot = slots_.of(trim_id(strip.id)),
                        .ramp = move_,
                        .value = {MixValues::trim(strip)}});
  }
  void path(const std::string& id, const PathTarget& target, Frames lag) {
    const std::uint32_t slot = slots_.of(id);
    changes_.push_back(
        {.kind = Change::Kind::path_matrix, .slot = slot, .ramp = move_, .lag = lag, .value = target.matrix});
    changes_.push_back({.kind = Change::Kind::path_gate, .slot = slot, .ramp = switch_, .value = {target.gate}});
  }
  void insert(const std::string& id, const RoutedInsert& insert, Frames lag) {
    const std::uint32_t slot = slots_.of(id);
    changes_.push_back({.kind = Change::Kind::blend, .slot = slot, .ramp = move_, .value = {MixValues::blend(insert)}});
    for (const ParamSpec& spec : insert.type->params) {
      const float value = insert.params[spec.index];
      changes_.push_back({.kind = Change::Kind::param,
                          .index = spec.index,
                          .slot = slot,
                          .ramp = spec.kind == ParamKind::flag ? switch_ : move_,
                          .lag = lag,
                          .value = {to_taper(spec.taper, value)}});
    }
  }
  std::vector<Change> take() { return std::move(changes_); }

 private:
  Numbers& slots_;
  Frames move_, switch_;
  std::vector<Change> changes_;
};

}  // namespace

std::string trim_id(const std::string& strip) { return strip + "/trim"; }

std::string insert_id(const Strip& strip, const RoutedInsert& insert) {
  return strip.id + "/inserts/" + insert.slot->id + "/" + insert.slot->type;
}

Flow build_flow(const Mixer& mixer, const Routing& routing, const Sources& sources, const Flow& sounding) {
  return Builder(mixer, routing, sources, sounding).build();
}

std::vector<Change> all_targets(const Mixer& mixer, const Routing& routing, Numbers& slots) {
  const MixValues values(mixer);
  TargetList list(mixer, slots);
  for (const RoutedStrip& routed : routing.strips) {
    list.trim(*routed.strip);
    Frames place = routed.latency_in;
    for (const RoutedInsert& insert : routed.inserts) {
      place += insert.wait;
      const RoutedStrip& heard = insert.key_strip < 0 ? routed : routing.strips[at(insert.key_strip)];
      if (insert.type != nullptr) list.insert(insert_id(*routed.strip, insert), insert, place - heard.latency_in);
      place += insert.latency;
    }
  }
  for (const Route& r : routing.routes) {
    const RoutedStrip& from = routing.strips[at(r.from)];
    const Frames lag = r.tap == Tap::input ? 0 : from.latency_out - from.latency_in;
    list.path(path_id(routing, r), path_target(values, routing, r), lag);
    if (has_mono_way_out(r)) list.path(mono_id(routing, r), values.mono_output(*from.strip, r.channels), lag);
  }
  return list.take();
}

std::size_t count_targets(const Routing& routing) {
  std::size_t count = routing.strips.size() + 4 * routing.routes.size();
  for (const RoutedStrip& routed : routing.strips)
    for (const RoutedInsert& insert : routed.inserts) count += 1 + insert.params.size();
  return count;
}

}  // namespace busbar
