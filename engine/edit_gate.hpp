#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "engine/control/commands/command.hpp"
#include "engine/core/result.hpp"
#include "engine/engine.hpp"

namespace busbar {

/// Where edits wait that need files which are not open yet, and those behind them that may lean on them. What leans on
/// nothing that waits goes past: values and commands to the transport. All else keeps its order. Control thread.
///
/// What undo, redo and scenes do depends on all values, so no value goes past one that waits. That would let a disk
/// hold up a fader: one that has waited for a while for a file, with values behind it, is refused.
class EditGate {
 public:
  using Clock = std::chrono::steady_clock;
  struct Ways {
    /// Whether an edit may be done now; else it is tried again later. `is_apart`: not before all that was done is sent.
    std::function<bool(const TimedEdit&, bool is_apart)> may_go;
    /// An edit has changed the mixer, and is to be sent.
    std::function<void(const TimedEdit&)> edited;
    std::function<void(const TimedEdit&, const Error&)> refuse;
  };
  static constexpr std::size_t kRoom = 4096;

  /// A device drives the engine, which lives as long as this.
  EditGate(Engine& engine, Ways ways) : engine_(engine), requests_(*engine.requests()), ways_(std::move(ways)) {}

  /// Does an edit, or keeps it until it can be done. False: not now, so it is to be given again.
  bool take(const TimedEdit& edit) { return take({edit, Clock::now()}); }
  /// Does what waits, as far as it can be done.
  void tend(Clock::time_point until);
  /// The edit that has waited longest; null: none waits.
  const TimedEdit* first() const noexcept { return waiting_.empty() ? nullptr : &waiting_.front().edit; }
  /// False if so many wait that the next one had better not be taken.
  bool has_room() const noexcept { return waiting_.size() < kRoom; }

 private:
  struct Waiting {
    TimedEdit edit;
    Clock::time_point since{};
  };
  struct Tried {
    enum class End : std::uint8_t { done, refused, lacks_a_file, not_now } end = End::done;
    Error refusal{};
  };
  bool take(const Waiting& edit);
  Tried attempt(const TimedEdit& edit);
  bool may_pass(const TimedEdit& edit) const;
  void keep(const Waiting& edit);
  bool do_first();
  bool is_held_up(const std::deque<Waiting>::const_iterator& value) const;
  void give_way();

  Engine& engine_;
  SourceRequests& requests_;
  Ways ways_;
  std::deque<Waiting> waiting_;
  std::optional<std::uint64_t> missed_at_;  // news of the requests when the first was found to lack a file
};

/// That an edit has waited in vain. `where`: what else it goes by.
Error still_waiting(const TimedEdit& edit, std::string where);

}  // namespace busbar
