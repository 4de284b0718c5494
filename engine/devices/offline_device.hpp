#pragma once
#include "engine/devices/audio_device.hpp"

namespace busbar {

/// A device without hardware: it asks for a block when it is told to, on the thread that tells it. What it runs is
/// what a sound card would run, denormals off included.
class OfflineDevice {
 public:
  explicit OfflineDevice(AudioCallback& callback) noexcept : callback_(callback) {}

  /// One callback of `frames` (1 … kMaxBlock) without inputs or outputs: files take what the captures keep.
  void run(int frames) noexcept;

 private:
  AudioCallback& callback_;
};

}  // namespace busbar
