#include "engine/run_record.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace busbar {

/// The first line says that what has faded out is gone when the record says so, and not before.
RunRecord::RunRecord(Engine& engine) : engine_(engine) {
  TransportEdit settled;
  settled.kind = TransportEdit::Kind::settled;
  settled.frames = 0;
  record_.push_back({0, 0, edit_of(settled)});
}

void RunRecord::keep(const std::vector<Event>& events, const std::vector<TransportControl::Landed>& moves, Frames now) {
  std::vector<TimedEdit> record = engine_.control().take_landed(now);
  for (const auto& move : moves)
    if (move.command.kind != TransportEdit::Kind::settled) record.push_back({move.frame, 0, edit_of(move.command)});
  for (const Event& event : events)
    if (auto stall = stall_of(event)) stalls_.push_back(std::move(*stall));
  const auto is_due = [now](const TimedEdit& stall) { return stall.at < now; };
  std::ranges::copy_if(stalls_, std::back_inserter(record), is_due);
  std::erase_if(stalls_, is_due);
  std::ranges::stable_sort(record, {}, &TimedEdit::at);
  // What moved nothing may be told late; scripts never go back.
  for (TimedEdit& edit : record) kept_to_ = edit.at = std::max(edit.at, kept_to_);
  std::ranges::move(record, std::back_inserter(record_));
}

/// A track that was late or is back, as the command that makes it so.
std::optional<TimedEdit> RunRecord::stall_of(const Event& event) const {
  const bool starved = event.kind == Event::Kind::starved;
  if (!starved && event.kind != Event::Kind::rejoined) return std::nullopt;
  TransportEdit stall;
  stall.kind = TransportEdit::Kind::stall;
  stall.track = engine_.control().strip_of(event.number);
  if (stall.track.empty()) return std::nullopt;  // of a track that was removed and has faded out since
  if (starved) stall.frames = event.length;
  return TimedEdit{event.frame, 0, edit_of(stall)};
}

}  // namespace busbar
