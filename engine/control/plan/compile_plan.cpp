#include "engine/control/plan/compile_plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "engine/core/strip_params.hpp"
#include "engine/realtime/path/30_insert_chain.hpp"
#include "engine/realtime/path/95_output_guard.hpp"

namespace busbar {

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// A single hardware channel is fed apart from what the strip hands on, which stays panned.
bool has_mono_way_out(const Route& r) { return r.kind == Route::Kind::hardware && r.hardware.size() == 1; }

std::string path_name(const Routing& routing, const Route& r) {
  const std::string& id = routing.strips[at(r.from)].strip->id;
  return r.kind == Route::Kind::send ? id + "/sends/" + r.send->to : id + "/output";
}
std::string mono_name(const Routing& routing, const Route& r) { return path_name(routing, r) + "/mono"; }
std::string trim_name(const Strip& strip) { return strip.id + "/trim"; }

PathTarget path_target(const MixValues& values, const Routing& routing, const Route& r) {
  const Strip& strip = *routing.strips[at(r.from)].strip;
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
    const Strip& strip = *routing.strips[at(r.from)].strip;
    const auto& given = std::get<ToHardware>(strip.output).ceiling;
    const double usual = strip.kind == StripKind::cue ? kCueCeiling : kUsualCeiling;
    const float most = sample_at(given.value_or(Decibels{usual}));
    for (const int channel : r.hardware) {
      const auto place = by_channel.emplace(static_cast<std::size_t>(channel - 1), most).first;
      place->second = std::min(place->second, most);
    }
  }
  return by_channel;
}

/// Builds the steps of one plan.
class Compiler {
 public:
  Compiler(const Mixer& mixer, const Routing& routing, const Sources& sources, const Captures& captures,
           StateBank& bank, RenderPlan& plan)
      : mixer_(mixer),
        routing_(routing),
        sources_(sources),
        captures_(captures),
        bank_(bank),
        plan_(plan),
        values_(mixer),
        buffers_(assign_buffers(routing)),
        ways_in_(routing.strips.size()),
        way_out_(routing.strips.size()) {
    for (const Route& r : routing.routes) {
      if (r.to >= 0) ways_in_[at(r.to)].push_back(&r);
      if (r.kind != Route::Kind::send) way_out_[at(r.from)] = &r;
    }
  }

  void run() {
    plan_.meters.resize(routing_.strips.size());
    for (const int s : routing_.order) add_strip(s);
    add_hardware();
    plan_.buffer_memory.assign(at(buffers_.count) * 2 * kSlice, 0.0f);
    plan_.scratch = std::make_unique<RenderPlan::Scratch>();
    plan_.scratch->hardware.resize(hardware_paths_);
    plan_.slots.resize(bank_.slots());
    for (const auto& [slot, target] : targets_) plan_.slots[slot] = target;
  }

 private:
  template <typename T>
  T* hold(const StateBank::Kept<T>& kept) {
    plan_.keeps_alive.push_back(kept.state);
    return kept.state.get();
  }

  void add_strip(int s) {
    const RoutedStrip& routed = routing_.strips[at(s)];
    const Strip& strip = *routed.strip;
    const auto trim = bank_.keep<TrimState>(trim_name(strip));
    if (trim.fresh) trim.state->gain.stand_at({MixValues::trim(strip)});
    targets_.emplace_back(trim.slot, SlotTarget{.trim = trim.state.get()});

    Step entry{.kind = Step::Kind::sum,
               .strip = static_cast<std::uint32_t>(s),
               .buffer = buffers_.signal[at(s)],
               .channels = routed.in_channels,
               .trim = hold(trim)};
    if (strip.is_track()) {
      const auto& source = sources_.at(strip.id);
      plan_.keeps_alive.push_back(source);
      entry.kind = Step::Kind::source;
      entry.source = source.get();
    } else {
      entry.first = static_cast<std::uint32_t>(plan_.paths.size());
      for (const Route* r : ways_in_[at(s)]) add_path(*r);
      entry.count = static_cast<std::uint32_t>(ways_in_[at(s)].size());
    }
    plan_.steps.push_back(entry);
    plan_.meters[at(s)] = hold(bank_.keep<MeterState>(strip.id + "/meter"));
    if (buffers_.input_tap[at(s)] != kNoBuffer)
      plan_.steps.push_back({.kind = Step::Kind::tap,
                             .buffer = buffers_.input_tap[at(s)],
                             .from = buffers_.signal[at(s)],
                             .channels = routed.in_channels});
    add_inserts(s);
    add_way_to_nowhere(*way_out_[at(s)]);
  }

  void add_inserts(int s) {
    const RoutedStrip& routed = routing_.strips[at(s)];
    if (std::ranges::none_of(routed.inserts, [](const RoutedInsert& i) { return i.type != nullptr; })) return;
    GuardState* guard = hold(bank_.keep<GuardState>(routed.strip->id + "/guard"));
    const Step step{.strip = static_cast<std::uint32_t>(s),
                    .buffer = buffers_.signal[at(s)],
                    .channels = routed.out_channels,
                    .guard = guard};
    for (const RoutedInsert& insert : routed.inserts) {
      if (insert.type == nullptr) continue;
      Step run = step;
      run.kind = Step::Kind::insert;
      run.first = static_cast<std::uint32_t>(plan_.inserts.size());
      plan_.inserts.push_back(insert_step(*routed.strip, insert));
      plan_.steps.push_back(run);
    }
    Step last = step;
    last.kind = Step::Kind::guard;
    plan_.steps.push_back(last);
  }

  InsertStep insert_step(const Strip& strip, const RoutedInsert& insert) {
    const std::string name = insert_name(strip, insert);
    const auto kept = bank_.keep<InsertState>(
        name, [&] { return make_insert_state(*insert.type, insert.params, insert.in_channels, mixer_.sample_rate); });
    if (kept.fresh) {
      kept.state->blend.stand_at({MixValues::blend(*insert.slot)});
      kept.state->has_latency = insert.latency > 0;
    }
    targets_.emplace_back(kept.slot, SlotTarget{.insert = kept.state.get()});
    InsertStep step{.insert = hold(kept),
                    .in_channels = insert.in_channels,
                    .out_channels = insert.out_channels,
                    .dry_to_stereo = pan_gains(mixer_.pan_law_db, 0.0)[0],
                    .slot = kept.slot};
    step.wait = signal_delay(name + "/wait", insert.wait, insert.in_channels);
    step.dry_delay = signal_delay(name + "/dry", insert.latency, insert.in_channels);
    if (insert.key_strip >= 0) {
      step.key = buffers_.signal[at(insert.key_strip)];
      step.key_channels = routing_.strips[at(insert.key_strip)].out_channels;
      step.key_delay = signal_delay(name + "/key", insert.key_delay, step.key_channels);
    }
    return step;
  }

  SignalDelayState* signal_delay(const std::string& name, Frames frames, int channels) {
    if (frames == 0) return nullptr;
    return hold(bank_.keep<SignalDelayState>(name + "/" + std::to_string(frames) + "/" + std::to_string(channels),
                                             [&] { return make_signal_delay(frames, channels); }));
  }

  PathStep path_step(const std::string& name, const Route& r, const PathTarget& target) {
    const auto kept = bank_.keep<PathState>(name);
    if (kept.fresh) {
      kept.state->matrix.stand_at(target.matrix);
      kept.state->gate.stand_at({target.gate});
    }
    targets_.emplace_back(kept.slot, SlotTarget{.path = kept.state.get()});
    PathStep step{.channels = r.channels, .gains = hold(kept)};
    step.buffer = r.tap == Tap::input ? buffers_.input_tap[at(r.from)] : buffers_.signal[at(r.from)];
    if (r.delay > 0)
      step.delay = hold(bank_.keep<PathDelayState>(name + "/delay/" + std::to_string(r.delay),
                                                   [&] { return make_path_delay(r.delay); }));
    return step;
  }

  /// The strip's own way out carries its meter and the captures.
  void add_path(const Route& r) {
    PathStep step = path_step(path_name(routing_, r), r, path_target(values_, routing_, r));
    if (r.kind != Route::Kind::send) {
      const std::string& id = routing_.strips[at(r.from)].strip->id;
      step.meter = plan_.meters[at(r.from)];
      step.handed = captured(captures_.handed, id);
      if (r.kind == Route::Kind::output) step.arriving = captured(captures_.arriving, id);
    }
    plan_.paths.push_back(step);
  }

  CaptureState* captured(const std::map<std::string, std::shared_ptr<CaptureState>>& wanted, const std::string& id) {
    const auto found = wanted.find(id);
    if (found == wanted.end()) return nullptr;
    plan_.keeps_alive.push_back(found->second);
    return found->second.get();
  }

  /// What nobody sums is still metered and can be captured.
  void add_way_to_nowhere(const Route& r) {
    if (r.kind != Route::Kind::nowhere && !has_mono_way_out(r)) return;
    Route handed = r;
    handed.delay = 0;
    plan_.steps.push_back(
        {.kind = Step::Kind::hand_on, .first = static_cast<std::uint32_t>(plan_.paths.size()), .count = 1});
    add_path(handed);
  }

  void add_hardware() {
    const auto first = static_cast<std::uint32_t>(plan_.paths.size());
    for (const Route& r : routing_.routes) {
      if (r.kind != Route::Kind::hardware) continue;
      for (std::size_t side = 0; side < r.hardware.size(); ++side)
        plan_.hardware.push_back(
            {static_cast<std::size_t>(r.hardware[side] - 1), static_cast<int>(side), hardware_paths_});
      if (has_mono_way_out(r))
        plan_.paths.push_back(
            path_step(mono_name(routing_, r), r, values_.mono_output(*routing_.strips[at(r.from)].strip, r.channels)));
      else
        add_path(r);
      ++hardware_paths_;
    }
    std::ranges::stable_sort(plan_.hardware, {}, &HardwareSum::channel);
    for (const auto& [channel, ceiling] : ceilings(routing_))
      plan_.outputs.push_back({.channel = channel,
                               .ceiling = ceiling,
                               .guard = hold(bank_.keep<OutputGuardState>("hardware/" + std::to_string(channel)))});
    plan_.steps.push_back(
        {.kind = Step::Kind::hardware, .first = first, .count = static_cast<std::uint32_t>(hardware_paths_)});
  }

  const Mixer& mixer_;
  const Routing& routing_;
  const Sources& sources_;
  const Captures& captures_;
  StateBank& bank_;
  RenderPlan& plan_;
  MixValues values_;
  BufferPlan buffers_;
  std::vector<std::vector<const Route*>> ways_in_;
  std::vector<const Route*> way_out_;
  std::vector<std::pair<std::uint32_t, SlotTarget>> targets_;
  std::size_t hardware_paths_ = 0;
};

/// Collects the targets of a mixer in the order of its routing.
class TargetList {
 public:
  TargetList(const Mixer& mixer, StateBank& bank)
      : bank_(bank),
        move_(to_frames(kMoveSeconds, mixer.sample_rate)),
        switch_(to_frames(kSwitchSeconds, mixer.sample_rate)) {}

  void trim(const Strip& strip) {
    changes_.push_back({.kind = Change::Kind::trim,
                        .slot = bank_.keep<TrimState>(trim_name(strip)).slot,
                        .ramp = move_,
                        .value = {MixValues::trim(strip)}});
  }
  void path(const std::string& name, const PathTarget& target) {
    const std::uint32_t slot = bank_.keep<PathState>(name).slot;
    changes_.push_back({.kind = Change::Kind::path_matrix, .slot = slot, .ramp = move_, .value = target.matrix});
    changes_.push_back({.kind = Change::Kind::path_gate, .slot = slot, .ramp = switch_, .value = {target.gate}});
  }
  void insert(const std::string& name, const RoutedInsert& insert) {
    const std::uint32_t slot = bank_.keep<InsertState>(name).slot;
    changes_.push_back(
        {.kind = Change::Kind::blend, .slot = slot, .ramp = move_, .value = {MixValues::blend(*insert.slot)}});
    for (const ParamSpec& spec : insert.type->params) {
      const float value = insert.params[spec.index];
      changes_.push_back({.kind = Change::Kind::param,
                          .index = spec.index,
                          .slot = slot,
                          .ramp = spec.kind == ParamKind::flag ? switch_ : move_,
                          .value = {to_taper(spec.taper, value)}});
    }
  }
  std::vector<Change> take() { return std::move(changes_); }

 private:
  StateBank& bank_;
  Frames move_, switch_;
  std::vector<Change> changes_;
};

}  // namespace

/// An insert keeps its state while it is the same processor, in the same shape, at the same latency.
std::string insert_name(const Strip& strip, const RoutedInsert& insert) {
  return strip.id + "/inserts/" + insert.slot->id + "/" + insert.slot->type + "/" + std::to_string(insert.in_channels) +
         "/" + std::to_string(insert.latency);
}

std::unique_ptr<RenderPlan> compile_plan(const Mixer& mixer, const Routing& routing, const Sources& sources,
                                         const Captures& captures, StateBank& bank, std::uint64_t generation) {
  auto plan = std::make_unique<RenderPlan>();
  plan->generation = generation;
  plan->sample_rate = mixer.sample_rate;
  plan->fade = to_frames(kMoveSeconds, mixer.sample_rate);
  plan->dc_guard = tune_dc_guard(mixer.sample_rate);
  Compiler(mixer, routing, sources, captures, bank, *plan).run();
  return plan;
}

std::vector<Change> all_targets(const Mixer& mixer, const Routing& routing, StateBank& bank) {
  const MixValues values(mixer);
  TargetList list(mixer, bank);
  for (const RoutedStrip& routed : routing.strips) {
    list.trim(*routed.strip);
    for (const RoutedInsert& insert : routed.inserts)
      if (insert.type != nullptr) list.insert(insert_name(*routed.strip, insert), insert);
  }
  for (const Route& r : routing.routes) {
    list.path(path_name(routing, r), path_target(values, routing, r));
    if (has_mono_way_out(r))
      list.path(mono_name(routing, r), values.mono_output(*routing.strips[at(r.from)].strip, r.channels));
  }
  return list.take();
}

}  // namespace busbar
