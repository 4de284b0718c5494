#pragma once
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// A plan whose steps use `count` buffers, each written before it is read, gets by with fewer: one is used again behind
/// its last reader. Renumbers them, and returns how many are left.
int assign_buffers(RenderPlan& plan, int count);

}  // namespace busbar
