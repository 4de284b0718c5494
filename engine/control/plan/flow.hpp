#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/control/plan/make_state.hpp"
#include "engine/control/plan/numbers.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/handover/change_ring.hpp"
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Where the samples of each track come from, by id.
using Sources = std::map<std::string, std::shared_ptr<SourceState>, std::less<>>;

// The signal flow as parts with names and states. A part's name says its shape, so a part that is changed is another
// part: while the console goes from one flow to another both sound, and only ways fade (see change_flow.hpp).

/// The begin of a strip: a source, or the sum of the ways into it, behind trim and polarity.
struct FlowInput {
  std::string name;
  std::string strip;
  std::uint64_t age = 0;  ///< the plan it came with
  int channels = 2;
  std::shared_ptr<SourceState> source;  ///< none: a sum
  std::shared_ptr<TrimState> trim;
  bool fades_out = false;  ///< the source of a strip that was removed and rings on
  Frames may_wait = 0;     ///< at most, for what is new in the strip to fill up
};

struct FlowInsert {
  std::string id;     ///< strip, insert and type: who has the same may be its successor
  std::string shape;  ///< what a successor must share
  std::shared_ptr<InsertState> state;
  const InsertType* type = nullptr;
  int in_channels = 2;
  int out_channels = 2;
  bool passes = false;  ///< bypassed where what it puts out would have more channels
  Frames latency = 0;
  std::string key;  ///< the chain that feeds its side chain; empty: none
  int key_channels = 2;
  std::shared_ptr<SignalDelayState> wait, dry_delay, key_delay;
  Frames wait_frames = 0, key_frames = 0;
  double dry_to_stereo = 1.0;
};

/// The inserts of a strip, in order.
struct FlowChain {
  std::string name;
  std::string strip;
  std::uint64_t age = 0;  ///< the plan it came with
  std::string input;      ///< what it takes its signal from
  int channels = 2;       ///< behind it
  std::vector<FlowInsert> inserts;
  std::shared_ptr<GuardState> guard;
  Frames tail = 0;  ///< of all its inserts together
};

/// One way out of a strip: to a sum, to hardware, or to nowhere.
struct FlowPath {
  std::string name;
  std::string id;  ///< `kick/output`, `kick/output/mono`, `kick/sends/room`: where changes of its gains go
  std::string strip;
  int rank = 0;           ///< in a sum, of the ways of one strip: its output before its sends
  std::uint64_t age = 0;  ///< the older first, of those that are alike
  std::string from;       ///< an input or a chain
  bool is_before_inserts = false;
  int channels = 2;
  std::string to;                ///< an input; empty: hardware or nowhere
  std::vector<int> hardware;     ///< channels, counted from 1
  bool is_strip_output = false;  ///< carries the meter and the captures
  bool is_of_new_strip = false;  ///< the strip was not there before: no older way hands on the rest while it fades in
  bool hands_share = false;      ///< its strip's meter and captures get its share, since other ways have the rest
  std::shared_ptr<PathState> gains;
  std::shared_ptr<PathDelayState> delay;
  Frames delay_frames = 0;

  /// A way that the session no longer has is there until it has faded out, or until what was removed has rung out.
  enum class Stage : std::uint8_t { stays, rings, leaves } stage = Stage::stays;
  std::uint64_t since = 0;          ///< generation of the plan in which that stage began
  bool fades = true;                ///< false: where it leads to fades out, which is enough
  Frames lasts = 0;                 ///< frames from when that plan's fades begin
  Frames slowest = 0;               ///< of the fades it was given
  std::uint64_t slowest_since = 0;  ///< generation of the plan with that fade
};

struct FlowOutput {
  std::size_t channel = 0;  ///< counted from 0
  float ceiling = 1.0f;
  std::shared_ptr<OutputGuardState> guard;
};

struct Flow {
  std::map<std::string, FlowInput> inputs;
  std::map<std::string, FlowChain> chains;
  std::map<std::string, FlowPath> paths;
  std::vector<FlowOutput> outputs;                            ///< in order of channel
  std::map<std::string, std::shared_ptr<MeterState>> meters;  ///< by strip
  std::map<std::string, std::string> input_of, chain_of;      ///< by strip: those of the session as it is now
  std::map<std::string, std::string> path_of;                 ///< by id of a way
};

/// What a mixer asks for. Parts that sound already keep their states, new ones stand at their targets.
Flow build_flow(const Mixer& mixer, const Routing& routing, const Sources& sources, const Flow& sounding);

/// All values of a mixer as changes to what they move, in a fixed order.
std::vector<Change> all_targets(const Mixer& mixer, const Routing& routing, Numbers& slots);

/// At least as many as `all_targets` gives.
std::size_t count_targets(const Routing& routing);

/// Under which names the slots of a flow's parts are.
std::string trim_id(const std::string& strip);
std::string insert_id(const Strip& strip, const RoutedInsert& insert);

}  // namespace busbar
