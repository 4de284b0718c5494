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

/// The first half of a change whose ways in and ways out together would be a loop: what goes fades out, nothing comes.
/// `spares_ringing`: what was removed before and rings on is left to do so.
FlowChange fade_out_first(const Flow& sounding, const Flow& wanted, std::uint64_t generation, const ChangeTimes& times,
                          bool spares_ringing);

/// Takes out what no way leads away from any more, and the ways that lead there.
void drop_unheard(Flow& flow);

/// True if the flow can run: no way leads back to where it came from.
bool is_free_of_loops(const Flow& flow);

/// Names of inputs and chains, each behind what it needs. Shorter than all of them if there is a loop.
std::vector<std::string> order_of(const Flow& flow);

}  // namespace busbar
