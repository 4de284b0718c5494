#pragma once
#include <pthread.h>

#include <atomic>
#include <optional>
#include <span>
#include <vector>

#include "engine/devices/audio_device.hpp"
#include "engine/devices/callback_meter.hpp"

namespace busbar {

/// What the callbacks of one stream reach: an object of its own, so that a lost device can be let go of while its
/// system still holds the stream and may call once more. Audio runs `run`; control does the rest.
class StreamSide {
 public:
  StreamSide(int inputs, int outputs);

  /// Audio thread: one callback, of any length, as the device hands it over: planar, null where it has none.
  /// `flagged`: sound was lost before it. Without a callback to call it writes silence.
  void run(const float* const* inputs, float* const* outputs, std::int64_t frames, bool flagged) noexcept;

  /// The device's thread, when the stream has ended in good order: what was asked to stop and did not get here is lost.
  void finish() noexcept { finished_ = true; }
  bool finished() const noexcept { return finished_; }

  void connect(AudioCallback& callback) noexcept { callback_ = &callback; }
  /// No callback is called any more, and none is running, unless it runs for longer than 50 ms.
  void disconnect() noexcept;

  CallbackCounts counts() const noexcept { return meter_.counts(); }
  /// The thread of the callbacks, once there was one.
  std::optional<pthread_t> thread() const noexcept;

 private:
  void call(AudioCallback& callback, const float* const* inputs, float* const* outputs, std::int64_t frames) noexcept;

  // With `inside_` a promise in both directions: audio says that it is inside before it reads the callback, control
  // takes the callback away before it looks who is inside. Both in one total order.
  std::atomic<AudioCallback*> callback_{nullptr};
  std::atomic<bool> inside_{false};
  std::atomic<bool> has_run_{false}, finished_{false};
  std::atomic<pthread_t> thread_{};
  CallbackMeter meter_;
  std::vector<const float*> inputs_;  // audio thread: where the piece at hand begins
  std::vector<float*> outputs_;
};

}  // namespace busbar
