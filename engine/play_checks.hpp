#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/engine.hpp"
#include "engine/live_play.hpp"

namespace busbar {

/// `JACK:system`
std::string shown_device(const DeviceFormat& format);

/// What a session needs of a device. Inputs are those up to the highest that is used.
DeviceRequest device_request(const PlayJob& job);
/// The hardware inputs that tracks, talkback and hardware inserts want, counted from 1, in order.
std::vector<int> inputs_used(const Mixer& mixer);

/// A session that has more than clips, or none at all, plays until it is stopped unless clips are there to end it. One
/// whose files are all missing ends at once.
bool has_no_end(const Mixer& mixer);

/// Warns of tracks that will be silent and of gear that will not be heard, since the device has no such channel.
void warn_of_inputs(const Mixer& mixer, const DeviceFormat& format, Findings& findings);

/// Says what of the inputs will not be on record. An error if a file of theirs is a recording that the session plays.
void check_input_record(const PlayJob& job, Findings& findings);

/// Goes over to the rate of a device that cannot run at the session's, and says so.
void take_rate(PlayJob& job, const DeviceFormat& format, Findings& findings);

/// Where nothing would ever come is no place to begin.
std::optional<Error> check_start(const PlayJob& job, const Engine& engine);

}  // namespace busbar
