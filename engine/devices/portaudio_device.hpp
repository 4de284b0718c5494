#pragma once
#include <memory>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/devices/audio_device.hpp"

namespace busbar {

/// What `list_audio_devices` and `open_audio_device` do, through PortAudio. None takes longer than five seconds,
/// whatever the system does.
std::vector<DeviceInfo> list_portaudio_devices();
Result<std::unique_ptr<AudioDevice>> open_portaudio_device(const DeviceRequest& request);

}  // namespace busbar
