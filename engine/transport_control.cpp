#include "engine/transport_control.hpp"

#include <algorithm>

namespace busbar {

namespace {

constexpr double kNeedSeconds = 0.5;      // ahead before a jump: a disk that is slow now and then does not show
constexpr double kPatienceSeconds = 2.0;  // then a jump goes without the tracks that are late; they fade in later
constexpr std::size_t kLiveReels = 8;     // each holds seconds of every file in memory
constexpr std::size_t kArmed = 3;         // loop jumps at hand: more than fit into the longest callback

}  // namespace

TransportControl::TransportControl(ControlLoop& control, ReelLoader& reels, Frames start, Drive drive)
    : control_(control),
      reels_(reels),
      drive_(drive),
      need_(std::min<Frames>(frames_of(kNeedSeconds), reels.capacity() / 2)),
      patience_(frames_of(kPatienceSeconds)),
      offset_(start) {
  slots_[0] = {.use = Slot::Use::playing, .place = start, .since = 0};
  reels_.load(0, start);
}

void TransportControl::request(const TransportEdit& edit, Frames at, int line) {
  using Kind = TransportEdit::Kind;
  // A hand that turns the wheel wants to be where it is now, not everywhere it has been.
  if (edit.kind == Kind::locate && line == 0 && !waiting_.empty() && waiting_.back().line == 0 &&
      waiting_.back().edit.kind == Kind::locate)
    waiting_.pop_back();
  // A stop waits for nothing: not for a jump that waits for a disk either. That jump then only moves the place.
  if (edit.kind == Kind::stop && line == 0) {
    std::erase_if(waiting_, [](const Request& r) { return r.line == 0 && r.edit.kind == Kind::play; });
    waiting_.push_front({edit, at, line});
  } else {
    waiting_.push_back({edit, at, line});
  }
  if (drive_ == Drive::stepped) tend(at);
}

void TransportControl::foresee(Frames place) {
  const std::size_t busy = kReels - count(Slot::Use::free);
  if (!loaded_at(place) && busy + kArmed < kLiveReels) load(place, false);
}

bool TransportControl::has_enough(const SourceState& source, Frames since) const {
  if (!rolling_ || now_ - since >= patience_) return true;
  return std::ranges::all_of(source.file.lanes, [this](const Lane& lane) {
    return lane.feeds[current_] == nullptr || lane.feeds[current_]->available() >= need_;
  });
}

Frames TransportControl::join(const SourceState& source) {
  for (std::size_t n = 0; n < kReels; ++n) {
    if (slots_[n].use == Slot::Use::free) continue;
    if (slots_[n].use != Slot::Use::playing)
      reels_.load(n, slots_[n].place, source);
    else if (n == current_ && rolling_)  // those that fade out do so without it
      reels_.load(n, place(now_), source);
  }
  return now_;
}

void TransportControl::take(const Event& event) {
  const auto reel = static_cast<std::size_t>(event.number);
  switch (event.kind) {
    case Event::Kind::batch_landed:
      if (posted_ && posted_->batch == event.number) land(event.frame);
      break;
    case Event::Kind::rolled:
      if (slots_[reel].use == Slot::Use::armed) note_loop_jump(reel, event.frame);
      if (slots_[reel].use == Slot::Use::armed || slots_[reel].use == Slot::Use::posted) play_from(reel, event.frame);
      break;
    case Event::Kind::reel_done:
      release(reel);
      break;
    default:
      break;
  }
}

void TransportControl::tend(Frames now) {
  now_ = now;
  while (!posted_ && !waiting_.empty() && start(waiting_.front())) waiting_.pop_front();
  arm_loop();
}

/// Sends a request on its way, or does it here if audio need not know. False: not yet.
bool TransportControl::start(const Request& request) {
  switch (request.edit.kind) {
    case TransportEdit::Kind::play:
      if (!rolling_) return start_roll(request, place_);
      break;
    case TransportEdit::Kind::stop:
      if (!rolling_) break;
      if (!control_.stop(frame_for(request))) return false;
      sent({.request = request, .batch = control_.last_batch(), .reel = kReels, .loop = {}});
      return true;
    case TransportEdit::Kind::locate:
      if (rolling_) return start_roll(request, frames_of(request.edit.seconds));
      place_ = frames_of(request.edit.seconds);
      foresee(place_);
      break;
    case TransportEdit::Kind::looping_on:
      if (!loop_ && usual_loop_) return start_loop(request, usual_loop_);
      break;
    case TransportEdit::Kind::looping_off:
      if (loop_) return start_loop(request, std::nullopt);
      break;
    case TransportEdit::Kind::panic:
      if (!control_.panic(frame_for(request))) return false;
      break;
    case TransportEdit::Kind::stall:
      if (!control_.stall(request.edit.track, request.edit.frames, frame_for(request))) return false;
      break;
    case TransportEdit::Kind::settled:  // of the record of a run, which does that by itself
      break;
    case TransportEdit::Kind::loop:
      usual_loop_ = {frames_of(request.edit.range.first), frames_of(request.edit.range.second)};
      return start_loop(request, usual_loop_);
  }
  settle(request);
  return true;
}

bool TransportControl::start_roll(const Request& request, Frames place) {
  auto reel = loaded_at(place);
  if (!reel) reel = load(place, true);
  if (!reel || !is_ready(*reel) || !control_.roll(*reel, place, frame_for(request))) return false;
  slots_[*reel].use = Slot::Use::posted;
  sent({.request = request, .batch = control_.last_batch(), .reel = *reel, .loop = {}});
  return true;
}

bool TransportControl::start_loop(const Request& request, std::optional<std::pair<Frames, Frames>> loop) {
  if (!control_.loop(loop ? std::optional(loop->second) : std::nullopt, frame_for(request))) return false;
  sent({.request = request, .batch = control_.last_batch(), .reel = kReels, .loop = loop});
  return true;
}

/// A request that changes nothing that sounds. What has landed meanwhile came before it.
void TransportControl::settle(const Request& request) {
  note_landed(request, std::max({request.at, now_, last_landing_}));
}

/// What changed nothing that sounds was done ahead of its frame, so it came before this.
void TransportControl::note_landed(const Request& request, Frames frame) {
  for (Landed& before : landed_) before.frame = std::min(before.frame, frame);
  landed_.push_back({request.line, frame, request.edit});
}

void TransportControl::sent(Posted posted) {
  posted_ = std::move(posted);
  // Whoever steps the engine renders nothing before this, so it lands where it was meant to.
  if (drive_ == Drive::stepped) land(std::max(posted_->request.at, now_));
}

void TransportControl::land(Frames frame) {
  const Posted done = *std::exchange(posted_, std::nullopt);
  using Kind = TransportEdit::Kind;
  if (done.reel < kReels && slots_[done.reel].use == Slot::Use::posted) play_from(done.reel, frame);
  if (done.request.edit.kind == Kind::stop) {
    place_ = frame + offset_;
    rolling_ = false;
    if (drive_ == Drive::live) foresee(place_);
  }
  if (done.request.edit.kind >= Kind::looping_on && done.request.edit.kind <= Kind::loop) {
    loop_ = done.loop;
    loop_since_ = frame;
    jump_is_late_ = false;
    for (std::size_t n = 0; n < kReels; ++n)
      if (slots_[n].use == Slot::Use::armed) release(n);
  }
  last_landing_ = frame;
  note_landed(done.request, frame);
  if (done.reel < kReels) go_on_in_loop(frame);
}

std::vector<TransportControl::Landed> TransportControl::take_landed(Frames before) {
  if (drive_ == Drive::live && loop_ && rolling_ && loop_->second - offset_ < before) note_late_jump();
  std::ranges::stable_sort(landed_, {}, &Landed::frame);
  const auto rest = std::ranges::find_if(landed_, [before](const Landed& l) { return l.frame >= before; });
  std::vector<Landed> landed(landed_.begin(), rest);
  landed_.erase(landed_.begin(), rest);
  return landed;
}

/// A run whose disk is never late would have jumped: whoever does this one again must be told that it did not.
void TransportControl::note_late_jump() {
  const Frames due = loop_->second - offset_;
  if (jump_is_late_ || due < loop_since_) return;
  jump_is_late_ = true;
  landed_.push_back({0, due, {.kind = TransportEdit::Kind::looping_off}});
}

/// A jump of the loop. A late one is a jump like another.
void TransportControl::note_loop_jump(std::size_t reel, Frames frame) {
  if (drive_ == Drive::live && loop_ && loop_->second - offset_ < frame) note_late_jump();
  if (jump_is_late_) {
    TransportEdit jump;
    jump.kind = TransportEdit::Kind::locate;
    jump.seconds = seconds_of(slots_[reel].place);
    landed_.push_back({0, frame, jump});
  }
  go_on_in_loop(frame);
}

/// Behind a jump the loop holds again.
void TransportControl::go_on_in_loop(Frames frame) {
  loop_since_ = frame;
  if (!std::exchange(jump_is_late_, false) || !loop_) return;
  TransportEdit loop;
  loop.kind = TransportEdit::Kind::loop;
  loop.range = {seconds_of(loop_->first), seconds_of(loop_->second)};
  landed_.push_back({0, frame, loop});
}

void TransportControl::play_from(std::size_t reel, Frames frame) {
  slots_[reel].use = Slot::Use::playing;
  offset_ = slots_[reel].place - frame;
  current_ = reel;
  rolling_ = true;
  loop_since_ = frame;
}

std::optional<std::size_t> TransportControl::loaded_at(Frames place) const {
  for (std::size_t n = 0; n < kReels; ++n)
    if (slots_[n].use == Slot::Use::loaded && slots_[n].place == place) return n;
  return std::nullopt;
}

/// Loads a free reel, or one that was loaded for what did not come.
std::optional<std::size_t> TransportControl::load(Frames place, bool may_take_loaded) {
  std::optional<std::size_t> found;
  const std::size_t reels = drive_ == Drive::live ? kLiveReels : kReels;
  for (std::size_t n = 0; n < reels; ++n) {
    if (slots_[n].use == Slot::Use::free) found = n;
    if (slots_[n].use == Slot::Use::loaded && may_take_loaded && !found) found = n;
  }
  if (!found) return std::nullopt;
  if (slots_[*found].use == Slot::Use::loaded) release(*found);
  slots_[*found] = {.use = Slot::Use::loaded, .place = place, .since = now_};
  reels_.load(*found, place);
  return found;
}

bool TransportControl::is_ready(std::size_t reel) const {
  return drive_ == Drive::stepped || reels_.ready(reel) >= need_ || now_ - slots_[reel].since >= patience_;
}

/// Keeps a few reels waiting at the start of the loop.
void TransportControl::arm_loop() {
  if (!loop_ || !rolling_ || posted_) return;
  while (count(Slot::Use::armed) < kArmed) {
    auto reel = loaded_at(loop_->first);
    if (!reel) reel = load(loop_->first, waiting_.empty());
    if (!reel || !is_ready(*reel) || !control_.arm(*reel, loop_->first, kAtOnce)) return;
    slots_[*reel].use = Slot::Use::armed;
  }
}

void TransportControl::release(std::size_t reel) {
  reels_.unload(reel);
  slots_[reel].use = Slot::Use::free;
}

std::size_t TransportControl::count(Slot::Use use) const {
  return static_cast<std::size_t>(std::ranges::count(slots_, use, &Slot::use));
}

/// What a hand asks for comes before what is planned. Whoever steps the engine asks at the very frame.
Frames TransportControl::frame_for(const Request& request) const {
  return request.line == 0 || drive_ == Drive::stepped ? kAtOnce : request.at;
}

double TransportControl::seconds_of(Frames place) const {
  return static_cast<double>(place) / control_.mixer().sample_rate;
}

Frames TransportControl::frames_of(double seconds) const { return to_frames(seconds, control_.mixer().sample_rate); }

}  // namespace busbar
