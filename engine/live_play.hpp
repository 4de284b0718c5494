#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/control/commands/apply_command.hpp"
#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "engine/devices/audio_device.hpp"
#include "engine/edit_queue.hpp"

namespace busbar {

/// What to play, and on what.
struct PlayJob {
  Mixer mixer;                    ///< has passed `check_mixer`
  std::filesystem::path session;  ///< its file; clips are relative to its folder
  std::string device;             ///< see DeviceRequest
  int block = 0;                  ///< 0: the device's own
  double from_s = 0.0;
  std::optional<double> for_s;  ///< none: to the end
  bool loop = false;            ///< over the session's loop, or all of it
  std::vector<TimedEdit> script;
  std::filesystem::path script_file;
  EditParts edit_parts = nullptr;       ///< for edits of parts
  bool allow_outside = false;           ///< see SourceOptions
  bool record = false;                  ///< for `take_record`
  std::filesystem::path record_inputs;  ///< a folder for what comes in, see InputRecorder; empty: it is not kept
  /// Called on the control thread with each edit that was made, and asked now and then what went wrong with that.
  std::function<void(const Edit& edit, const Mixer& after)> on_edit;
  std::function<std::vector<Error>()> edit_news;
  std::filesystem::path cache_folder;
  std::function<void(double)> progress;  ///< of converting files, 0 … 1, before anything sounds
  /// How a device is opened; tests have their own.
  std::function<Result<std::unique_ptr<AudioDevice>>(const DeviceRequest&)> open_device = open_audio_device;
};

/// What a strip hands to its output. Levels in dBFS, -inf for silence.
struct StripLevel {
  std::string id;
  std::string name;
  StripKind kind = StripKind::track;
  std::array<double, 2> peak_db{};     ///< highest of the last 50 to 100 ms
  std::array<double, 2> highest_db{};  ///< since the start
  double fader_db = 0.0;
  bool mute = false;
  bool solo = false;
};

/// Why playing ended.
enum class PlayEnd : std::uint8_t { not_yet, end_of_session, time_is_up, asked, device_lost };

/// How it goes, at one look.
struct PlayStatus {
  PlayEnd end = PlayEnd::not_yet;
  double position_s = 0.0;  ///< session time
  double played_s = 0.0;    ///< since the start of the run, by the engine's frames
  bool rolling = false;
  bool looping = false;
  std::optional<std::pair<double, double>> loop_s;  ///< where it loops, if it does
  std::vector<int> cut_outputs;    ///< hardware outputs, from 1, whose ceilings cut samples in the last two seconds
  bool device_silent = false;      ///< the device has stopped calling; it is given a moment before it counts as lost
  std::vector<StripLevel> levels;  ///< all strips: tracks, then buses, as in the session
  CallbackCounts callbacks;
  CallbackThread thread;
  double load = 0.0;          ///< share of the time that the callbacks of the last second used, 0 … 1
  double read_ahead_s = 0.0;  ///< of the track that has least; 0 without files
  std::uint64_t stalls = 0;   ///< times that a track faded out since its file data was late
};

/// An edit of the script, or a jump, as it happened.
struct LandedEdit {
  int line = 0;  ///< of the script
  Frames frame = 0;
};

/// What has become of the script so far.
struct PlayReport {
  std::vector<LandedEdit> landed;
  std::vector<Error> refused;  ///< edits of the script
};

/// A session on a device: engine, transport, script and watchdog, on a control thread of its own. Any thread may call
/// `post`, `status`, `take_news`, `take_found` and `quit`.
class LivePlay {
 public:
  /// Opens device and files; nothing sounds yet. Null if `findings` has errors. Warnings: files that are missing,
  /// inputs that the device lacks, a device at another rate than the session.
  static std::unique_ptr<LivePlay> open(PlayJob job, Findings& findings);
  virtual ~LivePlay() = default;

  /// Starts to play, as soon as half a second of every file is at hand, or after two seconds without those that are
  /// late. A device that does not start comes as news and as the end.
  virtual Result<void> start() = 0;
  /// Any edit, and the transport: `/transport/play` true or false, `/transport/locate_s` seconds, `/transport/looping`
  /// true or false, `/transport/loop` a range. A refusal comes as news; `busy`: send it again later.
  virtual EditQueue::Answer post(Edit edit) = 0;
  virtual PlayStatus status() = 0;
  /// What a person should know since the last call: late files, samples that were not finite, refused edits, a device
  /// that is silent or lost.
  virtual std::vector<Error> take_news() = 0;
  /// What was asked for and has been found since the last call, a line each: what pings have measured.
  virtual std::vector<std::string> take_found() = 0;
  /// Ramps to silence and ends, within a fraction of a second. May be called again, and once it has ended by itself.
  virtual void quit() = 0;
  /// Waits for the end; false if it has not come within `seconds`.
  virtual bool wait(double seconds) = 0;

  virtual const DeviceFormat& device() const = 0;
  virtual const Mixer& session() const = 0;  ///< as played: at the device's sample rate
  virtual bool memory_locked() const = 0;
  virtual PlayReport report() = 0;
  /// What was done since the last call, edits, jumps and stalls, each with the frame at which it landed, in order: as a
  /// script it makes the same sound again. With `PlayJob::record` only.
  virtual std::vector<TimedEdit> take_record() = 0;
  /// Completes the files of `PlayJob::record_inputs`, which takes as long as the disk does. Once it has ended; without
  /// it they are lost. Returns what went wrong.
  virtual std::vector<Error> finish_inputs() = 0;
};

}  // namespace busbar
