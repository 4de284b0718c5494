#pragma once
#include <span>

#include "engine/devices/audio_device.hpp"
#include "engine/devices/callback_meter.hpp"

namespace busbar {

/// A device without hardware: it asks for a block when it is told to, on the thread that tells it. What it runs is
/// what a sound card would run, denormals off included.
class OfflineDevice final : public AudioDevice {
 public:
  /// Started already, without channels: files take what the captures keep.
  explicit OfflineDevice(AudioCallback& callback) noexcept;
  /// With channels; `host` and `name` may be empty. Calls nobody until `start`.
  explicit OfflineDevice(DeviceFormat format);

  /// One callback of `frames` (1 … kMaxBlock) without inputs or outputs.
  void run(int frames) noexcept { run(frames, {}, {}); }
  /// One callback of `frames` (1 … kMaxBlock), planar, each channel of at least that length. `flagged`: as if the
  /// device had lost sound before it. Silence if nobody is to be called.
  void run(int frames, std::span<const float* const> inputs, std::span<float* const> outputs,
           bool flagged = false) noexcept;
  /// As if it were unplugged: nobody is called any more, and it is not alive.
  void lose() noexcept { lost_ = true; }

  const DeviceFormat& format() const noexcept override { return format_; }
  Result<void> start(AudioCallback& callback) override;
  void stop() override { callback_ = nullptr; }
  void abandon() noexcept override { callback_ = nullptr; }
  bool alive() const noexcept override { return !lost_; }
  CallbackCounts counts() const noexcept override { return meter_.counts(); }
  /// Not known: it has no thread of its own.
  CallbackThread thread() const noexcept override { return {}; }

 private:
  DeviceFormat format_;
  AudioCallback* callback_ = nullptr;
  CallbackMeter meter_;
  bool lost_ = false;
};

}  // namespace busbar
