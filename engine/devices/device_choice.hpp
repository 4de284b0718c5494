#pragma once
#include <span>
#include <string>

#include "engine/core/result.hpp"
#include "engine/devices/audio_device.hpp"

namespace busbar {

/// A device as a host shows it.
struct KnownDevice {
  DeviceInfo info;
  int index = 0;              ///< the host's own number for it
  bool host_default = false;  ///< what the name of its host alone means
};

/// "HOST:NAME", as lists and messages show a device and as it can be asked for.
std::string full_name(const DeviceInfo& info);

/// The device that a request means. An empty name is the one that `is_default`; else the first of these that fits:
/// "HOST:NAME", a host, a name, a part of a name (behind "HOST:" too). Errors: none there; no such name, or several,
/// with the list; fewer outputs than wanted, with the others that have enough.
Result<KnownDevice> choose_device(std::span<const KnownDevice> devices, const DeviceRequest& request);

}  // namespace busbar
