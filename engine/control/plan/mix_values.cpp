#include "engine/control/plan/mix_values.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <vector>

namespace busbar {

namespace {

using Neighbours = std::unordered_map<std::string, std::vector<std::string>>;

/// `seeds` and all that can be reached from them.
std::set<std::string> reach(const std::set<std::string>& seeds, const Neighbours& next) {
  std::set<std::string> seen = seeds;
  std::vector<std::string> open(seeds.begin(), seeds.end());
  while (!open.empty()) {
    const std::string id = std::move(open.back());
    open.pop_back();
    const auto found = next.find(id);
    if (found == next.end()) continue;
    for (const std::string& other : found->second)
      if (seen.insert(other).second) open.push_back(other);
  }
  return seen;
}

std::array<double, 4> scaled(std::array<double, 4> matrix, double gain) {
  for (double& m : matrix) m *= gain;
  return matrix;
}

}  // namespace

std::array<double, 2> pan_gains(double pan_law_db, double pan) {
  if (pan <= -1.0) return {1.0, 0.0};
  if (pan >= 1.0) return {0.0, 1.0};
  const double angle = (pan + 1.0) * std::numbers::pi / 4.0;
  // cos and sin of π/4 differ in the last bit; the centre must not.
  const std::array<double, 2> constant_power = pan == 0.0
                                                   ? std::array{std::numbers::sqrt2 / 2.0, std::numbers::sqrt2 / 2.0}
                                                   : std::array{std::cos(angle), std::sin(angle)};
  const std::array<double, 2> linear{(1.0 - pan) / 2.0, (1.0 + pan) / 2.0};
  if (pan_law_db == 0.0) return balance_gains(pan);
  if (pan_law_db == -6.0) return linear;
  if (pan_law_db == -4.5) return {std::sqrt(constant_power[0] * linear[0]), std::sqrt(constant_power[1] * linear[1])};
  return constant_power;
}

std::array<double, 2> balance_gains(double pan) { return {std::min(1.0, 1.0 - pan), std::min(1.0, 1.0 + pan)}; }

std::array<double, 4> stereo_matrix(double width, double pan) {
  const auto [left, right] = balance_gains(pan);
  const double same = (1.0 + width) / 2.0;  // L = M + S, M = (L+R)/2, S = width (L−R)/2
  const double other = (1.0 - width) / 2.0;
  return {left * same, left * other, right * other, right * same};
}

MixValues::MixValues(const Mixer& mixer) : pan_law_db_(mixer.pan_law_db) {
  if (mixer.talkback && mixer.talkback->on) {
    dimmed_.insert(mixer.talkback->to.begin(), mixer.talkback->to.end());
    dim_ = to_gain(mixer.talkback->dim).value;
  }
  for (const auto& bus : mixer.buses)
    if (bus->kind == StripKind::cue) cues_[bus->id] = bus.get();
  for (const Strip* strip : mixer.strips())
    if (strip->mute) muted_.insert(strip->id);
  collect_groups(mixer);
  collect_solo(mixer);
}

void MixValues::collect_groups(const Mixer& mixer) {
  Neighbours members;
  for (const Vca& vca : mixer.vcas) members[vca.id] = vca.members;
  for (const MuteGroup& group : mixer.mute_groups) members[group.id] = group.members;
  // Each VCA scales all it reaches, once each, however many ways there are; in order of id, so that the last bit of
  // the product does not depend on the order of the file.
  std::map<std::string, const Vca*> vcas;
  for (const Vca& vca : mixer.vcas) vcas[vca.id] = &vca;
  for (const auto& [vca_id, vca] : vcas)
    for (const std::string& id : reach({vca_id}, members)) {
      vca_gain_.try_emplace(id, 1.0).first->second *= to_gain(vca->fader).value;
      if (vca->mute) muted_.insert(id);
    }
  for (const MuteGroup& group : mixer.mute_groups)
    if (group.mute)
      for (const std::string& id : reach({group.id}, members)) muted_.insert(id);
}

void MixValues::collect_solo(const Mixer& mixer) {
  if (mixer.solo_mode != SoloMode::in_place) return;
  Neighbours feeds, fed_by;
  std::set<std::string> soloed, safe;
  const auto is_cue = [&](const std::string& id) { return cues_.contains(id); };
  const auto connect = [&](const std::string& from, const std::string& to) {
    if (is_cue(from) || is_cue(to)) return;
    feeds[from].push_back(to);
    fed_by[to].push_back(from);
  };
  for (const Strip* strip : mixer.strips()) {
    if (strip->solo && !is_cue(strip->id)) soloed.insert(strip->id);
    if (strip->solo_safe) safe.insert(strip->id);
    if (const auto* bus = std::get_if<ToBus>(&strip->output)) connect(strip->id, bus->id);
    for (const Send& send : strip->sends) connect(strip->id, send.to);
  }
  if (soloed.empty()) return;
  const std::set<std::string> after = reach(soloed, feeds), before = reach(soloed, fed_by), kept = reach(safe, feeds);
  for (const Strip* strip : mixer.strips()) {
    if (strip->kind == StripKind::cue || strip->kind == StripKind::master) continue;
    if (!after.contains(strip->id) && !before.contains(strip->id) && !kept.contains(strip->id))
      silenced_.insert(strip->id);
  }
}

double MixValues::trim(const Strip& strip) {
  const double gain = to_gain(strip.trim).value;
  return strip.polarity ? -gain : gain;
}

double MixValues::fader_gain(const Strip& strip) const {
  constexpr double kMost = 1e12;  // a hundred VCAs at +12 dB are no mix, but must not become infinities either
  const auto vca = vca_gain_.find(strip.id);
  return std::min(kMost, to_gain(strip.fader).value * (vca == vca_gain_.end() ? 1.0 : vca->second));
}

PathTarget MixValues::output(const Strip& strip, int channels) const {
  PathTarget target{.gate = open(strip)};
  if (channels == 1) {
    const auto [left, right] = pan_gains(pan_law_db_, strip.pan);
    target.matrix = {left, 0.0, right, 0.0};
  } else {
    target.matrix = stereo_matrix(strip.width, strip.pan);
  }
  target.matrix = scaled(target.matrix, fader_gain(strip));
  // Who is not a cue is never dimmed, so only outputs into buses are looked at.
  if (const auto* bus = std::get_if<ToBus>(&strip.output))
    target.matrix = scaled(target.matrix, dim_of(strip, bus->id));
  return target;
}

double MixValues::dim_of(const Strip& strip, const std::string& to) const {
  return strip.id != "talkback" && dimmed_.contains(to) ? dim_ : 1.0;
}

PathTarget MixValues::mono_output(const Strip& strip, int channels) const {
  PathTarget target = output(strip, channels);
  const auto& m = target.matrix;
  if (channels == 1)
    target.matrix = {fader_gain(strip), 0.0, 0.0, 0.0};
  else
    target.matrix = {(m[0] + m[2]) / 2.0, (m[1] + m[3]) / 2.0, 0.0, 0.0};
  return target;
}

PathTarget MixValues::send(const Strip& strip, const Send& send, int tap_channels) const {
  const auto cue = cues_.find(send.to);
  const bool into_cue = cue != cues_.end();
  const bool post = send.tap == Tap::post;
  const bool mute_counts = post || (into_cue && cue->second->follow_mute);
  const bool shut = !send.on || (mute_counts && is_muted(strip.id)) || (!into_cue && is_silenced(strip.id));
  PathTarget target{.gate = shut ? 0.0 : 1.0};
  const double pan = send.pan.value_or(strip.pan);
  if (tap_channels == 1) {
    const auto [left, right] = pan_gains(pan_law_db_, pan);
    target.matrix = {left, 0.0, right, 0.0};
  } else {
    target.matrix = stereo_matrix(send.pan ? 1.0 : strip.width, pan);
  }
  const double level = to_gain(send.level).value * (post ? fader_gain(strip) : 1.0);
  target.matrix = scaled(target.matrix, level * dim_of(strip, send.to));
  return target;
}

}  // namespace busbar
