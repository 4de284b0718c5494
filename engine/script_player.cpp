#include "engine/script_player.hpp"

#include <algorithm>

namespace busbar {

namespace {

constexpr double kForesight = 6.0;  // seconds before a jump at which its reel begins to load

}  // namespace

ScriptPlayer::ScriptPlayer(Engine& engine, const std::vector<TimedEdit>& script, std::filesystem::path file)
    : engine_(engine),
      next_(script.begin()),
      end_(script.end()),
      file_(std::move(file)),
      gate_(engine,
            {.may_go = [this](const TimedEdit& edit,
                              bool is_apart) { return unsent_.empty() || (!is_apart && edit.at == unsent_at_); },
             .edited =
                 [this](const TimedEdit& edit) {
                   unsent_.push_back(edit.line);
                   unsent_at_ = edit.at;
                 },
             .refuse = [this](const TimedEdit& edit, const Error& error) { refuse(edit, error); }}) {}

void ScriptPlayer::tend(Frames now, Frames lead) {
  for (bool sent = true; sent;) {
    gate_.tend(EditGate::Clock::time_point::max());
    while (is_due(now, lead) && gate_.take(*next_)) ++next_;
    sent = !unsent_.empty() && !is_held(now, lead) && send(now);
  }
  foresee(now);
}

/// What comes behind an edit that waits for a file stays behind it, until that one can hardly be in time any more.
bool ScriptPlayer::is_due(Frames now, Frames lead) const {
  if (next_ == end_ || next_->at > now + lead) return false;
  const TimedEdit* waiting = gate_.first();
  return waiting == nullptr || waiting->at == next_->at || waiting->at <= now + lead / 2;
}

/// So long what is done in one frame waits to be sent as one.
bool ScriptPlayer::is_held(Frames now, Frames lead) const {
  const TimedEdit* waiting = gate_.first();
  return waiting != nullptr && waiting->at == unsent_at_ && waiting->at > now + lead / 2;
}

/// All edits of one frame are one batch. False: not yet.
bool ScriptPlayer::send(Frames now) {
  const std::uint64_t before = engine_.control().last_batch();
  if (!engine_.control().send(unsent_at_)) return false;
  const std::vector<int> lines = std::exchange(unsent_, {});
  if (engine_.control().last_batch() != before) {
    on_the_way_[engine_.control().last_batch()] = lines;
    return true;
  }
  for (const int line : lines) landed(line, std::max(unsent_at_, now));  // they changed nothing
  return true;
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
  if (gate_.first() != nullptr) return still_waiting(*gate_.first(), line_of(*gate_.first()));
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
