#include "engine/control/commands/edit_history.hpp"

#include <algorithm>

#include "engine/control/commands/apply_command.hpp"

namespace busbar {

namespace {

/// How many steps are taken apart and put together again to make two hands on one strip two steps.
constexpr std::size_t kMostRedone = 32;

template <typename Steps>
std::vector<std::string> names_of(const Steps& steps) {
  std::vector<std::string> names;
  names.reserve(steps.size());
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) names.push_back(step->name);
  return names;
}

}  // namespace

EditHistory::Step EditHistory::step_of(std::string name, std::string gesture, MixerChange change) {
  Step step{std::move(name), std::move(gesture), std::move(change), 0};
  step.bytes = sizeof step + step.name.capacity() + step.gesture.capacity() + bytes_of(step.change);
  return step;
}

void EditHistory::note(const Mixer& before, const Mixer& after, const Edit& edit) {
  MixerChange change = change_between(before, after);
  if (change.empty()) return;
  forget_redo();
  if (edit.gesture.empty() || !join_gesture(before, after, edit, change)) {
    undo_.push_back(step_of(name_of(edit, before, &after), edit.gesture, std::move(change)));
    bytes_ += undo_.back().bytes;
  }
  for (; bytes_ > most_bytes_ && !undo_.empty(); undo_.pop_front()) bytes_ -= undo_.front().bytes;
}

void EditHistory::note_unknown(const Edit& edit) {
  forget_redo();
  const auto reached = undo_.end() - static_cast<std::ptrdiff_t>(std::min(undo_.size(), kGestureReach));
  if (!edit.gesture.empty() &&
      std::find_if(reached, undo_.end(), [&](const Step& step) { return step.gesture == edit.gesture; }) != undo_.end())
    return;
  undo_.push_back(step_of({}, edit.gesture, {}));
  bytes_ += undo_.back().bytes;
}

std::optional<Mixer> EditHistory::undo(const Mixer& now) {
  if (undo_.empty()) return std::nullopt;
  Mixer before = with_change(now, undo_.back().change, false);
  redo_.push_back(std::move(undo_.back()));
  undo_.pop_back();
  return before;
}

std::optional<Mixer> EditHistory::redo(const Mixer& now) {
  if (redo_.empty()) return std::nullopt;
  Mixer after = with_change(now, redo_.back().change, true);
  undo_.push_back(std::move(redo_.back()));
  redo_.pop_back();
  return after;
}

bool EditHistory::join_gesture(const Mixer& before, const Mixer& after, const Edit& edit, const MixerChange& change) {
  bool is_apart = true;
  const std::size_t last = undo_.size() - std::min(undo_.size(), kGestureReach);
  for (std::size_t at = undo_.size(); at-- > last;) {
    if (undo_[at].gesture != edit.gesture) {
      is_apart = is_apart && are_apart(undo_[at].change, change);
      continue;
    }
    // What changes more than a value may lean on the steps in between, or they on it.
    if (at + 1 < undo_.size() && !apply_edit(before, edit)) return false;
    if (!is_apart) return redo_between(at, before, after, edit);
    replace(at, joined(undo_[at].change, change));
    return true;
  }
  return false;
}

bool EditHistory::redo_between(std::size_t at, const Mixer& before, const Mixer& after, const Edit& edit) {
  const std::size_t count = undo_.size() - at - 1;
  if (count > kMostRedone) return false;
  std::vector<Mixer> states(count + 1);  // behind step `at`, and behind each one after it
  states[count] = before;
  for (std::size_t i = count; i > 0; --i) states[i - 1] = with_change(states[i], undo_[at + i].change, false);
  const Mixer start = with_change(states[0], undo_[at].change, false);
  for (Mixer& state : states) {
    Result<Mixer> edited = apply_edit(state, edit);
    if (!edited) return false;
    state = std::move(*edited);
  }
  if (!change_between(states[count], after).empty()) return false;
  std::vector<MixerChange> changes{change_between(start, states[0])};
  for (std::size_t i = 1; i <= count; ++i) changes.push_back(change_between(states[i - 1], states[i]));
  // A step that now changes nothing was about the same value: then the gesture goes on behind it.
  if (std::ranges::any_of(changes, &MixerChange::empty)) return false;
  for (std::size_t i = 0; i <= count; ++i) replace(at + i, std::move(changes[i]));
  return true;
}

void EditHistory::replace(std::size_t at, MixerChange change) {
  bytes_ -= undo_[at].bytes;
  if (change.empty()) {  // the gesture has gone back to where it began
    undo_.erase(undo_.begin() + static_cast<std::ptrdiff_t>(at));
    return;
  }
  undo_[at] = step_of(std::move(undo_[at].name), std::move(undo_[at].gesture), std::move(change));
  bytes_ += undo_[at].bytes;
}

void EditHistory::forget_redo() {
  for (const Step& step : redo_) bytes_ -= step.bytes;
  redo_.clear();
}

std::vector<std::string> EditHistory::undo_names() const { return names_of(undo_); }
std::vector<std::string> EditHistory::redo_names() const { return names_of(redo_); }

}  // namespace busbar
