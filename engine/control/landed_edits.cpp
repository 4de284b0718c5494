#include "engine/control/landed_edits.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/control/commands/transport_edit.hpp"

namespace busbar {

namespace {

Edit settled_at(std::optional<Frames> by) {
  TransportEdit settled;
  settled.kind = TransportEdit::Kind::settled;
  settled.frames = by;
  return edit_of(settled);
}

}  // namespace

/// What moved nothing lands with the edit before it, so that the order stays: an undo would find another.
void LandedEdits::sent(std::vector<Edit> edits, Vehicle with) {
  Together together{.edits = std::move(edits), .with = with};
  if (with.generation == 0 && with.batch == 0) {
    const auto before = std::find_if(waiting_.rbegin(), waiting_.rend(), [](const Together& t) { return !t.settles; });
    together.with = before == waiting_.rend() ? with : before->with;
    together.landed = before == waiting_.rend() ? last_landing_ : before->landed;
  }
  waiting_.push_back(std::move(together));
}

void LandedEdits::settles(std::uint64_t generation, Frames by) {
  waiting_.push_back({.edits = {settled_at(by)}, .with = {.generation = generation}, .settles = true});
}

void LandedEdits::take(const Event& event) {
  const bool is_plan = event.kind == Event::Kind::plan_adopted;
  if (!is_plan && event.kind != Event::Kind::batch_landed) return;
  last_landing_ = event.frame;
  for (Together& sent : waiting_)
    if (sent.landed < 0 && (is_plan ? sent.with.generation : sent.with.batch) == event.number)
      sent.landed = event.frame;
}

std::vector<TimedEdit> LandedEdits::landed(Frames before) {
  const auto is_done = [before](const Together& sent) { return sent.landed >= 0 && sent.landed < before; };
  std::vector<Together> done;
  std::ranges::copy_if(waiting_, std::back_inserter(done), is_done);
  std::erase_if(waiting_, is_done);
  std::ranges::stable_sort(done, {}, &Together::landed);
  std::vector<TimedEdit> landed;
  for (Together& sent : done) {
    if (std::exchange(last_taken_, sent.landed) == sent.landed)
      landed.push_back({sent.landed, 0, settled_at(std::nullopt)});
    for (Edit& edit : sent.edits) landed.push_back({sent.landed, 0, std::move(edit)});
  }
  return landed;
}

}  // namespace busbar
