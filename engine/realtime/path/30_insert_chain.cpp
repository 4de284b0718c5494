#include "engine/realtime/path/30_insert_chain.hpp"

#include <algorithm>
#include <cmath>

#include "engine/realtime/dsp/finite.hpp"
#include "engine/realtime/path/31_level_match.hpp"

namespace busbar {

namespace {

AudioBlock block_of(std::array<std::array<float, kSlice>, 2>& memory, int channels, int frames) noexcept {
  return {memory[0].data(), memory[1].data(), channels, frames};
}

void copy(const AudioBlock& from, const AudioBlock& to) noexcept {
  for (int c = 0; c < from.channels(); ++c) std::ranges::copy(from.channel(c), to.channel(c).begin());
}

void delay(SignalDelayState* state, const AudioBlock& block) noexcept {
  if (state == nullptr) return;
  for (int c = 0; c < block.channels(); ++c)
    state->channel[static_cast<std::size_t>(c)].process(block.channel(c).data(), block.frames());
}

/// Sets the values of the call that begins at `now`. A grid parameter has the value of its cell's first frame, or of
/// the edit's, whichever is later, wherever the call itself begins; of a staged move it has the middle of the cell, so
/// that on the whole it is as far as what moves by the frame.
void set_values(InsertState& insert, Frames now, int frames) noexcept {
  insert.params_moving = false;
  const Frames cell = now - now % kGrid;
  for (std::size_t p = 0; p < insert.params.size(); ++p) {
    ParamState& param = insert.params[p];
    insert.curves[p] = {};
    const bool moves = param.ramp.moving() || param.staged.moving();
    if (param.travel == Travel::frame && moves) {
      float* curve = insert.curve_memory.data() + p * kSlice;
      for (int i = 0; i < frames; ++i)
        curve[i] = from_taper(param.taper, param.ramp.at(now + i)[0] + param.staged.at(now + i));
      insert.curves[p] = {curve, static_cast<std::size_t>(frames)};
      insert.values[p] = curve[0];
    } else {
      const double value = param.ramp.at(std::max(cell, param.ramp.last_start()))[0];
      insert.values[p] = from_taper(param.taper, value + param.staged.at(cell + kGrid / 2));
    }
    insert.params_moving |= param.ramp.moving() || param.staged.moving();
  }
}

/// The last move has ended: all parameters stand at their targets.
void settle_values(InsertState& insert) noexcept {
  for (std::size_t p = 0; p < insert.params.size(); ++p) {
    insert.curves[p] = {};
    insert.values[p] = from_taper(insert.params[p].taper, insert.params[p].ramp.target()[0]);
  }
}

/// First frame with a non-finite sample, or the block's length.
int first_bad(const AudioBlock& block) noexcept {
  int first = block.frames();
  for (int c = 0; c < block.channels(); ++c) {
    const auto samples = block.channel(c);
    if (all_finite(samples.data(), block.frames())) continue;
    for (int i = 0; i < first; ++i)
      if (!std::isfinite(samples[static_cast<std::size_t>(i)])) first = i;
  }
  return first;
}

void silence(const AudioBlock& block, int from) noexcept {
  for (int c = 0; c < block.channels(); ++c)
    std::ranges::fill(block.channel(c).subspan(static_cast<std::size_t>(from)), 0.0f);
}

/// The channels of a slice that hold the insert's input; a mono-to-stereo insert has room for one more.
AudioBlock own_input(const InsertStep& step, const AudioBlock& signal) noexcept {
  return {signal.channel(0).data(), signal.channels() > 1 ? signal.channel(1).data() : nullptr, step.in_channels,
          signal.frames()};
}

/// The signal past an insert: as it came in, and, where its phases are asked for, as the insert turns them.
struct Dry {
  AudioBlock plain, turned;
  Dry part(int first, int count) const noexcept {
    return {plain.part(first, count), turned.empty() ? turned : turned.part(first, count)};
  }
  /// Nothing turns it from that frame on.
  void keep_plain(int from) const noexcept {
    if (turned.empty()) return;
    const int count = plain.frames() - from;
    copy(plain.part(from, count), turned.part(from, count));
  }
};

/// What lingers would give back a hard edge of its input much later, when no fade covers it any more: from `now` on,
/// what such an insert hears rises from silence with what is heard of it.
void open_entry(InsertState& insert, Frames now, Frames length) noexcept {
  const bool rises = insert.type->lingers(insert.values);
  insert.entry.stand_at({rises ? 0.0 : 1.0});
  if (rises) insert.entry.go_to({1.0}, now, length);
}

void apply_entry(InsertState& insert, const AudioBlock& in, Frames now, std::span<double, kSlice> curve) noexcept {
  if (!insert.entry.moving()) return;
  insert.entry.fill(now, in.frames(), {curve.data()});
  for (int c = 0; c < in.channels(); ++c) {
    const auto samples = in.channel(c);
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<float>(curve[i] * static_cast<double>(samples[i]));
  }
}

/// The processor itself over a slice, cut at the grid while parameters move and where a suspension ends.
int process_wet(const InsertStep& step, RenderPlan::Scratch& scratch, const Dry& dry, const AudioBlock& signal,
                const AudioBlock& key, Frames now, FaultFrames& faults) noexcept {
  InsertState& insert = *step.insert;
  int bad_frame = -1;
  for (int done = 0; done < signal.frames();) {
    const Frames at = now + done;
    // No longer than a suspension, so that one fault never hides frames on which the insert is to run again.
    int run = static_cast<int>(std::min<Frames>(signal.frames() - done, GuardState::kFrames));
    if (at < insert.suspended_until) {
      run = static_cast<int>(std::min<Frames>(run, insert.suspended_until - at));
      silence(signal.part(done, run), 0);
      dry.part(done, run).keep_plain(0);
    } else {
      const bool moving = insert.params_moving;
      if (moving) {
        run = static_cast<int>(std::min<Frames>(run, kGrid - at % kGrid));
        set_values(insert, at, run);
      }
      const AudioBlock part = signal.part(done, run);
      const Dry dry_part = dry.part(done, run);
      const AudioBlock in = own_input(step, signal).part(done, run);
      const AudioBlock key_part = key.empty() ? in : key.part(done, run);
      apply_entry(insert, in, at, scratch.curves[0]);
      insert.type->process(
          insert.instance,
          {.io = part, .key = key_part, .params = insert.values, .curves = insert.curves, .dry = dry_part.turned});
      if (moving && !insert.params_moving) settle_values(insert);
      const int bad = std::min(first_bad(part), dry_part.turned.empty() ? run : first_bad(dry_part.turned));
      if (bad < run) {
        insert.suspended_until = at + bad + GuardState::kFrames;
        restart(insert, insert.suspended_until, insert.opening / 2);
        silence(part, bad);
        dry_part.keep_plain(bad);
        faults.set(static_cast<std::size_t>(done) + static_cast<std::size_t>(bad));
        if (bad_frame < 0) bad_frame = done + bad;
      }
    }
    done += run;
  }
  return bad_frame;
}

int run_wet(const InsertStep& step, RenderPlan::Scratch& scratch, const Dry& dry, const AudioBlock& signal,
            const AudioBlock& key, const DeviceChannels& device, Frames now, FaultFrames& faults) noexcept {
  if (step.insert->hardware == nullptr) return process_wet(step, scratch, dry, signal, key, now, faults);
  take_from_gear(*step.insert, device, dry.plain, step.dry_to_stereo, signal, now);
  return -1;
}

/// By how much the dry signal is turned down where it goes to two channels from one.
double dry_gain(const InsertStep& step, const AudioBlock& signal) noexcept {
  return step.in_channels < signal.channels() ? step.dry_to_stereo : 1.0;
}

/// signal = (1 − w) · dry + w · signal, in 64 bit; at w = 0 the dry passes bit for bit.
void blend(const InsertStep& step, std::array<double, kSlice>& curve, const AudioBlock& dry, const AudioBlock& signal,
           Frames now) noexcept {
  step.insert->blend.fill(now, signal.frames(), {curve.data()});
  const double gain = dry_gain(step, signal);
  for (int c = 0; c < signal.channels(); ++c) {
    const float* in = dry.channel(std::min(c, dry.channels() - 1)).data();
    float* out = signal.channel(c).data();
    for (int i = 0; i < signal.frames(); ++i) {
      const double w = curve[static_cast<std::size_t>(i)];
      out[i] = static_cast<float>((1.0 - w) * gain * static_cast<double>(in[i]) + w * static_cast<double>(out[i]));
    }
  }
}

/// The dry part of a mix becomes the turned one as far as it is to be that: while an insert comes into circuit or goes,
/// plain and turned fade into each other.
void turn_dry(InsertState& insert, std::array<double, kSlice>& curve, const Dry& dry, Frames now) noexcept {
  if (dry.turned.empty()) return;
  insert.turned.fill(now, dry.plain.frames(), {curve.data()});
  for (int c = 0; c < dry.plain.channels(); ++c) {
    const float* plain = dry.plain.channel(c).data();
    float* turned = dry.turned.channel(c).data();
    for (int i = 0; i < dry.plain.frames(); ++i) {
      const double t = curve[static_cast<std::size_t>(i)];
      turned[i] = static_cast<float>((1.0 - t) * static_cast<double>(plain[i]) + t * static_cast<double>(turned[i]));
    }
  }
}

/// True while an insert puts out its dry signal and nothing else.
bool is_out_of_circuit(const InsertState& insert) noexcept {
  const auto is_out = [](const Ramp<1>& share) { return !share.moving() && share.target()[0] == 0.0; };
  return is_out(insert.blend) || (insert.match != nullptr && is_out(insert.match->presence));
}

/// How much of an insert is heard, bypass and mix in one.
Ramp<1> heard_share(const InsertState& insert) noexcept {
  if (insert.match == nullptr) return insert.blend;
  Ramp<1> share = insert.match->presence;
  const double mix = insert.blend.target()[0];
  if (!share.moving() && share.target()[0] == 1.0) return insert.blend;
  share.rescale(mix, {share.target()[0] * mix});
  return share;
}

/// An insert that begins with the run hears all of it; one that joins later comes into a signal that is under way.
void begin(InsertState& insert, Frames now) noexcept {
  insert.has_run = true;
  insert.turned.stand_at({insert.blend.target()[0] > 0.0 ? 1.0 : 0.0});
  insert.entry.stand_at({1.0});
  if (now > 0) open_entry(insert, now, insert.opening);
}

}  // namespace

float from_taper(Taper taper, double value) noexcept {
  return static_cast<float>(taper == Taper::log ? std::exp(value) : value);
}

double to_taper(Taper taper, float value) noexcept {
  return taper == Taper::log ? std::log(static_cast<double>(value)) : static_cast<double>(value);
}

int run_insert(const InsertStep& step, RenderPlan::Scratch& scratch, AudioBlock signal, AudioBlock key,
               const DeviceChannels& device, Frames now) noexcept {
  InsertState& insert = *step.insert;
  const int frames = signal.frames();
  const AudioBlock in = own_input(step, signal);
  delay(step.wait, in);
  if (!key.empty() && step.key_delay != nullptr) {
    const AudioBlock delayed = block_of(scratch.key, key.channels(), frames);
    copy(key, delayed);
    delay(step.key_delay, delayed);
    key = delayed;
  }
  if (insert.hardware != nullptr) send_to_gear(insert, in, now);
  if (!insert.has_run) begin(insert, now);
  const bool out_of_circuit = step.passes || is_out_of_circuit(insert);
  const bool needs_dry = step.dry_delay != nullptr || insert.hardware != nullptr;
  if (out_of_circuit && !needs_dry && step.in_channels == signal.channels()) return -1;
  const bool all_wet = !insert.blend.moving() && insert.blend.target()[0] == 1.0;
  const bool turns = insert.type->turns_phase && !all_wet;
  const Dry dry{block_of(scratch.dry, step.in_channels, frames),
                turns ? block_of(scratch.turned, step.in_channels, frames) : AudioBlock{}};
  if (!all_wet || needs_dry || insert.match != nullptr) {
    copy(in, dry.plain);
    delay(step.dry_delay, dry.plain);
  }
  if (out_of_circuit && step.in_channels == signal.channels()) {
    FaultFrames unheard;
    if (!step.passes && (insert.has_latency || insert.hardware != nullptr))
      run_wet(step, scratch, dry, signal, key, device, now, unheard);
    copy(dry.plain, signal);
    return -1;
  }
  const int bad = run_wet(step, scratch, dry, signal, key, device, now, scratch.faults);
  turn_dry(insert, scratch.curves[0], dry, now);
  if (!all_wet) blend(step, scratch.curves[0], turns ? dry.turned : dry.plain, signal, now);
  if (insert.match != nullptr)
    match_level(*insert.match, {dry.plain, dry_gain(step, signal)}, signal, scratch.curves[0], now);
  return bad;
}

void restart(InsertState& insert, Frames now, Frames length) noexcept {
  insert.type->reset(insert.instance);
  if (insert.has_run) open_entry(insert, now, length);
}

void inherit(InsertState& insert, const InsertState& from) noexcept {
  insert.entry = from.entry;
  insert.has_run = from.has_run;
  if (insert.match != nullptr && from.match != nullptr) {
    *insert.match = *from.match;
    insert.blend = from.blend;
    insert.turned = from.turned;
  } else {
    insert.blend = heard_share(from);
    insert.turned = from.match == nullptr ? from.turned : from.match->presence;
  }
  std::ranges::copy(from.params, insert.params.begin());
  std::ranges::copy(from.values, insert.values.begin());
  insert.params_moving = from.params_moving;
  insert.suspended_until = from.suspended_until;
  if (insert.hardware != nullptr && from.hardware != nullptr) {
    insert.hardware->send_open = from.hardware->send_open;
    insert.hardware->return_open = from.hardware->return_open;
  }
  insert.type->take_over(insert.instance, from.instance);
}

void move_param(InsertState& insert, ParamIndex index, double target, Frames now, Frames length) noexcept {
  if (insert.match != nullptr) insert.match->loudness.forget(length);
  ParamState& param = insert.params[index];
  if (param.travel == Travel::jump) {
    param.ramp.stand_at({target});
    insert.values[index] = from_taper(param.taper, target);
    return;
  }
  param.ramp.go_to({target}, now, length);
  insert.params_moving = true;
}

void stage_param(InsertState& insert, ParamIndex index, double target, Frames now, Frames length, Frames lag) noexcept {
  ParamState& param = insert.params[index];
  if (param.travel == Travel::jump) return move_param(insert, index, target, now, length);
  if (insert.match != nullptr) insert.match->loudness.forget(lag + length);
  param.staged.depart(param.ramp.target()[0] - target, now, length, lag);
  param.ramp.shift({target});
  insert.params_moving = true;
}

void move_blend(InsertState& insert, double target, Frames now, Frames length) noexcept {
  MatchState* match = insert.match.get();
  // A move that ended within the last slice has ended, wherever that slice was cut.
  insert.blend.at(now);
  if (match != nullptr) match->presence.at(now);
  const bool comes = is_out_of_circuit(insert);
  if (comes && !insert.has_latency) {
    restart(insert, now, length);
  }
  if (match == nullptr) {
    if (comes) insert.turned.stand_at({0.0});
    insert.turned.go_to({target > 0.0 ? 1.0 : 0.0}, now, length);
    return insert.blend.go_to({target}, now, length);
  }
  if (target == 0.0) return match->presence.go_to({0.0}, now, length);
  if (comes) {
    insert.turned.stand_at({1.0});
    insert.blend.stand_at({target});
    match->presence.stand_at({0.0});
  } else if (target != insert.blend.target()[0]) {
    insert.blend.go_to({target}, now, length);
    match->loudness.forget(length);
  }
  match->presence.go_to({1.0}, now, length);
}

}  // namespace busbar
