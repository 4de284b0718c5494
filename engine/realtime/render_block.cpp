#include "engine/realtime/render_block.hpp"

#include <algorithm>
#include <utility>

#include "engine/realtime/dsp/finite.hpp"
#include "engine/realtime/path/20_trim.hpp"
#include "engine/realtime/path/30_insert_chain.hpp"
#include "engine/realtime/path/50_gains.hpp"
#include "engine/realtime/path/70_align.hpp"
#include "engine/realtime/path/80_bus_sum.hpp"
#include "engine/realtime/path/90_meter_tap.hpp"
#include "engine/realtime/path/95_output_guard.hpp"

namespace busbar {

namespace {

std::size_t size(int n) noexcept { return static_cast<std::size_t>(n); }

void capture(CaptureState* into, const StereoScratch& signal, int offset, int frames) noexcept {
  if (into == nullptr) return;
  for (std::size_t i = 0; i < size(frames); ++i) into->left[size(offset) + i] += signal.left[i];
  for (std::size_t i = 0; i < size(frames); ++i) into->right[size(offset) + i] += signal.right[i];
}

/// Captures begin each slice with zeros: what nobody hands on is silence.
void clear_captures(const RenderPlan& plan, int offset, int frames) noexcept {
  for (CaptureState* capture : plan.captures) {
    std::fill_n(capture->left.begin() + offset, frames, 0.0);
    std::fill_n(capture->right.begin() + offset, frames, 0.0);
  }
}

/// What the presence of a way lets through.
void take_share(const StereoScratch& signal, int frames, const std::array<double, kSlice>& curve,
                StereoScratch& out) noexcept {
  for (std::size_t i = 0; i < size(frames); ++i) out.left[i] = curve[i] * signal.left[i];
  for (std::size_t i = 0; i < size(frames); ++i) out.right[i] = curve[i] * signal.right[i];
}

void copy_signal(RenderPlan& plan, const Step& step, int frames) noexcept {
  const AudioBlock from = plan.buffer(step.from, step.channels, frames);
  const AudioBlock to = plan.buffer(step.buffer, step.channels, frames);
  for (int c = 0; c < step.channels; ++c) std::ranges::copy(from.channel(c), to.channel(c).begin());
}

void succeed(const Succession& s) noexcept {
  if (s.new_insert != nullptr) inherit(*s.new_insert, *s.insert);
  if (s.new_delay != nullptr)
    for (std::size_t c = 0; c < 2; ++c) s.new_delay->channel[c].take_over(s.delay->channel[c]);
  if (s.new_path != nullptr) {
    s.new_path->matrix = s.path->matrix;
    s.new_path->gate = s.path->gate;
    s.new_path->staged = s.path->staged;
  }
  if (s.new_guard != nullptr) *s.new_guard = *s.guard;
  if (s.new_trim != nullptr) {
    s.new_trim->gain = s.trim->gain;
    s.new_trim->staged = s.trim->staged;
    s.new_trim->told_of_fault = s.trim->told_of_fault;
    s.new_trim->filled_at = s.trim->filled_at;
  }
}

void move_matrix(PathState& path, const Change& change, Frames now) noexcept {
  if (change.in_decibels && go_to_in_decibels(path.matrix, path.staged, change.value, now, change.ramp, change.lag))
    return;
  path.matrix.go_to(change.value, now, change.ramp);
}

void move_trim(TrimState& trim, const Change& change, Frames now) noexcept {
  const std::array<double, 1> target{change.value[0]};
  if (change.in_decibels && go_to_in_decibels(trim.gain, trim.staged, target, now, change.ramp, 0)) return;
  trim.gain.go_to(target, now, change.ramp);
}

void move_value(InsertState& insert, const Change& change, Frames now) noexcept {
  if (change.in_decibels) return stage_param(insert, change.index, change.value[0], now, change.ramp, change.lag);
  move_param(insert, change.index, change.value[0], now, change.ramp);
}

void guard(RenderPlan& plan, const Step& step, Frames now, int frames) noexcept {
  FaultFrames& faults = plan.scratch->faults;
  if (faults.none() && !step.guard->active(now)) return;
  const AudioBlock signal = plan.buffer(step.buffer, step.channels, frames);
  for (int i = 0; i < frames; ++i) {
    if (faults[size(i)]) step.guard->since = now + i;
    const double gain = step.guard->gain(now + i);
    for (int c = 0; c < step.channels; ++c) {
      float& x = signal.channel(c)[size(i)];
      x = static_cast<float>(static_cast<double>(x) * gain);
    }
  }
  faults.reset();
}

}  // namespace

BlockRenderer::BlockRenderer(Handover& handover, Frames session_start) noexcept
    : handover_(handover), transport_(session_start) {
  outputs_.stand_at({1.0});
}

void BlockRenderer::render(const DeviceBlock& block) noexcept BUSBAR_NONBLOCKING {
  const RealtimeSection section;
  take_plans(block.frames);
  if (handover_.mailbox.current() == nullptr) {
    for (float* out : block.outputs)
      if (out != nullptr) std::fill_n(out, block.frames, 0.0f);
    return;
  }
  for (const auto& [strip, meter] : handover_.mailbox.current()->meters) meter->reading.peak = {};
  for (int done = 0; done < block.frames;) {
    int run = take_plans(std::min(kSlice, block.frames - done));
    RenderPlan& plan = *handover_.mailbox.current();
    run = jump_in_loop(plan, end_panic(plan, take_changes(plan, run)));
    run_slice(plan, block, done, run);
    now_ += run;
    done += run;
  }
  publish(*handover_.mailbox.current());
}

/// Takes over the plans that are due and returns how many frames may run until the next one.
int BlockRenderer::take_plans(int frames) noexcept {
  while (const RenderPlan* next = handover_.mailbox.next()) {
    const Frames due = std::max(next->at, adopted_at_ + next->rest);
    if (due > now_) return static_cast<int>(std::min<Frames>(frames, due - now_));
    adopt(*handover_.mailbox.take_over());
    handover_.mailbox.give_back();
  }
  return frames;
}

void BlockRenderer::adopt(RenderPlan& plan) noexcept {
  generation_ = plan.generation;
  adopted_at_ = now_;
  for (const Succession& succession : plan.successions) succeed(succession);
  Frames begin = now_ + plan.fade_delay;
  for (const TrimState* strip : plan.waits_for) begin = std::max(begin, strip->filled_at);
  for (TrimState* strip : plan.fills) strip->filled_at = begin;
  for (const Fade& fade : plan.fades) {
    const Frames from = (fade.is_at_once ? now_ : begin) + fade.delay;
    fade.presence->call_off(now_, from);
    const Frames length = fade.length > 0 ? fade.length : plan.fade_length;
    fade.presence->hurry_to({fade.target}, now_, length, from - now_);
  }
  handover_.events.tell(
      {.kind = Event::Kind::plan_adopted, .frame = now_, .number = generation_, .length = begin - now_});
}

/// Applies the batches that are due and returns how many frames may run until the next one.
int BlockRenderer::take_changes(RenderPlan& plan, int frames) noexcept {
  take_from(handover_.urgent, plan, frames);
  return take_from(handover_.timed, plan, frames);
}

int BlockRenderer::take_from(ChangeRing& ring, RenderPlan& plan, int frames) noexcept {
  while (const ChangeRing::Batch* batch = ring.next()) {
    if (batch->generation > generation_) break;
    if (batch->at > now_) return static_cast<int>(std::min<Frames>(frames, batch->at - now_));
    if (!handover_.events.has_room_for_batch()) break;  // control sleeps: it would not hear that this has landed
    for (std::size_t n = 0; n < batch->count; ++n) apply(plan, ring.change(n));
    handover_.events.tell({.kind = Event::Kind::batch_landed, .frame = now_, .number = batch->number});
    ring.drop();
  }
  return frames;
}

/// The loop jumps if that is due; returns how many frames may run until it is.
int BlockRenderer::jump_in_loop(RenderPlan& plan, int frames) noexcept {
  const int run = transport_.until_jump(now_, frames);
  if (run > 0) return run;
  const std::size_t reel = transport_.jump(now_, plan.fade);
  handover_.events.tell({.kind = Event::Kind::rolled, .frame = now_, .number = reel});
  return transport_.until_jump(now_, frames);
}

bool BlockRenderer::apply_to_all(RenderPlan& plan, const Change& change) noexcept {
  const auto place = static_cast<Frames>(change.value[0]);
  switch (change.kind) {
    case Change::Kind::roll:
      transport_.roll(change.slot, place, now_, change.ramp);
      handover_.events.tell({.kind = Event::Kind::rolled, .frame = now_, .number = change.slot});
      return true;
    case Change::Kind::stop:
      transport_.stop(now_, change.ramp);
      return true;
    case Change::Kind::loop:
      transport_.loop_at(place < 0 ? TransportState::kNever : place);
      return true;
    case Change::Kind::arm:
      transport_.arm(change.slot, place);
      return true;
    case Change::Kind::panic:
      panic(plan, change.ramp);
      return true;
    case Change::Kind::outputs:
      outputs_.go_to({change.value[0]}, now_, change.ramp);
      return true;
    default:
      return false;
  }
}

void BlockRenderer::panic(RenderPlan& plan, Frames fade) noexcept {
  for (const Step& step : plan.steps)
    if (step.kind == Step::Kind::guard) step.guard->panic.go_to({0.0}, now_, fade);
  silent_at_ = now_ + fade;
  panic_fade_ = fade;
}

/// Resets the inserts in the frame in which nothing of them is heard; returns how many frames may run until then.
int BlockRenderer::end_panic(RenderPlan& plan, int frames) noexcept {
  if (silent_at_ < now_) return frames;
  if (silent_at_ > now_) return static_cast<int>(std::min<Frames>(frames, silent_at_ - now_));
  for (const InsertStep& step : plan.inserts) {
    restart(*step.insert, now_, panic_fade_);
    for (SignalDelayState* delay : {step.wait, step.dry_delay, step.key_delay})
      for (std::size_t c = 0; delay != nullptr && c < 2; ++c) delay->channel[c].clear();
  }
  for (const Step& step : plan.steps)
    if (step.kind == Step::Kind::guard) step.guard->panic.go_to({1.0}, now_, panic_fade_);
  return frames;
}

void BlockRenderer::apply(RenderPlan& plan, const Change& change) noexcept {
  if (apply_to_all(plan, change)) return;
  if (change.slot >= plan.slots.size()) return;
  const SlotTarget& target = plan.slots[change.slot];
  switch (change.kind) {
    case Change::Kind::path_matrix:
      if (target.path != nullptr) move_matrix(*target.path, change, now_);
      for (const SlotTarget::Leaving& leaving : target.leaving)
        if (!change.is_first && leaving.has_same_channels) move_matrix(*leaving.path, change, now_);
      break;
    case Change::Kind::path_gate:
      if (target.path != nullptr) target.path->gate.go_to({change.value[0]}, now_, change.ramp);
      for (const SlotTarget::Leaving& leaving : target.leaving)
        if (!change.is_first) leaving.path->gate.go_to({change.value[0]}, now_, change.ramp);
      break;
    case Change::Kind::trim:
      if (target.trim != nullptr) move_trim(*target.trim, change, now_);
      break;
    case Change::Kind::stall:
      if (target.source != nullptr) stall(*target.source, transport_, static_cast<Frames>(change.value[0]));
      break;
    case Change::Kind::param:
      if (target.insert != nullptr) move_value(*target.insert, change, now_);
      break;
    case Change::Kind::blend:
      if (target.insert != nullptr) move_blend(*target.insert, change.value[0], now_, change.ramp);
      break;
    default:
      break;
  }
}

/// The table of contents of the sound.
void BlockRenderer::run_slice(RenderPlan& plan, const DeviceBlock& block, int offset, int frames) noexcept {
  clear_captures(plan, offset, frames);
  outputs_.at(now_);  // forgets moves that have ended
  transport_.prepare(now_, frames, [this](std::size_t reel) {
    handover_.events.tell({.kind = Event::Kind::reel_done, .frame = now_, .number = reel});
  });
  for (const Step& step : plan.steps) {
    switch (step.kind) {
      case Step::Kind::source:
        read_into_strip(plan, step, block, offset, frames);
        break;
      case Step::Kind::sum:
        sum_into_strip(plan, step, offset, frames);
        break;
      case Step::Kind::copy:
        copy_signal(plan, step, frames);
        break;
      case Step::Kind::insert: {
        const InsertStep& insert = plan.inserts[step.first];
        const AudioBlock signal = plan.buffer(step.buffer, insert.out_channels, frames);
        const AudioBlock key =
            insert.key == kNoBuffer ? AudioBlock{} : plan.buffer(insert.key, insert.key_channels, frames);
        const int bad =
            run_insert(insert, *plan.scratch, signal, key, {{block.inputs, offset}, block.outputs.size()}, now_);
        if (bad >= 0)
          handover_.events.tell({.kind = Event::Kind::bad_insert, .frame = now_ + bad, .number = insert.slot});
        tell_of_ping(insert);
        break;
      }
      case Step::Kind::guard:
        guard(plan, step, now_, frames);
        break;
      case Step::Kind::hand_on:
        for (std::uint32_t p = 0; p < step.count; ++p)
          run_path(plan, plan.paths[step.first + p], offset, frames, plan.scratch->path);
        break;
      case Step::Kind::hardware:
        send_to_hardware(plan, step, block, offset, frames);
        break;
    }
  }
}

void BlockRenderer::read_into_strip(RenderPlan& plan, const Step& step, const DeviceBlock& block, int offset,
                                    int frames) noexcept {
  RenderPlan::Scratch& scratch = *plan.scratch;
  const SourceReport report = read_source(*step.source, transport_, {block.inputs, offset}, now_, frames, plan.fade,
                                          {scratch.path, scratch.curves[0]}, scratch.sum);
  const int rounded = round_into_strip(*step.trim, scratch.sum, now_, scratch.curves[1],
                                       plan.buffer(step.buffer, step.channels, frames));
  tell_of_fault(step, first_of(report.bad_frame, rounded));
  if (report.starved)
    handover_.events.tell(
        {.kind = Event::Kind::starved, .frame = now_, .number = step.strip, .length = report.leaving});
  if (report.rejoined) handover_.events.tell({.kind = Event::Kind::rejoined, .frame = now_, .number = step.strip});
}

void BlockRenderer::tell_of_ping(const InsertStep& step) noexcept {
  HardwareLoopState* loop = step.insert->hardware.get();
  if (loop == nullptr || !std::exchange(loop->has_answer, false)) return;
  handover_.events.tell({.kind = Event::Kind::ping_heard, .frame = loop->ping_end(), .number = step.slot});
}

/// A sample of a strip's own signal was not finite and became silence.
void BlockRenderer::tell_of_fault(const Step& step, int frame) noexcept {
  if (frame < 0 || step.trim->told_of_fault) return;
  step.trim->told_of_fault = true;
  handover_.events.tell({.kind = Event::Kind::bad_source, .frame = now_ + frame, .number = step.strip});
}

void BlockRenderer::sum_into_strip(RenderPlan& plan, const Step& step, int offset, int frames) noexcept {
  RenderPlan::Scratch& scratch = *plan.scratch;
  std::fill_n(scratch.sum.left.data(), frames, 0.0);
  std::fill_n(scratch.sum.right.data(), frames, 0.0);
  for (std::uint32_t p = 0; p < step.count; ++p) {
    if (run_path(plan, plan.paths[step.first + p], offset, frames, scratch.path))
      add_to_sum(scratch.path, frames, scratch.sum);
  }
  tell_of_fault(
      step, round_into_strip(*step.trim, scratch.sum, now_, scratch.curves[0], plan.buffer(step.buffer, 2, frames)));
}

/// False: the way has gone, and `out` is of no use.
bool BlockRenderer::run_path(RenderPlan& plan, const PathStep& path, int offset, int frames,
                             StereoScratch& out) noexcept {
  PathState& gains = *path.gains;
  gains.presence.at(now_);  // forgets moves that have ended
  const bool is_there = !gains.presence.moving() && gains.presence.target()[0] == 1.0;
  const bool is_gone = !gains.presence.moving() && gains.presence.target()[0] == 0.0;
  const bool tells = path.meter != nullptr || path.handed != nullptr;
  if (is_gone && path.delay == nullptr && (path.hands_share || !tells)) return false;
  RenderPlan::Scratch& scratch = *plan.scratch;
  const AudioBlock tap = plan.buffer(path.buffer, path.channels, frames);
  apply_gains(gains, tap, now_, scratch.curves, out);
  gains.share.at(now_);
  const bool shares = path.hands_share && (gains.share.moving() || gains.share.target()[0] != 1.0);
  if (shares) {
    gains.share.fill(now_, frames, {scratch.presence.data()});
    take_share(out, frames, scratch.presence, scratch.share);
  }
  const StereoScratch& handed = shares ? scratch.share : out;
  if (path.meter != nullptr) meter(*path.meter, handed, path.counts_frames, frames);
  capture(path.handed, handed, offset, frames);
  align(path.delay, out, frames);  // also of a way that has gone: should it come back, it has what went before
  if (is_gone) return false;
  if (!is_there) {
    gains.presence.fill(now_, frames, {scratch.presence.data()});
    take_share(out, frames, scratch.presence, out);
  }
  capture(path.arriving, out, offset, frames);
  return true;
}

void BlockRenderer::send_to_hardware(RenderPlan& plan, const Step& step, const DeviceBlock& block, int offset,
                                     int frames) noexcept {
  RenderPlan::Scratch& scratch = *plan.scratch;
  for (std::uint32_t p = 0; p < step.count; ++p)
    if (!run_path(plan, plan.paths[step.first + p], offset, frames, scratch.hardware[p]))
      scratch.hardware[p] = {};  // rare: a way that has gone is soon out of the plan
  for (std::size_t c = 0; c < block.outputs.size(); ++c) {
    if (block.outputs[c] == nullptr) continue;
    std::fill_n(scratch.sum.left.data(), frames, 0.0);
    const auto of_channel = std::ranges::equal_range(plan.hardware, c, {}, &HardwareSum::channel);
    for (const HardwareSum& part : of_channel) {
      const double* in = scratch.hardware[part.path].channel(part.side);
      for (int i = 0; i < frames; ++i) scratch.sum.left[size(i)] += in[i];
    }
    for (const HardwareSend& send : std::ranges::equal_range(plan.sends, c, {}, &HardwareSend::channel))
      for (int i = 0; i < frames; ++i) scratch.sum.left[size(i)] += send.signal[i];
    write_output(plan, c, scratch.sum.left.data(), block.outputs[c] + offset, frames);
  }
}

void BlockRenderer::write_output(RenderPlan& plan, std::size_t channel, double* signal, float* out,
                                 int frames) noexcept {
  const auto output = std::ranges::lower_bound(plan.outputs, channel, {}, &HardwareOutput::channel);
  if (output == plan.outputs.end() || output->channel != channel) {
    std::fill_n(out, frames, 0.0f);
    return;
  }
  if (guard_against_dc(*output->guard, signal, now_, frames, plan.dc_guard))
    handover_.events.tell({.kind = Event::Kind::dc_guard, .frame = now_, .number = channel});
  if (outputs_.moving() || outputs_.target()[0] != 1.0) {
    Ramp<1> gate = outputs_;  // a copy, since every channel reads the same frames of the one gate
    std::array<double, kSlice>& curve = plan.scratch->curves[0];
    gate.fill(now_, frames, {curve.data()});
    for (int i = 0; i < frames; ++i) signal[i] *= curve[size(i)];
  }
  if (!write_below_ceiling(signal, output->ceiling, frames, out) || now_ < output->guard->quiet_until) return;
  output->guard->quiet_until = now_ + to_frames(1.0, plan.sample_rate);
  handover_.events.tell({.kind = Event::Kind::ceiling, .frame = now_, .number = channel});
}

void BlockRenderer::publish(RenderPlan& plan) noexcept {
  handover_.transport.write(now_, transport_.session_frame(now_), transport_.rolling());
  const Frames window = to_frames(0.05, plan.sample_rate);
  for (const auto& [strip, meter] : plan.meters) {
    follow_recent(*meter, now_, window);
    handover_.meters.write(strip, meter->reading);
  }
}

}  // namespace busbar
