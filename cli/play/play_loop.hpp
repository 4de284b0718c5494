#pragma once
#include <deque>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cli/play/key_actions.hpp"
#include "cli/play/meters.hpp"
#include "cli/play/screen.hpp"
#include "cli/play/terminal.hpp"
#include "engine/live_play.hpp"

namespace busbar::cli {

/// Why the program stopped playing.
enum class PlayStop : std::uint8_t { end, time_is_up, key, signal, device_lost };

/// All that a report tells of a run.
struct PlayRun {
  PlayStop stop = PlayStop::end;
  bool ended_in_time = true;  ///< false: the engine was asked to end and did not
  PlayStatus status;          ///< the last
  double load = 0.0;          ///< processor time of the audio thread by the time played
  double highest_load = 0.0;
  PlayReport report;
  std::vector<std::string> found;  ///< what pings have measured
  std::vector<Error> warnings;
  std::vector<Error> errors;  ///< of a lost device
};

/// The main thread while it plays: looks, tells news, draws the screen, obeys keys and signals. Nothing of the sound is
/// held while it writes.
class PlayLoop {
 public:
  /// `script` is the name that lines of the script have in messages. With `quiet` nothing is written to stdout.
  /// `recorder`, if there is one, gets what was done as lines of an edit script.
  PlayLoop(LivePlay& play, Terminal& terminal, PlayScene scene, std::string script, bool quiet,
           std::ostream* recorder = nullptr);

  /// Until the end of the session or of the time, a key, a signal, or the loss of the device. The terminal is given
  /// back before it returns, and all news are told, `warnings` of what was opened first.
  PlayRun run(std::vector<Error> warnings = {});

 private:
  void look();
  void tell_news();
  void tell_realtime();
  void tell_found();
  void tell_landed();
  void tell_in_passing(const std::string& text);
  void record();
  void tell(const Error& error, bool is_error);
  void obey_keys(std::string_view bytes);
  void next_message(double now_s);
  void draw();
  void finish();

  LivePlay& play_;
  Terminal& terminal_;
  PlayScene scene_;
  std::string script_;
  bool quiet_;
  std::ostream* recorder_;
  Meters meters_;
  KeyReader keys_;
  KeyActions actions_;
  Painter painter_;
  PlayRun run_;
  std::deque<Message> messages_;  ///< the first is shown
  double message_since_s_ = 0.0;
  double drawn_s_ = -1.0;
  bool realtime_told_ = false;
  std::size_t landed_told_ = 0;
  std::string passing_kept_back_;                  ///< lines for stdout, for when the screen has gone
  std::vector<std::pair<Error, bool>> kept_back_;  ///< and whether it is an error: told when the screen has gone
};

}  // namespace busbar::cli
