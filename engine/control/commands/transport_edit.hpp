#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/core/result.hpp"

namespace busbar {

/// A command that is done once and changes nothing of the session, most of them to the transport: `/transport/play`,
/// `/transport/locate_s`, `/transport/looping`, `/transport/loop`, `/session/panic`, `/ID/source/stall`.
struct TransportEdit {
  enum class Kind : std::uint8_t {
    play,
    stop,
    locate,       ///< to `seconds`
    looping_on,   ///< over the session's loop, or all of it
    looping_off,  ///< plays on behind the end of the loop
    loop,         ///< over `range`
    panic,        ///< all inserts fade out, forget what they hold, and come back
    stall,        ///< a track is away as if late, fading out over `frames`; none: it comes back
    settled,  ///< what has faded out by engine frame `frames` is taken out; none: edits before and behind are parted
  };
  Kind kind = Kind::play;
  double seconds = 0.0;
  std::pair<double, double> range{};
  std::string track{};
  std::optional<Frames> frames{};
  friend bool operator==(const TransportEdit&, const TransportEdit&) = default;
};

/// The edit that says a command again, so that a run can be written down.
Edit edit_of(const TransportEdit& command);

/// The shortest loop there can be: several of its jumps must fit behind one another into the longest callback.
inline constexpr double kShortestLoop = 0.1;
/// The latest place on the time line that can be named, in seconds.
inline constexpr double kLatest = 1e7;

/// An edit, parted into what the transport does and what changes the mixer; both belong to one frame.
struct PartedEdit {
  std::vector<TransportEdit> transport;
  std::optional<Edit> mixer;
};

/// Parts an edit; a batch may hold both kinds. Error: a transport address that does not exist, a value it cannot take,
/// or a track that `has_track` denies, if it is given; then nothing of the edit is to be done.
Result<PartedEdit> part_edit(const Edit& edit, const std::function<bool(const std::string& id)>& has_track = {});

/// True if any of it concerns the transport.
bool concerns_transport(const Edit& edit);

}  // namespace busbar
