#pragma once
#include <set>
#include <string>
#include <vector>

#include "engine/control/plan/flow.hpp"

namespace busbar {

/// Takes out what no way leads away from any more, and the ways that lead there.
void drop_unheard(Flow& flow);

/// True if the flow can run: no way leads back to where it came from.
bool is_free_of_loops(const Flow& flow);

/// Names of inputs and chains, each behind what it needs. Shorter than all of them if there is a loop.
std::vector<std::string> order_of(const Flow& flow);

/// Names of the ways that are on loops, or between two: without them none is left.
std::set<std::string> ways_in_loops(const Flow& flow);

}  // namespace busbar
