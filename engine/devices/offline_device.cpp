#include "engine/devices/offline_device.hpp"

#include "engine/realtime/denormals.hpp"

namespace busbar {

void OfflineDevice::run(int frames) noexcept {
  const DenormalsOff denormals_off;
  callback_.render({.inputs = {}, .outputs = {}, .frames = frames});
}

}  // namespace busbar
