#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/core/units.hpp"
#include "engine/realtime/render_block.hpp"

namespace busbar {

/// What a device calls for each block, on its own thread.
class AudioCallback {
 public:
  virtual ~AudioCallback() = default;
  virtual void render(const DeviceBlock& block) noexcept = 0;
};

/// A device as it was opened.
struct DeviceFormat {
  std::string host{};  ///< how the system reaches it: "JACK", "ALSA", …
  std::string name{};
  int inputs = 0;
  int outputs = 0;
  double sample_rate = 0.0;
  int block = 0;  ///< frames of one callback as far as the device says; 0: not known. Callbacks may differ from it.
};

/// What the callbacks of a device have come to since it was started. Counts only grow.
struct CallbackCounts {
  std::uint64_t callbacks = 0;
  std::uint64_t flagged = 0;  ///< callbacks before which the device had lost or invented sound: an xrun
  Frames frames = 0;
  int longest_block = 0;  ///< frames of the longest callback so far
  /// Wall time inside the callback, by size: [n] counts those of less than edge_s(n) and not less than the edge before;
  /// the last takes the rest, more than two seconds.
  static constexpr std::size_t kDurations = 128;
  std::array<std::uint64_t, kDurations> durations{};
  double longest_s = 0.0;
  double last_before_flag_s = 0.0;  ///< duration of the callback before the latest flagged one: were we late?
  /// Upper edge of the n-th size in seconds: six sizes per doubling, from 1 µs.
  static double edge_s(std::size_t n) noexcept;
  /// Duration below which a share (0 … 1) of all callbacks stayed, to the edge above it; 0 without callbacks.
  double percentile_s(double share) const noexcept;
};

/// How the thread of the callbacks is run.
struct CallbackThread {
  bool known = false;     ///< a callback has run
  bool realtime = false;  ///< SCHED_FIFO or SCHED_RR
  int priority = 0;
  double cpu_s = 0.0;  ///< processor time it has used, the device's own part of it too
};

/// Something that asks for sound, block by block, on a thread of its own. An engine outlives its device: one that is
/// lost is abandoned and another is started with the same callback. One control thread calls everything here.
class AudioDevice {
 public:
  virtual ~AudioDevice() = default;
  AudioDevice() = default;
  AudioDevice(const AudioDevice&) = delete;
  AudioDevice& operator=(const AudioDevice&) = delete;

  virtual const DeviceFormat& format() const noexcept = 0;
  /// Begins to call. `callback` lives until `stop` or `abandon` has returned.
  virtual Result<void> start(AudioCallback& callback) = 0;
  /// Ends the callbacks and closes the device; none is running or comes after it. Only for a device that lives: a lost
  /// one may keep its caller waiting for minutes.
  virtual void stop() = 0;
  /// Lets go of a device that is lost, at once: nothing of it is waited for, no callback reaches the engine any more,
  /// and what the system holds for it is left to the end of the process.
  virtual void abandon() noexcept = 0;
  /// False once the system itself says that the device is gone. True says nothing: a server that hangs looks alive, so
  /// whoever must know also watches `counts().callbacks`.
  virtual bool alive() const noexcept = 0;
  virtual CallbackCounts counts() const noexcept = 0;
  virtual CallbackThread thread() const noexcept = 0;
};

/// Who plays on which outputs, for a person who must route them elsewhere.
struct OutputUse {
  std::string who;            ///< `'cue2'`
  std::vector<int> channels;  ///< counted from 1
  std::string shown;          ///< the channels with their names
};

/// What to open. `outputs` and `inputs` are how many channels the session needs; more are opened where the host gives
/// them away freely.
struct DeviceRequest {
  std::string name{};        ///< empty: JACK if its server runs, else the system's default output device
  double sample_rate = 0.0;  ///< the session's; if the device cannot, it is opened at a rate of its own: see its format
  int block = 0;             ///< frames a callback; 0: the device's own
  int outputs = 2;
  int inputs = 0;
  int wished_outputs = 0;         ///< opened too, as far as the device has them
  std::vector<OutputUse> uses{};  ///< named in the error if the device has too few outputs
};

/// A device that could be opened.
struct DeviceInfo {
  std::string host;
  std::string name;
  int inputs = 0;
  int outputs = 0;
  double default_rate = 0.0;
  bool is_default = false;  ///< what an empty request would open
};

/// All audio devices there are now. The libraries behind it say nothing on stderr.
std::vector<DeviceInfo> list_audio_devices();

/// Opens a device for output, and for input if `inputs` > 0 and it has any. A name is "HOST:NAME", a host, a device's
/// name or a part of one that only one device has; upper and lower case are the same. Errors: no device at all; no such
/// name (with the list of those there are); not enough outputs (with what it has); the system refuses.
/// A device with fewer inputs than asked for is opened with those that it has.
Result<std::unique_ptr<AudioDevice>> open_audio_device(const DeviceRequest& request);

}  // namespace busbar
