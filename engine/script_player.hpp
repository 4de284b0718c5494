#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/edit_gate.hpp"
#include "engine/engine.hpp"
#include "engine/live_play.hpp"

namespace busbar {

/// Plays an edit script on a running engine: each edit is sent a little before its frame, so that it lands there, and
/// jumps are foreseen, so that their sound is at hand. Control thread.
class ScriptPlayer {
 public:
  /// The script lives as long as this.
  ScriptPlayer(Engine& engine, const std::vector<TimedEdit>& script, std::filesystem::path file);
  ScriptPlayer(const ScriptPlayer&) = delete;
  ScriptPlayer& operator=(const ScriptPlayer&) = delete;

  /// Sends what is due within `lead` frames of `now`.
  void tend(Frames now, Frames lead);
  /// True while an edit that is in the mixer waits for room on its way to audio, or for others of its frame: nobody
  /// else sends meanwhile.
  bool holds_back() const noexcept { return !unsent_.empty(); }
  /// What audio told.
  void take(const Event& event);
  /// A line has come to pass.
  void landed(int line, Frames frame);

  /// Refusals since the last call, as `FILE:LINE`.
  std::vector<Error> take_refused() { return std::exchange(refused_, {}); }
  const PlayReport& report() const noexcept { return report_; }
  /// That lines are left over, if they are.
  std::optional<Error> not_reached() const;

 private:
  bool is_due(Frames now, Frames lead) const;
  bool is_held(Frames now, Frames lead) const;
  bool send(Frames now);
  void foresee(Frames now);
  void refuse(const TimedEdit& edit, const Error& error);
  std::string line_of(const TimedEdit& edit) const;

  Engine& engine_;
  std::vector<TimedEdit>::const_iterator next_, end_;
  std::filesystem::path file_;
  std::vector<int> unsent_;  // lines whose edits are in the mixer and not on their way
  Frames unsent_at_ = 0;
  EditGate gate_;
  std::map<std::uint64_t, std::vector<int>> on_the_way_;  // by batch
  std::vector<Error> refused_;
  PlayReport report_;
};

}  // namespace busbar
