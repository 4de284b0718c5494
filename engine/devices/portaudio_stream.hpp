#pragma once
#include <portaudio.h>
#include <pthread.h>

#include <chrono>
#include <memory>

#include "engine/devices/audio_device.hpp"
#include "engine/devices/stream_side.hpp"

namespace busbar {

/// What PortAudio said when it refused a device.
Error refusal(const DeviceInfo& info, PaError error);

/// A device behind a PortAudio stream that is open.
class PortAudioDevice final : public AudioDevice {
 public:
  /// Owns the stream and one use of PortAudio.
  PortAudioDevice(PaStream* stream, std::unique_ptr<StreamSide> side, DeviceFormat format);
  ~PortAudioDevice() override;

  const DeviceFormat& format() const noexcept override { return format_; }
  Result<void> start(AudioCallback& callback) override;
  void stop() override;
  void abandon() noexcept override;
  bool alive() const noexcept override;
  CallbackCounts counts() const noexcept override { return side_->counts(); }
  CallbackThread thread() const noexcept override;

 private:
  enum class State { open, running, closed, abandoned };
  std::chrono::duration<double> close_limit() const;
  void ask_thread(pthread_t thread) const noexcept;

  PaStream* stream_;
  StreamSide* side_;
  DeviceFormat format_;
  State state_ = State::open;
  mutable CallbackThread thread_;  // as it was seen last
  mutable bool raised_ = false;
};

}  // namespace busbar
