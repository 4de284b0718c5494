#include "engine/script_player.hpp"

#include <algorithm>

namespace busbar {

namespace {

constexpr double kForesight = 6.0;  // seconds before a jump at which its reel begins to load

}  // namespace

void ScriptPlayer::tend(Frames now, Frames lead) {
  if (!unsent_.empty()) send(unsent_at_, now);
  while (unsent_.empty() && next_ != end_ && next_->at <= now + lead) {
    const Frames at = next_->at;
    for (; next_ != end_ && next_->at == at; ++next_) apply(*next_);
    if (!unsent_.empty()) send(at, now);
  }
  foresee(now);
}

void ScriptPlayer::apply(const TimedEdit& edit) {
  const auto parted = part_edit(edit.edit);
  if (!parted) return refuse(edit, parted.error());
  if (parted->mixer) {
    if (const auto edited = engine_.control().edit(*parted->mixer); !edited) return refuse(edit, edited.error());
    unsent_.push_back(edit.line);
  }
  for (const TransportEdit& command : parted->transport) engine_.transport().request(command, edit.at, edit.line);
}

/// All edits of one frame are one batch.
void ScriptPlayer::send(Frames at, Frames now) {
  const std::uint64_t before = engine_.control().last_batch();
  unsent_at_ = at;
  if (!engine_.control().send(at)) return;
  const std::vector<int> lines = std::exchange(unsent_, {});
  if (engine_.control().last_batch() != before) {
    on_the_way_[engine_.control().last_batch()] = lines;
    return;
  }
  for (const int line : lines) landed(line, std::max(at, now));  // they changed nothing
}

void ScriptPlayer::take(const Event& event) {
  if (event.kind != Event::Kind::batch_landed) return;
  const auto found = on_the_way_.find(event.number);
  if (found == on_the_way_.end()) return;
  for (const int line : found->second) landed(line, event.frame);
  on_the_way_.erase(found);
}

/// A line that is in two parts lands once, with the first.
void ScriptPlayer::landed(int line, Frames frame) {
  if (std::ranges::find(report_.landed, line, &LandedEdit::line) == report_.landed.end())
    report_.landed.push_back({line, frame});
}

void ScriptPlayer::foresee(Frames now) {
  const double rate = engine_.control().mixer().sample_rate;
  for (auto edit = next_; edit != end_ && edit->at <= now + to_frames(kForesight, rate); ++edit) {
    const auto parted = part_edit(edit->edit);
    if (!parted) continue;
    for (const TransportEdit& command : parted->transport)
      if (command.kind == TransportEdit::Kind::locate)
        return engine_.transport().foresee(to_frames(command.seconds, rate));
  }
}

std::optional<Error> ScriptPlayer::not_reached() const {
  if (next_ == end_) return std::nullopt;
  return Error{line_of(*next_), "this edit and those behind it come after the end of the play",
               "play longer to hear them"};
}

std::string ScriptPlayer::line_of(const TimedEdit& edit) const {
  return (file_.empty() ? "script" : file_.string()) + ":" + std::to_string(edit.line);
}

void ScriptPlayer::refuse(const TimedEdit& edit, const Error& error) {
  const std::string at = error.where.empty() ? "" : error.where + ": ";
  Error told{line_of(edit), at + error.what, error.mend};
  report_.refused.push_back(told);
  refused_.push_back(std::move(told));
}

}  // namespace busbar
