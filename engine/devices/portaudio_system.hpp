#pragma once
#include <vector>

#include "engine/core/result.hpp"
#include "engine/devices/device_choice.hpp"

namespace busbar {

/// PortAudio reads the lists of its hosts when it is begun, so it is begun for each use and ended behind it; uses nest.
/// Everything here may hang with a server that does: it belongs on a thread that can be left behind.
Result<void> begin_portaudio();
void end_portaudio();

/// Once a device was lost, PortAudio cannot be closed or begun anew: it would wait for minutes, or abort the process.
/// From then on nobody calls it any more.
bool portaudio_is_stuck() noexcept;
void portaudio_got_stuck() noexcept;
/// What whoever wants it then is told.
Error stuck_error();

/// The devices of all hosts, while PortAudio is begun.
std::vector<KnownDevice> portaudio_devices();

}  // namespace busbar
