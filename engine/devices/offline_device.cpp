#include "engine/devices/offline_device.hpp"

#include <algorithm>
#include <utility>

#include "engine/realtime/denormals.hpp"

namespace busbar {

OfflineDevice::OfflineDevice(AudioCallback& callback) noexcept : callback_(&callback) { format_.host = "offline"; }

OfflineDevice::OfflineDevice(DeviceFormat format) : format_(std::move(format)) {
  if (format_.host.empty()) format_.host = "offline";
}

Result<void> OfflineDevice::start(AudioCallback& callback) {
  if (lost_) return Error{"audio device " + format_.host, "it is lost", "open another"};
  callback_ = &callback;
  return {};
}

void OfflineDevice::run(int frames, std::span<const float* const> inputs, std::span<float* const> outputs,
                        bool flagged) noexcept {
  if (callback_ == nullptr || lost_) {
    for (float* out : outputs)
      if (out != nullptr) std::fill_n(out, frames, 0.0f);
    return;
  }
  const DenormalsOff denormals_off;
  const std::int64_t begin = monotonic_ns();
  callback_->render({.inputs = inputs, .outputs = outputs, .frames = frames});
  meter_.note(frames, flagged, monotonic_ns() - begin);
}

}  // namespace busbar
