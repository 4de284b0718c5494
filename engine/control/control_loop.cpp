#include "engine/control/control_loop.hpp"

#include <algorithm>
#include <utility>

#include "engine/control/commands/apply_command.hpp"

namespace busbar {

namespace {

/// True if a plan compiled for one serves the other: same strips, ways, channels, latencies and delays.
bool same_shape(const Routing& a, const Routing& b) {
  const auto same_insert = [](const RoutedInsert& x, const RoutedInsert& y) {
    return x.type == y.type && x.in_channels == y.in_channels && x.out_channels == y.out_channels &&
           x.latency == y.latency && x.key_strip == y.key_strip;
  };
  const auto same_strip = [&](const RoutedStrip& x, const RoutedStrip& y) {
    return x.strip->id == y.strip->id && x.latency_in == y.latency_in && x.latency_out == y.latency_out &&
           std::ranges::equal(x.inserts, y.inserts, same_insert);
  };
  const auto same_route = [](const Route& x, const Route& y) {
    return x.kind == y.kind && x.from == y.from && x.to == y.to && x.tap == y.tap && x.delay == y.delay;
  };
  return std::ranges::equal(a.strips, b.strips, same_strip) && std::ranges::equal(a.routes, b.routes, same_route);
}

}  // namespace

ControlLoop::ControlLoop(Mixer mixer, TrackChannels channels, Sources sources, Captures captures)
    : mixer_(std::move(mixer)),
      channels_(std::move(channels)),
      sources_(std::move(sources)),
      captures_(std::move(captures)) {}

Result<std::unique_ptr<ControlLoop>> ControlLoop::start(Mixer mixer, TrackChannels channels, Sources sources,
                                                        Captures captures) {
  std::unique_ptr<ControlLoop> loop(
      new ControlLoop(std::move(mixer), std::move(channels), std::move(sources), std::move(captures)));
  Result<Routing> routing = route(loop->mixer_, loop->channels_);
  if (!routing) return routing.error();
  loop->routing_ = std::move(*routing);
  auto plan =
      compile_plan(loop->mixer_, loop->routing_, loop->sources_, loop->captures_, loop->bank_, ++loop->generation_);
  loop->targets_ = all_targets(loop->mixer_, loop->routing_, loop->bank_);
  loop->handover_ = std::make_unique<Handover>(loop->routing_.strips.size(), loop->targets_.size());
  loop->handover_->mailbox.post(std::move(plan));
  return loop;
}

Result<void> ControlLoop::edit(const Edit& edit) {
  Result<Mixer> edited = apply_edit(mixer_, edit);
  if (!edited) return edited.error();
  Result<Routing> routing = route(*edited, channels_);
  if (!routing) return routing.error();
  if (!same_shape(routing_, *routing))
    return Error{edit.address, "this changes the shape of the mixer, which edits cannot do in this version",
                 "change it in the session file"};
  mixer_ = std::move(*edited);  // the strips that the routing points to are shared, so they stay where they are
  routing_ = std::move(*routing);
  return {};
}

bool ControlLoop::send(Frames at) {
  std::vector<Change> targets = all_targets(mixer_, routing_, bank_);
  std::vector<Change> changes;
  for (std::size_t i = 0; i < targets.size(); ++i)
    if (targets[i].value != targets_[i].value) changes.push_back(targets[i]);
  if (changes.empty()) return true;
  if (!post(changes, at)) return false;
  targets_ = std::move(targets);
  return true;
}

bool ControlLoop::roll(std::size_t number, Frames place, Frames at) {
  return post({{.kind = Change::Kind::roll,
                .slot = static_cast<std::uint32_t>(number),
                .ramp = move_length(),
                .value = {static_cast<double>(place)}}},
              at);
}

bool ControlLoop::stop(Frames at) { return post({{.kind = Change::Kind::stop, .ramp = move_length()}}, at); }

bool ControlLoop::loop(std::optional<Frames> end, Frames at) {
  return post({{.kind = Change::Kind::loop, .value = {static_cast<double>(end.value_or(-1))}}}, at);
}

bool ControlLoop::arm(std::size_t number, Frames place, Frames at) {
  return post(
      {{.kind = Change::Kind::arm, .slot = static_cast<std::uint32_t>(number), .value = {static_cast<double>(place)}}},
      at);
}

bool ControlLoop::silence_outputs(Frames at) {
  return post({{.kind = Change::Kind::outputs, .ramp = move_length(), .value = {0.0}}}, at);
}

Frames ControlLoop::move_length() const { return to_frames(kMoveSeconds, mixer_.sample_rate); }

bool ControlLoop::post(const std::vector<Change>& changes, Frames at) {
  ChangeRing& ring = at == kAtOnce ? handover_->urgent : handover_->timed;
  if (!ring.post({.number = batches_ + 1, .generation = generation_, .at = at}, changes)) return false;
  ++batches_;
  return true;
}

std::vector<Event> ControlLoop::tend() {
  bool freed = false;
  while (handover_->mailbox.take_used() != nullptr) freed = true;
  if (freed) bank_.sweep();
  std::vector<Event> events;
  for (Event event; handover_->events.take(event);) events.push_back(event);
  return events;
}

std::string ControlLoop::name_of_insert(std::uint64_t slot) const {
  for (const RoutedStrip& strip : routing_.strips)
    for (const RoutedInsert& insert : strip.inserts)
      if (insert.type != nullptr && bank_.slot_of(insert_name(*strip.strip, insert)) == slot)
        return strip.strip->id + "/inserts/" + insert.slot->id;
  return "an insert";
}

}  // namespace busbar
