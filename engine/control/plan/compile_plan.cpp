#include "engine/control/plan/compile_plan.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "engine/control/plan/assign_buffers.hpp"
#include "engine/control/plan/flow_graph.hpp"
#include "engine/core/ids.hpp"
#include "engine/realtime/path/95_output_guard.hpp"

namespace busbar {

namespace {

/// Builds the steps of one plan. Each part first gets a buffer of its own.
class Compiler {
 public:
  Compiler(const Flow& flow, const PlanFrame& frame, RenderPlan& plan) : flow_(flow), frame_(frame), plan_(plan) {
    for (const auto& [name, path] : flow.paths) {
      ways_[path.to].push_back(&path);
      if (path.is_before_inserts) tapped_.insert(path.from);
    }
    // The order of sums: by strip, its output before its sends; while both sound, the older before the newer.
    const auto before = [](const FlowPath* a, const FlowPath* b) {
      return std::tie(a->strip, a->rank, a->age, a->name) < std::tie(b->strip, b->rank, b->age, b->name);
    };
    for (auto& [to, paths] : ways_) std::ranges::sort(paths, before);
    for (const auto& [name, chain] : flow.chains) ++chains_of_[chain.input];
  }

  void run() {
    for (const std::string& name : order_of(flow_)) {
      if (const auto input = flow_.inputs.find(name); input != flow_.inputs.end())
        add_input(input->second);
      else
        add_chain(flow_.chains.at(name));
    }
    add_ways_to_nowhere();
    add_hardware();
    add_slots();
    for (const auto& [strip, meter] : flow_.meters) plan_.meters.emplace_back(frame_.strips.of(strip), hold(meter));
    for (const auto* list : {&frame_.captures.handed, &frame_.captures.arriving})
      for (const auto& [strip, capture] : *list) plan_.captures.push_back(hold(capture));
    plan_.buffer_memory.assign(static_cast<std::size_t>(assign_buffers(plan_, buffers_)) * 2 * kSlice, 0.0f);
    plan_.scratch = std::make_unique<RenderPlan::Scratch>();
    plan_.scratch->hardware.resize(hardware_paths_);
  }

 private:
  template <typename T>
  T* hold(const std::shared_ptr<T>& state) {
    if (state != nullptr) plan_.keeps_alive.push_back(state);
    return state.get();
  }

  std::uint32_t paths() const { return static_cast<std::uint32_t>(plan_.paths.size()); }

  void add_input(const FlowInput& input) {
    Step step{.kind = input.source != nullptr ? Step::Kind::source : Step::Kind::sum,
              .strip = frame_.strips.of(input.strip),
              .buffer = buffers_++,
              .channels = input.channels,
              .first = paths(),
              .source = hold(input.source),
              .trim = hold(input.trim)};
    buffer_of_[input.name] = step.buffer;
    for (const FlowPath* path : ways_[input.name]) {
      // A removed bus that came back as something else has nothing to sum.
      if (input.source != nullptr) break;
      plan_.paths.push_back(path_step(*path));
      ++step.count;
    }
    plan_.steps.push_back(step);
  }

  /// A chain works in its input's buffer if nobody else needs that.
  void add_chain(const FlowChain& chain) {
    BufferIndex buffer = buffer_of_.at(chain.input);
    if (!chain.inserts.empty() && (tapped_.contains(chain.input) || chains_of_[chain.input] > 1)) {
      plan_.steps.push_back({.kind = Step::Kind::copy,
                             .buffer = buffers_,
                             .from = buffer,
                             .channels = flow_.inputs.at(chain.input).channels});
      buffer = buffers_++;
    }
    buffer_of_[chain.name] = buffer;
    if (chain.inserts.empty()) return;
    const Step step{.strip = frame_.strips.of(chain.strip),
                    .buffer = buffer,
                    .channels = chain.channels,
                    .guard = hold(chain.guard)};
    for (const FlowInsert& insert : chain.inserts) {
      Step run = step;
      run.kind = Step::Kind::insert;
      run.first = static_cast<std::uint32_t>(plan_.inserts.size());
      plan_.inserts.push_back(insert_step(insert));
      plan_.steps.push_back(run);
    }
    Step last = step;
    last.kind = Step::Kind::guard;
    plan_.steps.push_back(last);
  }

  InsertStep insert_step(const FlowInsert& insert) {
    InsertStep step{.insert = hold(insert.state),
                    .in_channels = insert.in_channels,
                    .out_channels = insert.out_channels,
                    .passes = insert.passes,
                    .key_delay = hold(insert.key_delay),
                    .wait = hold(insert.wait),
                    .dry_delay = hold(insert.dry_delay),
                    .dry_to_stereo = insert.dry_to_stereo,
                    .slot = frame_.slots.of(insert.id)};
    if (const HardwareLoopState* loop = insert.state->hardware.get())
      for (std::size_t side = 0; side < 2; ++side)
        if (loop->send[side] >= 0)
          plan_.sends.push_back({static_cast<std::size_t>(loop->send[side]), loop->out[side].data()});
    if (insert.key.empty()) return step;
    step.key = buffer_of_.at(insert.key);
    step.key_channels = insert.key_channels;
    return step;
  }

  PathStep path_step(const FlowPath& path) {
    PathStep step{.buffer = buffer_of_.at(path.from),
                  .channels = path.channels,
                  .gains = hold(path.gains),
                  .delay = hold(path.delay)};
    if (!path.is_strip_output) return step;
    // What arrives is what the presences of all ways to the master let through, whichever of them are on their way out.
    const auto master = flow_.input_of.find(std::string(kMasterId));
    if (master != flow_.input_of.end() && path.to == master->second)
      step.arriving = captured(frame_.captures.arriving, path.strip);
    const bool is_of_now = is_current(path);
    // Ways of one chain hand on the same, so the newest tells all. Of several chains each tells its share.
    step.hands_share = path.hands_share;
    step.counts_frames = is_of_now;
    if (!is_of_now && !step.hands_share) return step;
    if (const auto meter = flow_.meters.find(path.strip); meter != flow_.meters.end()) step.meter = hold(meter->second);
    step.handed = captured(frame_.captures.handed, path.strip);
    return step;
  }

  bool is_current(const FlowPath& path) const {
    const auto current = flow_.path_of.find(path.id);
    return current != flow_.path_of.end() && current->second == path.name;
  }

  CaptureState* captured(const std::map<std::string, std::shared_ptr<CaptureState>>& wanted, const std::string& id) {
    const auto found = wanted.find(id);
    return found == wanted.end() ? nullptr : hold(found->second);
  }

  void add_ways_to_nowhere() {
    for (const FlowPath* path : ways_[""]) {
      if (!path->hardware.empty()) continue;
      plan_.steps.push_back({.kind = Step::Kind::hand_on, .first = paths(), .count = 1});
      plan_.paths.push_back(path_step(*path));
    }
  }

  void add_hardware() {
    Step step{.kind = Step::Kind::hardware, .first = paths()};
    for (const FlowPath* path : ways_[""]) {
      if (path->hardware.empty()) continue;
      for (std::size_t side = 0; side < path->hardware.size(); ++side)
        plan_.hardware.push_back(
            {static_cast<std::size_t>(path->hardware[side] - 1), static_cast<int>(side), hardware_paths_});
      plan_.paths.push_back(path_step(*path));
      ++hardware_paths_;
    }
    step.count = static_cast<std::uint32_t>(hardware_paths_);
    std::ranges::stable_sort(plan_.hardware, {}, &HardwareSum::channel);
    std::ranges::stable_sort(plan_.sends, {}, &HardwareSend::channel);
    for (const FlowOutput& output : flow_.outputs)
      plan_.outputs.push_back({output.channel, output.ceiling, hold(output.guard)});
    plan_.steps.push_back(step);
  }

  void add_slots() {
    const auto target = [this](const std::string& id) -> SlotTarget& {
      const std::uint32_t slot = frame_.slots.of(id);
      if (slot >= plan_.slots.size()) plan_.slots.resize(slot + 1);
      return plan_.slots[slot];
    };
    for (const auto& [strip, name] : flow_.input_of) {
      const FlowInput& input = flow_.inputs.at(name);
      SlotTarget& slot = target(trim_id(strip));
      slot.trim = input.trim.get();
      slot.source = input.source.get();
    }
    for (const auto& [strip, chain] : flow_.chain_of)
      for (const FlowInsert& insert : flow_.chains.at(chain).inserts) target(insert.id).insert = insert.state.get();
    for (const auto& [id, path] : flow_.path_of) target(id).path = flow_.paths.at(path).gains.get();
    for (const auto& [name, path] : flow_.paths) {
      if (path.stage != FlowPath::Stage::leaves) continue;
      const auto next = successor(path);
      if (next == flow_.path_of.end()) continue;
      const bool has_same_channels = next->first == path.id && flow_.paths.at(next->second).channels == path.channels;
      target(next->first).leaving.push_back({path.gains.get(), has_same_channels});
    }
  }

  /// The way in whose place a leaving one was; of a strip's mono output its output, whatever that is now.
  std::map<std::string, std::string>::const_iterator successor(const FlowPath& path) const {
    const auto same = flow_.path_of.find(path.id);
    const bool is_output = path.id.starts_with(path.strip + "/output");
    return same != flow_.path_of.end() || !is_output ? same : flow_.path_of.find(path.strip + "/output");
  }

  const Flow& flow_;
  const PlanFrame& frame_;
  RenderPlan& plan_;
  std::unordered_map<std::string, std::vector<const FlowPath*>> ways_;  // by where they lead
  std::unordered_map<std::string, int> chains_of_;                      // by input
  std::set<std::string> tapped_;                                        // inputs
  std::unordered_map<std::string, BufferIndex> buffer_of_;
  BufferIndex buffers_ = 0;
  std::size_t hardware_paths_ = 0;
};

}  // namespace

std::unique_ptr<RenderPlan> compile_plan(const Flow& flow, const PlanFrame& frame) {
  auto plan = std::make_unique<RenderPlan>();
  plan->generation = frame.generation;
  plan->sample_rate = frame.sample_rate;
  plan->fade = to_frames(kMoveSeconds, frame.sample_rate);
  plan->dc_guard = tune_dc_guard(frame.sample_rate);
  Compiler(flow, frame, *plan).run();
  return plan;
}

int count_buffers(const Mixer& mixer, const Routing& routing) {
  Sources sources;
  for (const RoutedStrip& routed : routing.strips)
    if (routed.strip->is_track()) sources[routed.strip->id] = std::make_shared<SourceState>();
  Numbers slots, strips;
  const Captures none;
  const auto plan =
      compile_plan(build_flow(mixer, routing, sources, {}),
                   {.sample_rate = mixer.sample_rate, .captures = none, .slots = slots, .strips = strips});
  return static_cast<int>(plan->buffer_memory.size() / (std::size_t{2} * kSlice));
}

}  // namespace busbar
