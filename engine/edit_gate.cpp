#include "engine/edit_gate.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "engine/control/commands/transport_edit.hpp"
#include "engine/edit_queue.hpp"

namespace busbar {

namespace {

/// For how long a value waits behind an undo, a redo or a scene that waits for a file.
constexpr auto kGrace = std::chrono::milliseconds(500);

bool is_within(std::string_view address, std::string_view whole) {
  return address.starts_with(whole) && (address.size() == whole.size() || address[whole.size()] == '/');
}

bool is_solo(const Edit& edit) { return edit.address.ends_with("/solo") || edit.address == "/session/solo_clear"; }

/// True if it only moves values of what there is.
bool is_of_values(const Edit& edit) {
  if (edit.op == EditOp::batch) return !edit.edits.empty() && std::ranges::all_of(edit.edits, is_of_values);
  if (edit.op != EditOp::set || edit.compensate) return false;
  return is_plain_value(edit) || is_solo(edit) || concerns_transport(edit);
}

bool is_of_transport(const Edit& edit) {
  if (edit.op == EditOp::batch) return !edit.edits.empty() && std::ranges::all_of(edit.edits, is_of_transport);
  return concerns_transport(edit);
}

/// True if what it does depends on values anywhere.
bool depends_on_all(const Edit& edit) {
  if (edit.op == EditOp::undo || edit.op == EditOp::redo) return true;
  return is_within(edit.address, "/scene") || std::ranges::any_of(edit.edits, depends_on_all);
}

/// True if both are about one thing, or one of them about a part of the other.
bool meet(const Edit& one, const Edit& other) {
  for (const Edit& part : one.edits)
    if (meet(part, other)) return true;
  for (const Edit& part : other.edits)
    if (meet(one, part)) return true;
  if (one.address.empty() || other.address.empty()) return false;
  std::string_view a = one.address, b = other.address;
  if (one.compensate) a = a.substr(0, a.find('/', 1));  // much of its strip moves with it
  if (other.compensate) b = b.substr(0, b.find('/', 1));
  return is_within(a, b) || is_within(b, a) || (is_solo(one) && is_solo(other));
}

}  // namespace

/// What a script does in one frame stays together.
bool EditGate::may_pass(const TimedEdit& edit) const {
  if (!is_of_values(edit.edit)) return false;
  const bool is_value = !is_of_transport(edit.edit);
  return std::ranges::none_of(waiting_, [&](const Waiting& earlier) {
    const bool is_of_one_frame = edit.line > 0 && earlier.edit.at == edit.at;
    return is_of_one_frame || (is_value && depends_on_all(earlier.edit.edit)) || meet(earlier.edit.edit, edit.edit);
  });
}

bool EditGate::take(const Waiting& edit) {
  const bool is_first = waiting_.empty();
  if (!is_first && !may_pass(edit.edit)) {
    keep(edit);
    return true;
  }
  const Tried tried = attempt(edit.edit);
  if (tried.end == Tried::End::not_now) return false;
  if (tried.end == Tried::End::done) return true;
  if (is_first && tried.end == Tried::End::refused) {
    ways_.refuse(edit.edit, tried.refusal);
    return true;
  }
  if (is_first) missed_at_ = requests_.news();
  keep(edit);  // behind others even if it is refused: what it is about may come with them
  return true;
}

EditGate::Tried EditGate::attempt(const TimedEdit& edit) {
  using End = Tried::End;
  ControlLoop& control = engine_.control();
  const auto parted = part_edit(edit.edit, [&](const auto& id) { return control.has_track(id); });
  const bool changes_mixer = parted && parted->mixer;
  if (!ways_.may_go(edit, changes_mixer && control.must_send_before(*parted->mixer))) return {End::not_now};
  if (!parted) return {End::refused, parted.error()};
  if (changes_mixer) {
    const auto edited = control.edit(*parted->mixer);
    const bool missed = requests_.take_missed();
    if (!edited) return {missed ? End::lacks_a_file : End::refused, edited.error()};
    ways_.edited(edit);
  }
  for (const TransportEdit& command : parted->transport) engine_.transport().request(command, edit.at, edit.line);
  return {};
}

/// The newest of values that follow one another replaces an older one of its address, as in the queue before it.
void EditGate::keep(const Waiting& edit) {
  const Edit& value = edit.edit.edit;
  for (auto older = waiting_.rbegin(); older != waiting_.rend() && is_plain_value(value); ++older) {
    Edit& other = older->edit.edit;
    if (!is_plain_value(other) || older->edit.at != edit.edit.at || older->edit.line != edit.edit.line) break;
    if (other.address != value.address) continue;
    if (other.gesture != value.gesture || other.value.index() != value.value.index()) break;
    other.value = value.value;
    return;
  }
  waiting_.push_back(edit);
}

void EditGate::tend(Clock::time_point until) {
  if (!waiting_.empty()) give_way();
  while (!waiting_.empty() && missed_at_ != requests_.news() && do_first())
    if (Clock::now() >= until) break;
}

/// False: it goes on waiting.
bool EditGate::do_first() {
  const Tried tried = attempt(waiting_.front().edit);
  if (tried.end == Tried::End::not_now) return false;
  if (tried.end == Tried::End::lacks_a_file) {
    missed_at_ = requests_.news();
    return false;
  }
  missed_at_.reset();
  const Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  if (tried.end == Tried::End::refused) ways_.refuse(first.edit, tried.refusal);
  return true;
}

/// A value that nothing else than undo, redo and scenes holds up.
bool EditGate::is_held_up(const std::deque<Waiting>::const_iterator& value) const {
  if (!is_of_values(value->edit.edit)) return false;
  return std::none_of(waiting_.begin(), value, [&](const Waiting& earlier) {
    return !depends_on_all(earlier.edit.edit) && meet(earlier.edit.edit, value->edit.edit);
  });
}

/// Lets values go past an undo, a redo or a scene that has waited for long: it is done with sound that comes late, or,
/// if even the files are not open, refused.
void EditGate::give_way() {
  const auto barrier =
      std::ranges::find_if(waiting_, depends_on_all, [](const Waiting& w) -> const Edit& { return w.edit.edit; });
  if (!missed_at_ || barrier == waiting_.end() || Clock::now() - barrier->since < kGrace) return;
  auto value = std::next(barrier);
  while (value != waiting_.end() && !is_held_up(value)) ++value;
  if (value == waiting_.end() || requests_.hurry()) return;
  const std::vector<Waiting> behind(std::next(barrier), waiting_.end());
  const Waiting refused = std::move(*barrier);
  waiting_.erase(barrier, waiting_.end());
  if (waiting_.empty()) missed_at_.reset();
  const Edit& edit = refused.edit.edit;
  const std::string where = !edit.address.empty() ? edit.address : edit.op == EditOp::redo ? "redo" : "undo";
  const auto file = requests_.opening();
  ways_.refuse(refused.edit, {where, "a file is awaited first" + (file ? ", " + file->string() : ""),
                              "do it again when the file has come"});
  for (const Waiting& edit_behind : behind)
    if (!take(edit_behind)) waiting_.push_back(edit_behind);
}

Error still_waiting(const TimedEdit& edit, std::string where) {
  if (!edit.edit.address.empty()) where += " " + edit.edit.address;
  return {std::move(where), "the play ended before the file that it waited for came",
          "put it on a disk that is always awake and near"};
}

}  // namespace busbar
