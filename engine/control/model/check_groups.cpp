#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/control/model/rules.hpp"
#include "engine/core/ids.hpp"

namespace busbar::rules {

namespace {

using VcaNumbers = std::unordered_map<std::string_view, int>;

VcaNumbers number_vcas(const Mixer& mixer) {
  VcaNumbers numbers;
  for (std::size_t v = 0; v < mixer.vcas.size(); ++v) numbers.emplace(mixer.vcas[v].id, static_cast<int>(v));
  return numbers;
}

struct MemberRules {
  const Index& index;
  const VcaNumbers& vcas;
  std::unordered_set<std::string_view> mute_groups;
  Findings& found;

  void check(const std::vector<std::string>& members, const std::string& where) const {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (index.find(members[i]) >= 0 || vcas.contains(members[i])) continue;
      const bool is_group = mute_groups.contains(members[i]);
      found.errors.push_back({where + item("members", i),
                              is_group ? quoted(members[i]) + " is a mute group, which cannot be a member"
                                       : "there is no strip or VCA " + quoted(members[i]),
                              "give the id of a track, bus or VCA"});
    }
  }
};

/// VCAs as a graph: a member feeds nothing, but the search for loops is the same.
void check_vca_loops(const Mixer& mixer, const VcaNumbers& numbers, Findings& found) {
  std::vector<std::vector<Arrow>> graph(mixer.vcas.size());
  for (std::size_t v = 0; v < mixer.vcas.size(); ++v)
    for (std::size_t i = 0; i < mixer.vcas[v].members.size(); ++i) {
      const auto member = numbers.find(mixer.vcas[v].members[i]);
      if (member == numbers.end()) continue;
      graph[v].push_back({member->second, Arrow::Kind::output, i});
      if (member->second == static_cast<int>(v))
        found.errors.push_back({item("vcas", v) + item("members", i),
                                "the VCA " + quoted(mixer.vcas[v].id) + " is a member of itself", "take it out"});
    }
  for (const Loop& loop : find_loops(graph)) {
    std::vector<std::string> ids;
    for (const int node : loop.nodes) ids.push_back(mixer.vcas[static_cast<std::size_t>(node)].id);
    ids.push_back(ids.front());
    found.errors.push_back(
        {item("vcas", static_cast<std::size_t>(loop.nodes.back())) + item("members", loop.closing.place),
         "the VCAs are members of each other: " + join_loop(ids), "take one of them out"});
  }
}

void check_talkback(const Index& index, const Talkback& talkback, Findings& found) {
  for (std::size_t i = 0; i < talkback.to.size(); ++i) {
    const std::string& id = talkback.to[i];
    const int cue = index.find(id);
    if (cue < 0 || index.strip(cue).kind != StripKind::cue)
      found.errors.push_back({"/talkback" + item("to", i),
                              cue < 0 ? "there is no cue " + quoted(id) : quoted(id) + " is not a cue",
                              "give the id of a cue"});
  }
  if (!talkback.channel && (talkback.on || !talkback.to.empty()))
    found.warnings.push_back({"/talkback/channel", "talkback has no channel of the interface, so it stays off",
                              "give the input of the talkback microphone, such as 1"});
  if (talkback.channel && talkback.to.empty())
    found.warnings.push_back({"/talkback/to", "talkback goes to no cue, so nobody hears it", "give the ids of cues"});
}

}  // namespace

void check_groups(const Index& index, Findings& found) {
  const Mixer& mixer = index.mixer();
  const VcaNumbers vcas = number_vcas(mixer);
  MemberRules rules{index, vcas, {}, found};
  for (const MuteGroup& group : mixer.mute_groups) rules.mute_groups.insert(group.id);
  for (std::size_t v = 0; v < mixer.vcas.size(); ++v) rules.check(mixer.vcas[v].members, item("vcas", v));
  for (std::size_t g = 0; g < mixer.mute_groups.size(); ++g)
    rules.check(mixer.mute_groups[g].members, item("mute_groups", g));
  check_vca_loops(mixer, vcas, found);
}

void check_sections(const Index& index, Findings& found) {
  const Mixer& mixer = index.mixer();
  if (mixer.monitor && index.find(mixer.monitor->source) < 0 && mixer.monitor->source != kMasterId)
    found.errors.push_back({"/monitor/source", "there is no strip " + quoted(mixer.monitor->source),
                            "give \"master\", or the id of a strip"});
  if (mixer.talkback) check_talkback(index, *mixer.talkback, found);
}

}  // namespace busbar::rules
