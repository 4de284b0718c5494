#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/control/model/routing_rules.hpp"
#include "engine/control/plan/console_strips.hpp"
#include "engine/core/result.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

/// An insert of a strip as the plan sees it.
struct RoutedInsert {
  const InsertSlot* slot = nullptr;
  const InsertType* type = nullptr;  ///< null: unknown, passed over
  std::vector<float> params = {};    ///< all of the type's, defaults filled in
  bool bypass = false;               ///< by its own switch or the strip's
  bool matches = false;              ///< the same of level matching
  int in_channels = 2;
  int out_channels = 2;
  Frames latency = 0;
  int key_strip = -1;    ///< index into Routing::strips
  Frames key_delay = 0;  ///< holds the key back until the insert's input
  Frames wait = 0;       ///< holds the insert's input back until a later key
};

/// A strip with its place in time: frames by which the signal lags the session there.
struct RoutedStrip {
  const Strip* strip = nullptr;
  int in_channels = 2;
  int out_channels = 2;
  std::vector<RoutedInsert> inserts = {};
  Frames latency_in = 0;   ///< at the sum, and at tap `input`
  Frames latency_out = 0;  ///< behind the inserts: taps `pre` and `post`, and the output
};

/// One way from a strip to a sum, to hardware, or to nowhere.
struct Route {
  enum class Kind : std::uint8_t { output, send, hardware, nowhere };
  Kind kind = Kind::output;
  int from = 0;
  int to = -1;  ///< strip index, for output and send
  const Send* send = nullptr;
  Tap tap = Tap::post;
  int channels = 2;                ///< of the tap
  Frames latency = 0;              ///< of the tap
  Frames delay = 0;                ///< put in, so that all ways into the sum arrive together
  std::vector<int> hardware = {};  ///< channels, counted from 1
};

/// A mixer's signal flow, worked out: order, channels, latencies, delays. Strips are in order of id, so indices are
/// in the order of sums; monitor and talkback are among them. Points into the mixer it was made from.
struct Routing {
  std::vector<RoutedStrip> strips;
  std::vector<int> order;     ///< strip indices, sources before what they feed
  std::vector<Route> routes;  ///< by source, its sends after its output
  std::shared_ptr<const ConsoleStrips> console;
  int index_of(std::string_view id) const;
};

/// Channels of each track's source: 1 or 2, by id.
using TrackChannels = std::map<std::string, int, std::less<>>;

/// Works out the flow of a mixer that `check_mixer` found without errors. Fails on a loop only.
Result<Routing> route(const Mixer& mixer, const TrackChannels& channels);

/// All parameters of an insert by index: what the slot sets, defaults for the rest. Choices are indices, switches 0/1.
std::vector<float> resolve_params(const InsertType& type, const InsertSlot& slot, double tempo_bpm);

/// Strip indices with sources before what they feed (outputs, sends on or off, keys); ties in order of id.
/// Shorter than `strips` if there is a loop.
std::vector<int> order_strips(const Routing& routing);

/// Fills in latencies and delays, in the routing's order.
void align_latency(Routing& routing);

/// True if a plan compiled for one serves the other: same strips, ways, channels, latencies and delays.
bool same_shape(const Routing& a, const Routing& b);

}  // namespace busbar
