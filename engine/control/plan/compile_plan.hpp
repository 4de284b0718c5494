#pragma once
#include <map>
#include <memory>
#include <string>

#include "engine/control/plan/change_flow.hpp"
#include "engine/control/plan/flow.hpp"
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Which strips a run wants to keep the sound of, by id.
struct Captures {
  std::map<std::string, std::shared_ptr<CaptureState>> handed;    ///< what a strip hands to its output
  std::map<std::string, std::shared_ptr<CaptureState>> arriving;  ///< the same, as it arrives at the master
};

/// How a flow becomes a plan.
struct PlanFrame {
  std::uint64_t generation = 0;
  double sample_rate = 48000.0;
  const Captures& captures;
  Numbers& slots;   ///< of what changes name
  Numbers& strips;  ///< of strips, as in the meter board
};

/// Compiles a flow without loops to what the audio thread runs. Allocates; control thread only.
std::unique_ptr<RenderPlan> compile_plan(const Flow& flow, const PlanFrame& frame);

/// How many buffers a settled plan of this mixer has.
int count_buffers(const Mixer& mixer, const Routing& routing);

}  // namespace busbar
