#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "engine/control/control_loop.hpp"
#include "engine/opening_thread.hpp"
#include "engine/session_sources.hpp"
#include "engine/transport_control.hpp"

namespace busbar {

/// The sources that edits of a live run ask for: opened beside the control thread, and given out once they have sound
/// ahead, so that an edit which finds them all can be sent at once. Control thread.
class SourceRequests {
 public:
  SourceRequests(SessionSources& sources, TransportControl& transport)
      : sources_(sources), transport_(transport), thread_(sources.opener) {}

  /// The source of a track if it is at hand. Else it is asked for, the answer is an error, and `take_missed` is true:
  /// to be asked again when `news` has changed.
  Result<OpenedSource> get(const Strip& track);
  /// True if a source was not at hand since the last call.
  bool take_missed() noexcept { return std::exchange(missed_, false); }
  /// Another number when there is something that was not there before.
  std::uint64_t news() const noexcept { return news_; }

  /// Takes in what was opened. To be called now and then.
  void tend();
  /// Does not wait for sound ahead any more: tracks that are late fade in when theirs comes. False while files are
  /// being opened.
  bool hurry();
  /// The file that is being opened.
  std::optional<std::filesystem::path> opening() const { return thread_.at(); }
  std::optional<Error> take_problem() { return thread_.take_problem(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Request {
    enum class State : std::uint8_t { opening, joined, ready, refused } state = State::opening;
    Strip track;
    OpenedSource source{};
    Error refusal{};
    Frames joined = 0;         // engine frame
    Clock::time_point done{};  // when it was joined or refused
  };
  std::vector<Request>::iterator find(const Strip& track);
  Result<OpenedSource> ask(const Strip& track);
  Error missed(const Strip& track);
  void take_in(OpeningThread::Opened opened);
  void forget();

  SessionSources& sources_;
  TransportControl& transport_;
  OpeningThread thread_;
  std::vector<Request> requests_;
  bool missed_ = false;
  std::uint64_t news_ = 0;
};

}  // namespace busbar
