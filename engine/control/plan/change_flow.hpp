#pragma once
#include <set>
#include <string>
#include <vector>

#include "engine/control/plan/flow.hpp"

namespace busbar {

/// How long moves between flows take, in frames.
struct ChangeTimes {
  Frames fade = 960;             ///< of a way that comes or goes
  Frames shortest_tail = 24000;  ///< a removed strip with a longer one rings out
  Frames longest_tail = 1440000;
};

/// The way from what sounds to what is wanted, without a click or a gap: the ways that both have go on untouched, those
/// that go fade out beside those that come, and a part that is new learns from the one whose place it takes.
struct FlowChange {
  Flow flow;              ///< what is to sound: all that is wanted, and what is on its way out
  Frames fade_delay = 0;  ///< frames until the fades begin: delays that are new have filled up by then
  Frames fade_length = 960;
  std::vector<Fade> fades;
  std::vector<Succession> successions;
  std::vector<const TrimState*> waits_for;  ///< see RenderPlan
  std::vector<TrimState*> fills;
  std::set<std::string> renewed;  ///< ids of ways, inserts and trims whose state is another than before
};

/// `sounding`: the flow of the newest plan. `generation`: of the plan that will be made of the result.
FlowChange change_flow(const Flow& sounding, Flow wanted, std::uint64_t generation, const ChangeTimes& times);

/// The first half of a change whose ways in and ways out together would be a loop: some of what goes fades out, in
/// `fade` frames at most whatever it did before, and nothing comes.
FlowChange fade_out_first(const Flow& sounding, const std::set<std::string>& ways, std::uint64_t generation,
                          Frames fade);

}  // namespace busbar
