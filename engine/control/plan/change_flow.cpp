#include "engine/control/plan/change_flow.hpp"

#include <algorithm>

namespace busbar {

namespace {

using Stage = FlowPath::Stage;

class Changer {
 public:
  Changer(const Flow& sounding, Flow wanted, std::uint64_t generation, const ChangeTimes& times)
      : sounding_(sounding), generation_(generation), times_(times) {
    change_.flow = std::move(wanted);
    change_.fade_length = times.fade;
  }

  FlowChange run() {
    note_ages(change_.flow.inputs, sounding_.inputs);
    note_ages(change_.flow.chains, sounding_.chains);
    let_come();
    note_fills();
    note_hurried();
    let_go();
    keep_what_leaving_ways_need();
    for (const auto& [name, input] : change_.flow.inputs) follow_input(input);
    for (const auto& [name, chain] : change_.flow.chains) follow_chain(chain);
    follow_gear();
    share_hands();
    return std::move(change_);
  }

 private:
  template <typename Parts>
  void note_ages(Parts& parts, const Parts& before) const {
    for (auto& [name, part] : parts) {
      const auto found = before.find(name);
      part.age = found == before.end() ? generation_ : found->second.age;
    }
  }

  /// Ways that were not there, or were on their way out.
  void let_come() {
    for (auto& [name, path] : change_.flow.paths) {
      const auto before = sounding_.paths.find(name);
      if (before == sounding_.paths.end()) {
        path.age = generation_;
        path.is_of_new_strip = !sounding_.input_of.contains(path.strip);
        // What leads to a strip that is new itself is there at once: that strip's own ways fade in.
        if (path.to.empty() || sounding_.inputs.contains(path.to)) {
          path.gains->presence.stand_at({0.0});
          change_.fades.push_back({&path.gains->presence, 1.0});
        }
        path.gains->share.stand_at({0.0});
        change_.fades.push_back({&path.gains->share, 1.0});
        note_fade(path);
        change_.fade_delay = std::max(change_.fade_delay, path.delay_frames + fill_of(path) + fill_of_new_strips());
        wait_for(path);
        follow_path(path);
        continue;
      }
      path.slowest = before->second.slowest, path.slowest_since = before->second.slowest_since;
      if (before->second.stage == Stage::stays) continue;
      path.is_of_new_strip |= !sounding_.input_of.contains(path.strip);
      wait_for(path);
      change_.fades.push_back({&path.gains->presence, 1.0});
      change_.fades.push_back({&path.gains->share, 1.0});
      note_fade(path);
      change_.renewed.insert(path.id);
    }
  }

  void note_fade(FlowPath& path) const {
    if (times_.fade < path.slowest) return;
    path.slowest = times_.fade;
    path.slowest_since = generation_;
  }

  /// What is on its way in waits until its strip's signal is whole.
  void wait_for(const FlowPath& path) {
    change_.waits_for.push_back(input_of(path).trim.get());
    may_wait_ = std::max(may_wait_, input_of(path).may_wait);
  }

  const FlowInput& input_of(const FlowPath& path) const {
    return change_.flow.inputs.at(path.is_before_inserts ? path.from : change_.flow.chains.at(path.from).input);
  }

  /// A strip that is new or has a new chain is whole once the fades begin.
  void note_fills() {
    may_wait_ = std::max(may_wait_, change_.fade_delay);
    std::set<std::string> filling;
    for (const auto& [name, input] : change_.flow.inputs)
      if (!sounding_.inputs.contains(name)) filling.insert(name);
    for (const auto& [name, chain] : change_.flow.chains)
      if (!sounding_.chains.contains(name)) filling.insert(chain.input);
    for (const std::string& name : filling) {
      FlowInput& input = change_.flow.inputs.at(name);
      input.may_wait = may_wait_;
      change_.fills.push_back(input.trim.get());
    }
  }

  /// An upper bound for what strips that are new and feed one another must fill up before a way has their signal.
  Frames fill_of_new_strips() {
    if (new_fill_ >= 0) return new_fill_;
    new_fill_ = 0;
    for (const auto& [name, path] : change_.flow.paths)
      if (!path.to.empty() && !sounding_.inputs.contains(path.to)) new_fill_ += path.delay_frames + fill_of(path);
    return new_fill_;
  }

  /// Frames until a way has the signal of its chain: what is new there must fill up.
  Frames fill_of(const FlowPath& path) const {
    if (path.is_before_inserts || sounding_.chains.contains(path.from)) return 0;
    const FlowChain& chain = change_.flow.chains.at(path.from);
    Frames fill = 0, key_fill = 0;
    for (const FlowInsert& insert : chain.inserts) {
      const FlowInsert* before = predecessor(chain, insert);
      if (before == nullptr) fill += insert.latency;
      // What is sent to gear fades in before anything of it is heard.
      if (before == nullptr && insert.state->hardware != nullptr) fill += insert.state->hardware->fade;
      if (before == nullptr || before->wait_frames != insert.wait_frames) fill += insert.wait_frames;
      if (before == nullptr || !same_key(*before, insert)) key_fill = std::max(key_fill, insert.key_frames);
    }
    return fill + key_fill;
  }

  void let_go() {
    for (const auto& [name, path] : sounding_.paths) {
      if (change_.flow.paths.contains(name)) continue;
      FlowPath left = path;
      if (left.stage == Stage::stays) {
        left.stage = rings_on(path.strip) && !path.is_before_inserts ? Stage::rings : Stage::leaves;
        // What rings on hears its own source, or the ways into it, until those have faded out.
        const Frames rings = left.stage == Stage::leaves
                                 ? 0
                                 : times_.fade + path.delay_frames + std::min(ring_of(path), times_.longest_tail);
        note_leaving(left, rings + times_.fade);
        left.fades = left.stage == Stage::rings || !leads_to_what_leaves(path);
        if (left.fades) change_.fades.push_back({&left.gains->presence, 0.0, rings});
        change_.fades.push_back({&left.gains->share, 0.0, rings});
      } else if (!left.fades && change_.flow.inputs.contains(left.to)) {
        // It led to a strip that was fading out itself and is now wanted again.
        left.fades = true;
        note_leaving(left, times_.fade);
        change_.fades.push_back({&left.gains->presence, 0.0});
      } else if (left.stage == Stage::leaves &&
                 (is_followed_anew(left) || hurried_.contains(left.id) || regains_its_end(left))) {
        // It goes as what comes now comes, be its fade a slow one, or one that waits for a way which never came.
        hurry(left);
      }
      // What rings on into a strip that goes has nobody to tell of soon.
      if (left.stage == Stage::rings && !left.to.empty() && !change_.flow.inputs.contains(left.to))
        change_.fades.push_back({&left.gains->share, 0.0});
      going_.push_back(std::move(left));
    }
  }

  void note_leaving(FlowPath& left, Frames lasts) const {
    left.since = generation_;
    left.lasts = lasts;
    note_fade(left);
  }

  /// Ways whose slow moves must end now, since a bus that one of them still leaves for is removed: it would leave a
  /// gap.
  void note_hurried() {
    for (const auto& [name, path] : sounding_.paths)
      if (path.stage == Stage::leaves && !change_.flow.paths.contains(name) && loses_its_end(path))
        hurried_.insert(path.id);
    for (const std::string& id : hurried_) {
      const auto next = change_.flow.paths.find(current(change_.flow.path_of, id));
      if (next == change_.flow.paths.end()) continue;
      wait_for(next->second);
      change_.fades.push_back({&next->second.gains->presence, 1.0});
      change_.fades.push_back({&next->second.gains->share, 1.0});
    }
  }

  bool loses_its_end(const FlowPath& left) const {
    if (left.to.empty() || change_.flow.inputs.contains(left.to)) return false;
    return current(sounding_.input_of, sounding_.inputs.at(left.to).strip) == left.to;
  }
  /// The bus was on its way out, and is wanted again.
  bool regains_its_end(const FlowPath& left) const {
    if (left.to.empty() || !change_.flow.inputs.contains(left.to)) return false;
    return current(sounding_.input_of, sounding_.inputs.at(left.to).strip) != left.to;
  }

  /// One that leads to a bus which goes ends with it, unless that one rings on, and fades out behind that.
  void hurry(FlowPath& left) {
    const bool ends_by_itself = loses_its_end(left) && !rings_on(sounding_.inputs.at(left.to).strip);
    const Frames rest = ends_by_itself ? times_.fade : 0;
    note_leaving(left, rest + times_.fade);
    if (left.fades) change_.fades.push_back({&left.gains->presence, 0.0, rest});
    change_.fades.push_back({&left.gains->share, 0.0});
  }

  /// Another way than before is in the place of one that leaves.
  bool is_followed_anew(const FlowPath& left) const {
    const std::string next = current(change_.flow.path_of, left.id);
    return next != current(sounding_.path_of, left.id) && (!next.empty() || !rings_on(left.strip));
  }

  Frames tail_of(const std::string& strip) const {
    const auto chain = sounding_.chain_of.find(strip);
    return chain == sounding_.chain_of.end() ? 0 : sounding_.chains.at(chain->second).tail;
  }
  /// Until the last of what went into a way's chain has come out of it.
  Frames ring_of(const FlowPath& path) const {
    const FlowChain& chain = sounding_.chains.at(path.from);
    Frames ring = tail_of(path.strip);
    for (const FlowInsert& insert : chain.inserts) ring += insert.wait_frames;
    return ring;
  }
  /// A removed strip with a tail hears no more and rings on; one without just fades out.
  bool rings_on(const std::string& strip) const {
    return !change_.flow.input_of.contains(strip) && tail_of(strip) > times_.shortest_tail;
  }
  /// What leads to a strip that fades out goes on until then: one fade is enough.
  bool leads_to_what_leaves(const FlowPath& path) const {
    if (path.to.empty() || change_.flow.inputs.contains(path.to)) return false;
    const std::string& strip = sounding_.inputs.at(path.to).strip;
    return !change_.flow.input_of.contains(strip) && !rings_on(strip);
  }

  void keep_what_leaving_ways_need() {
    for (const FlowPath& path : going_) {
      if (path.is_before_inserts)
        keep_input(path.from);
      else
        keep_chain(path.from);
    }
    // What a way led to may be gone for good: then nobody hears it.
    for (FlowPath& path : going_)
      if (path.to.empty() || change_.flow.inputs.contains(path.to)) {
        std::string name = path.name;
        change_.flow.paths.emplace(std::move(name), std::move(path));
      }
    for (const FlowOutput& output : sounding_.outputs)
      if (std::ranges::find(change_.flow.outputs, output.channel, &FlowOutput::channel) == change_.flow.outputs.end())
        change_.flow.outputs.push_back(output);
    std::ranges::sort(change_.flow.outputs, {}, &FlowOutput::channel);
  }

  /// Ways of one chain hand on the same, so the newest tells all. Of several chains each tells its share, and so do the
  /// first way of a strip and those that follow it.
  void share_hands() {
    std::set<std::string> in_shares;
    for (const auto& [name, path] : change_.flow.paths)
      if (path.is_strip_output && (path.is_of_new_strip || path.from != current(change_.flow.chain_of, path.strip)))
        in_shares.insert(path.strip);
    for (auto& [name, path] : change_.flow.paths)
      path.hands_share = path.is_strip_output && in_shares.contains(path.strip);
  }

  void keep_chain(const std::string& name) {
    if (change_.flow.chains.contains(name)) return;
    const FlowChain& chain = change_.flow.chains.emplace(name, sounding_.chains.at(name)).first->second;
    keep_input(chain.input);
    for (const FlowInsert& insert : chain.inserts)
      if (!insert.key.empty()) keep_chain(insert.key);
  }

  /// The source of a strip that rings on stops.
  void keep_input(const std::string& name) {
    if (change_.flow.inputs.contains(name)) return;
    FlowInput& input = change_.flow.inputs.emplace(name, sounding_.inputs.at(name)).first->second;
    const bool rings = std::ranges::any_of(going_, [&](const FlowPath& path) {
      return path.strip == input.strip && path.stage == Stage::rings && path.since == generation_;
    });
    if (!rings || input.source == nullptr || input.fades_out) return;
    input.fades_out = true;
    change_.fades.push_back({&input.trim->presence, 0.0});
  }

  void follow_input(const FlowInput& input) {
    const auto before = sounding_.inputs.find(input.name);
    if (before != sounding_.inputs.end()) {
      if (before->second.fades_out && !input.fades_out) change_.fades.push_back({&input.trim->presence, 1.0});
      if (current(sounding_.input_of, input.strip) != input.name) change_.renewed.insert(trim_id(input.strip));
      return;
    }
    change_.renewed.insert(trim_id(input.strip));
    const auto predecessor = sounding_.inputs.find(current(sounding_.input_of, input.strip));
    if (predecessor == sounding_.inputs.end()) return;
    Succession& s = change_.successions.emplace_back();
    s.trim = predecessor->second.trim.get();
    s.new_trim = input.trim.get();
  }

  const FlowChain* predecessor(const FlowChain& chain) const {
    const auto found = sounding_.chains.find(current(sounding_.chain_of, chain.strip));
    return found == sounding_.chains.end() ? nullptr : &found->second;
  }
  const FlowInsert* predecessor(const FlowChain& chain, const FlowInsert& insert) const {
    const FlowChain* before = predecessor(chain);
    if (before == nullptr) return nullptr;
    const auto found = std::ranges::find_if(
        before->inserts, [&](const FlowInsert& other) { return other.id == insert.id && other.shape == insert.shape; });
    return found == before->inserts.end() ? nullptr : &*found;
  }

  void follow_chain(const FlowChain& chain) {
    const bool sounds = sounding_.chains.contains(chain.name);
    if (sounds && current(sounding_.chain_of, chain.strip) == chain.name) return;
    for (const FlowInsert& insert : chain.inserts) {
      change_.renewed.insert(insert.id);
      if (const FlowInsert* before = predecessor(chain, insert); before != nullptr && !sounds) follow(*before, insert);
    }
    const FlowChain* before = predecessor(chain);
    if (sounds || before == nullptr || before->guard == nullptr || chain.guard == nullptr) return;
    Succession& s = change_.successions.emplace_back();
    s.guard = before->guard.get();
    s.new_guard = chain.guard.get();
  }

  void follow(const FlowInsert& before, const FlowInsert& insert) {
    Succession& s = change_.successions.emplace_back();
    s.insert = before.state.get();
    s.new_insert = insert.state.get();
    follow(before.dry_delay, insert.dry_delay);
    if (before.wait_frames == insert.wait_frames) follow(before.wait, insert.wait);
    if (same_key(before, insert)) follow(before.key_delay, insert.key_delay);
  }
  static bool same_key(const FlowInsert& a, const FlowInsert& b) {
    return a.key == b.key && a.key_frames == b.key_frames && a.key_channels == b.key_channels;
  }
  void follow(const std::shared_ptr<SignalDelayState>& before, const std::shared_ptr<SignalDelayState>& next) {
    if (before == nullptr || next == nullptr) return;
    Succession& s = change_.successions.emplace_back();
    s.delay = before.get();
    s.new_delay = next.get();
  }

  void follow_path(const FlowPath& path) {
    change_.renewed.insert(path.id);
    const auto before = sounding_.paths.find(current(sounding_.path_of, path.id));
    if (before == sounding_.paths.end() || before->second.channels != path.channels) return;
    Succession& s = change_.successions.emplace_back();
    s.path = before->second.gains.get();
    s.new_path = path.gains.get();
  }

  /// True if that flow's strip sounds through that chain, and so sends to the gear in it.
  static bool sends(const Flow& flow, const FlowChain& chain) {
    return flow.chains.contains(chain.name) && current(flow.chain_of, chain.strip) == chain.name;
  }

  /// The gear hears one chain at a time. Who comes sends at once, so that what comes back is there when it is heard.
  /// Who goes sends until nobody hears it, but where another takes over a channel of its at once too.
  void follow_gear() {
    std::set<int> taken;
    for (const auto& [name, chain] : change_.flow.chains) {
      if (!sends(change_.flow, chain) || sends(sounding_, chain)) continue;
      for (const FlowInsert& insert : chain.inserts) {
        HardwareLoopState* loop = insert.state->hardware.get();
        if (loop == nullptr) continue;
        if (!sounding_.chains.contains(name)) loop->presence.stand_at({0.0});
        change_.fades.push_back({&loop->presence, 1.0, 0, true, loop->fade});
        taken.insert(loop->send.begin(), loop->send.end());
      }
    }
    taken.erase(-1);
    for (const auto& [name, chain] : change_.flow.chains) {
      if (sends(change_.flow, chain) || !sends(sounding_, chain)) continue;
      for (const FlowInsert& insert : chain.inserts) {
        HardwareLoopState* loop = insert.state->hardware.get();
        if (loop == nullptr) continue;
        const bool is_taken = taken.contains(loop->send[0]) || taken.contains(loop->send[1]);
        if (is_taken)
          change_.fades.push_back({&loop->presence, 0.0, 0, true, loop->fade});
        else
          change_.fades.push_back({&loop->presence, 0.0, heard_for(chain)});
      }
    }
  }

  /// For how long a chain that goes rings on before it fades out.
  Frames heard_for(const FlowChain& chain) const {
    Frames longest = 0;
    for (const auto& [name, path] : change_.flow.paths)
      if (path.from == chain.name && path.since == generation_) longest = std::max(longest, path.lasts - times_.fade);
    return longest;
  }

  static std::string current(const std::map<std::string, std::string>& names, const std::string& of) {
    const auto found = names.find(of);
    return found == names.end() ? std::string() : found->second;
  }

  const Flow& sounding_;
  const std::uint64_t generation_;
  const ChangeTimes times_;
  FlowChange change_;
  std::vector<FlowPath> going_;
  std::set<std::string> hurried_;  // ids of ways
  Frames may_wait_ = 0;            // until the fades begin
  Frames new_fill_ = -1;           // not worked out yet
};

}  // namespace

FlowChange change_flow(const Flow& sounding, Flow wanted, std::uint64_t generation, const ChangeTimes& times) {
  return Changer(sounding, std::move(wanted), generation, times).run();
}

FlowChange fade_out_first(const Flow& sounding, const std::set<std::string>& ways, std::uint64_t generation,
                          Frames fade) {
  FlowChange change;
  change.flow = sounding;
  change.fade_length = fade;
  for (const std::string& name : ways) {
    FlowPath& path = change.flow.paths.at(name);
    path.stage = Stage::leaves;
    path.since = generation;
    path.lasts = fade;
    path.fades = true;
    change.fades.push_back({&path.gains->presence, 0.0});
    change.fades.push_back({&path.gains->share, 0.0});
  }
  return change;
}

}  // namespace busbar
