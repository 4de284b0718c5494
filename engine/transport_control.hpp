#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "engine/control/commands/transport_edit.hpp"
#include "engine/control/control_loop.hpp"
#include "engine/reel_loader.hpp"

namespace busbar {

/// The control side of the transport: loads reels and tells audio when to play which. Requests are done in the order
/// in which they came; a jump waits until its reel is loaded. One control thread.
class TransportControl {
 public:
  /// What was asked for, and where it came to pass.
  struct Landed {
    int line = 0;           ///< as given with the request; 0: none was
    Frames frame = 0;       ///< engine frame
    TransportEdit command;  ///< what it came to: where a play or a locate began
  };
  /// How the audio thread is driven. `stepped`: by the thread that calls this, which waits for data before each block;
  /// every request then lands at its very frame. Else by a device, on its own.
  enum class Drive : std::uint8_t { stepped, live };

  /// The engine rolls from session frame `start`, on reel 0.
  TransportControl(ControlLoop& control, ReelLoader& reels, Frames start, Drive drive);

  /// The range that looping goes over when none is named, in session frames. Without it, such looping does nothing.
  void set_usual_loop(Frames from, Frames to) { usual_loop_ = std::pair(from, to); }

  /// To be done at engine frame `at`, or as soon as it can be. `stepped`: `at` is the next frame to be rendered.
  void request(const TransportEdit& edit, Frames at, int line = 0);
  /// A jump to that session frame is likely to be asked for: loads a reel for it if one is free.
  void foresee(Frames place);
  /// A source that is to join: gives it what the reels at hand play. Returns the engine frame at which it did.
  Frames join(const SourceState& source);
  /// True if one that joined at engine frame `since` has something to play, or a jump would not wait for it any longer.
  bool has_enough(const SourceState& source, Frames since) const;
  /// What audio told; other events are passed over.
  void take(const Event& event);
  /// Does what can be done now. `now`: engine frames rendered so far.
  void tend(Frames now);

  /// Requests that have landed before engine frame `before` and were not taken yet, in order of time. A loop jump for
  /// which no reel was ready in time comes as what has the same effect: an end of the loop, and later a jump and a
  /// loop.
  std::vector<Landed> take_landed(Frames before);
  /// True while requests wait or are on their way.
  bool busy() const noexcept { return !waiting_.empty() || posted_.has_value(); }
  bool rolling() const noexcept { return rolling_; }
  bool looping() const noexcept { return loop_.has_value(); }
  std::optional<std::pair<Frames, Frames>> loop() const noexcept { return loop_; }
  /// Session frame at engine frame `now`: where it plays, or where it stands.
  Frames place(Frames now) const noexcept { return rolling_ ? now + offset_ : place_; }
  /// Frames that the emptiest file of the reel that plays has ahead.
  int read_ahead() const { return reels_.ready(current_); }

 private:
  struct Request {
    TransportEdit edit;
    Frames at = 0;
    int line = 0;
  };
  struct Slot {
    enum class Use : std::uint8_t { free, loaded, armed, posted, playing } use = Use::free;
    Frames place = 0;  // session frame at which it begins
    Frames since = 0;  // engine frame at which it began to load
  };
  struct Posted {
    Request request;
    std::uint64_t batch = 0;
    std::size_t reel = kReels;  // for a roll
    std::optional<std::pair<Frames, Frames>> loop;
  };

  bool start(const Request& request);
  bool start_roll(const Request& request, Frames place);
  bool start_loop(const Request& request, std::optional<std::pair<Frames, Frames>> loop);
  void settle(const Request& request);
  void note_landed(const Request& request, Frames frame);
  void sent(Posted posted);
  void land(Frames frame);
  void play_from(std::size_t reel, Frames frame);
  void note_late_jump();
  void note_loop_jump(std::size_t reel, Frames frame);
  void go_on_in_loop(Frames frame);
  std::optional<std::size_t> loaded_at(Frames place) const;
  std::optional<std::size_t> load(Frames place, bool may_take_loaded);
  bool is_ready(std::size_t reel) const;
  void arm_loop();
  void release(std::size_t reel);
  std::size_t count(Slot::Use use) const;
  Frames frame_for(const Request& request) const;
  double seconds_of(Frames place) const;
  Frames frames_of(double seconds) const;

  ControlLoop& control_;
  ReelLoader& reels_;
  const Drive drive_;
  const Frames need_;      // frames ahead with which a reel is ready
  const Frames patience_;  // frames after which it goes without the tracks that are late
  std::array<Slot, kReels> slots_{};
  std::deque<Request> waiting_;
  std::optional<Posted> posted_;
  std::vector<Landed> landed_;
  std::optional<std::pair<Frames, Frames>> loop_;
  std::optional<std::pair<Frames, Frames>> usual_loop_;
  std::size_t current_ = 0;
  Frames offset_ = 0;  // session minus engine frame of what plays
  Frames place_ = 0;   // where it stands
  bool rolling_ = true;
  Frames now_ = 0;  // at the last look
  Frames last_landing_ = 0;
  Frames loop_since_ = 0;  // engine frame since when the loop may jump
  bool jump_is_late_ = false;
};

}  // namespace busbar
