#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/plan/mix_values.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/control/plan/state_bank.hpp"
#include "engine/handover/change_ring.hpp"
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Where the samples of each track come from, by id.
using Sources = std::map<std::string, std::shared_ptr<SourceState>, std::less<>>;

/// Which strips a run wants to keep the sound of, by id; null entries are filled in by the compiler.
struct Captures {
  std::map<std::string, std::shared_ptr<CaptureState>> handed;    ///< what a strip hands to its output
  std::map<std::string, std::shared_ptr<CaptureState>> arriving;  ///< the same, as it arrives at the bus
};

/// Which buffer each strip's signal is in.
struct BufferPlan {
  std::vector<BufferIndex> signal;     ///< by strip
  std::vector<BufferIndex> input_tap;  ///< by strip; kNoBuffer if nobody taps before the inserts
  int count = 0;
};

/// Gives every signal a buffer and takes it back behind its last reader, so that a plan needs few.
BufferPlan assign_buffers(const Routing& routing);

/// Compiles a routing to what the audio thread runs. Allocates; control thread only. New states stand at their
/// targets; states that the bank already has go on as they are.
std::unique_ptr<RenderPlan> compile_plan(const Mixer& mixer, const Routing& routing, const Sources& sources,
                                         const Captures& captures, StateBank& bank, std::uint64_t generation);

/// All values of a mixer as changes to the states of its plan, in a fixed order: two mixers of the same shape give
/// lists that can be compared entry by entry. `bank` must know the states (compile first).
std::vector<Change> all_targets(const Mixer& mixer, const Routing& routing, StateBank& bank);

/// The name under which the bank keeps an insert's state.
std::string insert_name(const Strip& strip, const RoutedInsert& insert);

}  // namespace busbar
