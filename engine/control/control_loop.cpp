#include "engine/control/control_loop.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "engine/control/edit_kinds.hpp"
#include "engine/control/model/hardware_use.hpp"
#include "engine/control/plan/flow_graph.hpp"
#include "engine/control/plan/ping_answer.hpp"
#include "engine/core/ids.hpp"

namespace busbar {

namespace {

constexpr std::size_t kStripNumbers = std::size_t{3} * 4096;  // all that a session may have, and those that rest
constexpr double kShortestTail = 0.5;  // seconds: what filters need to settle is none that anyone would miss
constexpr double kLongestTail = 30.0;
constexpr std::size_t kRoomForEdits = 8;  // plans that what has faded out leaves to edits
constexpr double kStagingSeconds = 1.0;   // so slow that a filter between trim and fader hardly lags behind

std::uint64_t place_of(const Change& change) {
  return (std::uint64_t{change.slot} << 24) | (static_cast<std::uint64_t>(change.kind) << 16) | change.index;
}

/// Tracks whose source is another than before, the talkback among them.
std::vector<const Strip*> tracks_with_news(const Mixer& before, const Mixer& next) {
  std::vector<const Strip*> news;
  std::unordered_map<std::string_view, const Strip*> known;
  for (const auto& track : before.tracks) known[track->id] = track.get();
  for (const auto& track : next.tracks) {
    const auto found = known.find(track->id);
    if (found != known.end() && (found->second == track.get() || found->second->source == track->source)) continue;
    news.push_back(track.get());
  }
  return news;
}

std::optional<int> talkback_channel(const Mixer& mixer) {
  return mixer.talkback ? mixer.talkback->channel : std::nullopt;
}

}  // namespace

ControlLoop::ControlLoop(Mixer mixer, TrackChannels channels, Sources sources, ControlOptions options)
    : mixer_(std::move(mixer)),
      channels_(std::move(channels)),
      sources_(std::move(sources)),
      options_(std::move(options)),
      history_(options_.undo_bytes) {}

Result<std::unique_ptr<ControlLoop>> ControlLoop::start(Mixer mixer, TrackChannels channels, Sources sources,
                                                        ControlOptions options) {
  std::unique_ptr<ControlLoop> loop(
      new ControlLoop(std::move(mixer), std::move(channels), std::move(sources), std::move(options)));
  Result<Routing> routing = route(loop->mixer_, loop->channels_);
  if (!routing) return routing.error();
  loop->routing_ = std::move(*routing);
  const std::vector<Change> targets = all_targets(loop->mixer_, loop->routing_, loop->slots_);
  loop->handover_ = std::make_unique<Handover>(kStripNumbers, targets.size());
  FlowChange first;
  first.flow = build_flow(loop->mixer_, loop->routing_, loop->sources_, {});
  loop->post_plan(std::move(first), {});
  loop->note_sent(targets, {});
  return loop;
}

ControlLoop::Pace ControlLoop::pace_of(const Edit& edit) const {
  return {.fade = to_frames(fade_of(mixer_, edit), mixer_.sample_rate),
          .is_staged = is_staging(edit),
          .is_step = edit.op == EditOp::undo || edit.op == EditOp::redo};
}

bool ControlLoop::must_send_before(const Edit& edit) const {
  return unsent_pace_ && (unsent_pace_->is_step || *unsent_pace_ != pace_of(edit));
}

Result<void> ControlLoop::edit(const Edit& edit) {
  const Pace pace = pace_of(edit);
  if (pace.is_step) {
    auto stepped = step_in_history(edit.op);
    if (!stepped) return stepped;
    unsent_pace_ = pace;
    note_made(edit);
    return stepped;
  }
  Result<Mixer> edited = apply_edit(mixer_, edit, options_.edit_parts);
  if (!edited) return edited.error();
  const std::vector<Change> targets = pace.fade > 0 ? all_targets(mixer_, routing_, slots_) : std::vector<Change>();
  const Mixer before = mixer_;
  if (auto became = become(std::move(*edited)); !became) {
    Error error = became.error();
    if (!edit.address.empty()) error = {edit.address, error.where + ": " + error.what, error.mend};
    return error;
  }
  if (pace.fade > 0) note_fade(targets, pace.fade);
  is_staged_ |= pace.is_staged;
  unsent_pace_ = pace;
  history_.note(with_pings_released(before), with_pings_released(mixer_), edit);
  note_made(edit);
  return {};
}

/// What a recall has moved takes its time; other edits of the same frame do not.
void ControlLoop::note_fade(const std::vector<Change>& before, Frames fade) {
  scene_fade_ = std::max(scene_fade_, fade);
  std::unordered_map<std::uint64_t, std::array<double, 4>> old;
  for (const Change& change : before) old[place_of(change)] = change.value;
  for (const Change& change : all_targets(mixer_, routing_, slots_)) {
    const auto found = old.find(place_of(change));
    if (found == old.end() || found->second != change.value) fades_[place_of(change)] = fade;
  }
}

void ControlLoop::note_made(const Edit& edit) {
  if (options_.keep_landed) unsent_.push_back(edit);
  if (options_.on_edit) options_.on_edit(edit, mixer_);
}

Result<void> ControlLoop::step_in_history(EditOp op) {
  const bool back = op == EditOp::undo;
  std::optional<Mixer> next = back ? history_.undo(mixer_) : history_.redo(mixer_);
  if (!next)
    return Error{back ? "undo" : "redo", back ? "there is nothing to undo" : "there is nothing to do again", ""};
  const Mixer before = mixer_;
  auto became = become(std::move(*next));
  is_staged_ |= became && was_staged(before, mixer_);
  if (!became) back ? history_.redo(mixer_) : history_.undo(mixer_);
  return became;
}

/// Takes another value for the mixer, once all that it needs is at hand.
Result<void> ControlLoop::become(Mixer next) {
  TrackChannels channels = channels_;
  Sources sources = sources_;
  if (auto opened = open_sources(next, channels, sources); !opened) return opened;
  Result<Routing> routing = route(next, channels);
  if (!routing) return routing.error();
  if (count_targets(*routing) > handover_->timed.capacity())
    return Error{"session", "it would have more values than can be changed at once while it plays",
                 "save it and open it anew, or do with fewer strips, sends and inserts"};
  sources_changed_ |= sources != sources_ || next.pan_law_db != mixer_.pan_law_db;
  channels_ = std::move(channels);
  sources_ = std::move(sources);
  mixer_ = std::move(next);  // the strips that the routing points to are shared, so they stay where they are
  routing_ = std::move(*routing);
  return {};
}

Result<void> ControlLoop::open_sources(const Mixer& next, TrackChannels& channels, Sources& sources) const {
  std::vector<const Strip*> news = tracks_with_news(mixer_, next);
  const auto talkback = talkback_strip(next);
  if (talkback != nullptr && (talkback_channel(mixer_) != talkback_channel(next) || !sources.contains(kTalkbackId)))
    news.push_back(talkback.get());
  if (next.tracks.size() != mixer_.tracks.size() || !news.empty() || talkback == nullptr)
    std::erase_if(sources, [&](const auto& source) {
      const Strip* strip = source.first == kTalkbackId ? talkback.get() : next.find(source.first);
      return strip == nullptr || !strip->is_track();
    });
  Result<void> refused;
  for (const Strip* track : news) {
    if (!options_.open_source)
      return Error{track->id, "its source cannot be opened here", "change it in the session file"};
    Result<OpenedSource> opened = options_.open_source(*track);
    if (!opened) {
      if (refused) refused = opened.error();
      continue;
    }
    sources[track->id] = opened->state;
    channels[track->id] = opened->channels;
  }
  return refused;
}

bool ControlLoop::send(Frames at) {
  at = behind_what_was_done_before(at);
  const bool reshaped = sources_changed_ || !same_shape(sent_routing_, routing_);
  // What is over is not asked to come back, whether or not somebody has tended since: so this depends on frames alone.
  // That plan may be adopted before the one of these edits, so it is none of theirs.
  if (reshaped && !options_.settle_when_told && !follow_passages(handover_->transport.read().now, at, 4)) return false;
  const std::uint64_t batches = batches_, generations = generation_;
  if (!(reshaped ? send_plan(at) : send_values(at))) return false;
  unsent_pace_.reset();
  if (unsent_.empty()) return true;
  LandedEdits::Vehicle with;
  if (generation_ > generations)
    with.generation = generations + 1;
  else if (batches_ > batches)
    with.batch = batches_;
  record_.sent(std::exchange(unsent_, {}), with);
  return true;
}

/// What differs from what was sent, or what a new state may not have heard of.
std::vector<Change> ControlLoop::changes_to(const std::vector<Change>& targets,
                                            const std::set<std::uint32_t>& renewed) const {
  std::vector<Change> changes;
  for (const Change& target : targets) {
    const auto sent = sent_.find(place_of(target));
    const bool stands = sent == sent_.end() || sent->second == target.value;
    const bool is_first = renewed.contains(target.slot);
    if (stands && !is_first) continue;
    changes.push_back(target);
    changes.back().is_first = is_first;
    if (const auto fade = fades_.find(place_of(target)); fade != fades_.end()) changes.back().ramp = fade->second;
    if (!is_staged_) continue;
    changes.back().in_decibels = true;
    changes.back().ramp = to_frames(kStagingSeconds, mixer_.sample_rate);
  }
  return changes;
}

bool ControlLoop::send_values(Frames at) {
  const std::vector<Change> targets = all_targets(mixer_, routing_, slots_);
  const std::vector<Change> changes = changes_to(targets, {});
  at = behind_what_is_planned(changes, at);
  if (!changes.empty()) {
    std::uint64_t since = 0;
    for (const Change& change : changes)
      if (const auto known = introduced_.find(change.slot); known != introduced_.end())
        since = std::max(since, known->second);
    if (!post(changes, at, since)) return false;
    for (const Change& change : changes) sent_[place_of(change)] = change.value;
  }
  scene_fade_ = 0;
  fades_.clear();
  is_staged_ = false;
  return true;
}

bool ControlLoop::send_plan(Frames at) {
  const std::vector<Change> targets = all_targets(mixer_, routing_, slots_);
  if (handover_->mailbox.room() < 3) return false;
  if (!handover_->urgent.has_room(targets.size()) || !handover_->timed.has_room(targets.size())) return false;
  at = behind_what_is_planned(changes_to(targets, {}), at);
  const std::uint64_t first = generation_ + 1;
  const Flow wanted = build_flow(mixer_, routing_, sources_, sounding_);
  FlowChange change = change_flow(sounding_, wanted, first, times());
  Frames rest = 0;
  if (!is_free_of_loops(change.flow)) {
    rest = fade_out_first(change.flow, wanted, at);
    change = change_flow(sounding_, build_flow(mixer_, routing_, sources_, sounding_), generation_ + 1, times());
  }

  std::set<std::uint32_t> renewed;
  for (const std::string& id : change.renewed) renewed.insert(slots_.of(id));
  const std::set<std::string> renewed_ids = change.renewed;
  const std::vector<Change> changes = changes_to(targets, renewed);
  // The batch goes first and waits for its plan, so that both are taken at one frame.
  post(changes, at, generation_ + 1);
  post_plan(std::move(change), {.at = at, .rest = rest});
  note_sent(targets, renewed_ids);
  return true;
}

/// What goes and what comes would be a loop together, as in `both`: of what goes as much fades out first as is in the
/// way, and the rest of the change follows when it has gone. Returns for how long that takes, in frames.
Frames ControlLoop::fade_out_first(const Flow& both, const Flow& wanted, Frames at) {
  const Frames quick = move_length();  // everything behind it waits
  const std::set<std::string> in_loops = ways_in_loops(both);
  FlowChange change;
  Flow left;
  for (const bool spares_ringing : {true, false}) {
    std::set<std::string> ways;
    for (const auto& [name, path] : sounding_.paths) {
      const bool is_spared = path.stage == FlowPath::Stage::rings && spares_ringing;
      if (in_loops.contains(name) && !wanted.paths.contains(name) && !is_spared) ways.insert(name);
    }
    change = busbar::fade_out_first(sounding_, ways, generation_ + 1, quick);
    left = change.flow;
    std::erase_if(left.paths, [&](const auto& named) { return ways.contains(named.first); });
    drop_unheard(left);
    const Flow after = build_flow(mixer_, routing_, sources_, left);
    if (is_free_of_loops(change_flow(left, after, generation_ + 2, times()).flow)) break;
  }
  post_plan(std::move(change), {.at = at});
  sounding_ = std::move(left);
  return quick;
}

void ControlLoop::post_plan(FlowChange change, PlanTime time) {
  ++generation_;
  auto plan = compile_plan(change.flow, {.generation = generation_,
                                         .sample_rate = mixer_.sample_rate,
                                         .captures = options_.captures,
                                         .slots = slots_,
                                         .strips = strips_});
  plan->at = std::max<Frames>(time.at, 0);
  plan->rest = time.rest;
  plan->fade_delay = change.fade_delay;
  plan->fade_length = change.fade_length;
  plan->fades = std::move(change.fades);
  plan->successions = std::move(change.successions);
  plan->waits_for = std::move(change.waits_for);
  plan->fills = std::move(change.fills);
  sounding_ = std::move(change.flow);
  handover_->mailbox.post(plan);
}

void ControlLoop::note_sent(const std::vector<Change>& targets, const std::set<std::string>& renewed) {
  sent_.clear();
  for (const Change& target : targets) sent_[place_of(target)] = target.value;
  for (const std::string& id : renewed) introduced_[slots_.of(id)] = generation_;
  sent_mixer_ = mixer_;
  sent_routing_ = routing_;
  sources_changed_ = false;
  scene_fade_ = 0;
  fades_.clear();
  is_staged_ = false;
  give_back_numbers();
}

void ControlLoop::give_back_numbers() {
  std::set<std::string> used;
  for (const auto& [strip, input] : sounding_.input_of) used.insert(trim_id(strip));
  for (const auto& [strip, chain] : sounding_.chain_of)
    for (const FlowInsert& insert : sounding_.chains.at(chain).inserts) used.insert(insert.id);
  for (const auto& [id, path] : sounding_.path_of) used.insert(id);
  slots_.give_back([&](const std::string& id) { return used.contains(id); }, batches_);
  strips_.give_back([&](const std::string& id) { return sounding_.meters.contains(id); }, batches_);
}

bool ControlLoop::roll(std::size_t number, Frames place, Frames at) {
  return post({{.kind = Change::Kind::roll,
                .slot = static_cast<std::uint32_t>(number),
                .ramp = move_length(),
                .value = {static_cast<double>(place)}}},
              at, 0);
}

bool ControlLoop::stop(Frames at) { return post({{.kind = Change::Kind::stop, .ramp = move_length()}}, at, 0); }

bool ControlLoop::loop(std::optional<Frames> end, Frames at) {
  return post({{.kind = Change::Kind::loop, .value = {static_cast<double>(end.value_or(-1))}}}, at, 0);
}

bool ControlLoop::arm(std::size_t number, Frames place, Frames at) {
  return post(
      {{.kind = Change::Kind::arm, .slot = static_cast<std::uint32_t>(number), .value = {static_cast<double>(place)}}},
      at, 0);
}

bool ControlLoop::silence_outputs(Frames at) {
  return post({{.kind = Change::Kind::outputs, .ramp = move_length(), .value = {0.0}}}, at, 0);
}

bool ControlLoop::panic(Frames at) {
  return post({{.kind = Change::Kind::panic, .ramp = to_frames(kSwitchSeconds, mixer_.sample_rate)}}, at, 0);
}

bool ControlLoop::stall(const std::string& track, std::optional<Frames> fade, Frames at) {
  return post({{.kind = Change::Kind::stall,
                .slot = slots_.find(trim_id(track)),
                .value = {static_cast<double>(fade.value_or(-1))}}},
              at, 0);
}

Frames ControlLoop::move_length() const { return to_frames(kMoveSeconds, mixer_.sample_rate); }

ChangeTimes ControlLoop::times() const {
  return {.fade = std::max(move_length(), scene_fade_),
          .shortest_tail = to_frames(kShortestTail, mixer_.sample_rate),
          .longest_tail = to_frames(kLongestTail, mixer_.sample_rate)};
}

bool ControlLoop::post(const std::vector<Change>& changes, Frames at, std::uint64_t generation) {
  ChangeRing& ring = at == kAtOnce ? handover_->urgent : handover_->timed;
  if (!ring.post({.number = batches_ + 1, .generation = generation, .at = at}, changes)) return false;
  on_the_way_.insert(++batches_);
  if (at != kAtOnce)
    for (const Change& change : changes) planned_[place_of(change)] = batches_;
  planned_until_ = std::max(planned_until_, at);
  return true;
}

/// A run that is written down can only be done again if edits land in the order in which they were made, since undo
/// goes back through that order: then what is to land at once waits for what a script has planned already.
Frames ControlLoop::behind_what_was_done_before(Frames at) const {
  if (at != kAtOnce || !options_.keep_landed || unsent_.empty()) return at;
  return planned_until_ > handover_->transport.read().now ? planned_until_ : at;
}

/// What is to land at once waits for what a script has planned for the same value: else the script's value would stand
/// in the sound and this one in the mixer. Then it waits for all that is planned, since that lands in its order.
Frames ControlLoop::behind_what_is_planned(const std::vector<Change>& changes, Frames at) const {
  if (at != kAtOnce) return at;
  const bool is_planned = std::ranges::any_of(changes, [this](const Change& change) {
    const auto planned = planned_.find(place_of(change));
    return planned != planned_.end() && on_the_way_.contains(planned->second);
  });
  return is_planned ? planned_until_ : at;
}

std::vector<Event> ControlLoop::tend() {
  while (handover_->mailbox.take_used() != nullptr) {
  }
  std::vector<Event> events;
  for (Event event; handover_->events.take(event);) {
    if (event.kind == Event::Kind::plan_adopted) passages_.take_over(event.number, event.frame + event.length);
    if (event.kind == Event::Kind::batch_landed) on_the_way_.erase(event.number);
    if (event.kind == Event::Kind::ping_heard) {
      const auto answer = read_ping_answer(sounding_, slots_.name_of(static_cast<std::uint32_t>(event.number)));
      if (!answer) continue;
      event.length = *answer;
    }
    record_.take(event);
    events.push_back(event);
  }
  if (on_the_way_.empty()) planned_.clear();
  passages_.forget(sounding_, generation_);
  const std::uint64_t landed = on_the_way_.empty() ? batches_ : *on_the_way_.begin() - 1;
  slots_.recycle(landed);
  strips_.recycle(landed);
  if (!options_.settle_when_told) follow_passages(handover_->transport.read().now, kAtOnce, kRoomForEdits);
  return events;
}

bool ControlLoop::settle(Frames by, Frames at) { return follow_passages(by, at, 1); }

/// Takes out of the plan what has faded out.
/// False if there is no room for a plan now.
bool ControlLoop::follow_passages(Frames by, Frames at, std::size_t room) {
  std::optional<Flow> left = passages_.ended(sounding_, by, move_length());
  if (!left) return true;
  if (handover_->mailbox.room() < room) return false;
  FlowChange change;
  change.flow = std::move(*left);
  post_plan(std::move(change), {.at = at});
  if (options_.keep_landed) record_.settles(generation_, by);
  return true;
}

bool ControlLoop::in_passage() const noexcept { return is_in_passage(sounding_); }

MeterReading ControlLoop::meter(std::string_view strip) const {
  const std::uint32_t number = strips_.find(std::string(strip));
  return number < strips_.end() ? handover_->meters.read(number) : MeterReading{};
}

std::string ControlLoop::name_of_insert(std::uint64_t slot) const {
  const std::string id = slots_.name_of(static_cast<std::uint32_t>(slot));
  return id.empty() ? "an insert" : id.substr(0, id.rfind('/'));
}

}  // namespace busbar
