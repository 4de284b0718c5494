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
/// the edit's, whichever is later, wherever the call itself begins.
void set_values(InsertState& insert, Frames now, int frames) noexcept {
  insert.params_moving = false;
  const Frames cell = now - now % kGrid;
  for (std::size_t p = 0; p < insert.params.size(); ++p) {
    ParamState& param = insert.params[p];
    insert.curves[p] = {};
    if (param.travel == Travel::frame && param.ramp.moving()) {
      float* curve = insert.curve_memory.data() + p * kSlice;
      for (int i = 0; i < frames; ++i) curve[i] = from_taper(param.taper, param.ramp.at(now + i)[0]);
      insert.curves[p] = {curve, static_cast<std::size_t>(frames)};
      insert.values[p] = curve[0];
    } else {
      insert.values[p] = from_taper(param.taper, param.ramp.at(std::max(cell, param.ramp.last_start()))[0]);
    }
    insert.params_moving |= param.ramp.moving();
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

/// The processor itself over a slice, cut at the grid while parameters move and where a suspension ends.
int process_wet(const InsertStep& step, const AudioBlock& signal, const AudioBlock& key, Frames now,
                FaultFrames& faults) noexcept {
  InsertState& insert = *step.insert;
  int bad_frame = -1;
  for (int done = 0; done < signal.frames();) {
    const Frames at = now + done;
    // No longer than a suspension, so that one fault never hides frames on which the insert is to run again.
    int run = static_cast<int>(std::min<Frames>(signal.frames() - done, GuardState::kFrames));
    if (at < insert.suspended_until) {
      run = static_cast<int>(std::min<Frames>(run, insert.suspended_until - at));
      silence(signal.part(done, run), 0);
    } else {
      const bool moving = insert.params_moving;
      if (moving) {
        run = static_cast<int>(std::min<Frames>(run, kGrid - at % kGrid));
        set_values(insert, at, run);
      }
      const AudioBlock part = signal.part(done, run);
      const AudioBlock key_part = (key.empty() ? own_input(step, signal) : key).part(done, run);
      insert.type->process(insert.instance,
                           {.io = part, .key = key_part, .params = insert.values, .curves = insert.curves});
      if (moving && !insert.params_moving) settle_values(insert);
      const int bad = first_bad(part);
      if (bad < run) {
        insert.type->reset(insert.instance);
        insert.suspended_until = at + bad + GuardState::kFrames;
        silence(part, bad);
        faults.set(static_cast<std::size_t>(done) + static_cast<std::size_t>(bad));
        if (bad_frame < 0) bad_frame = done + bad;
      }
    }
    done += run;
  }
  return bad_frame;
}

int run_wet(const InsertStep& step, const AudioBlock& dry, const AudioBlock& signal, const AudioBlock& key,
            const DeviceChannels& device, Frames now, FaultFrames& faults) noexcept {
  if (step.insert->hardware == nullptr) return process_wet(step, signal, key, now, faults);
  take_from_gear(*step.insert, device, dry, step.dry_to_stereo, signal, now);
  return -1;
}

/// signal = (1 − w) · dry + w · signal, in 64 bit; at w = 0 the dry passes bit for bit.
void blend(const InsertStep& step, std::array<double, kSlice>& curve, const AudioBlock& dry, const AudioBlock& signal,
           Frames now) noexcept {
  Ramp<1>& ramp = step.insert->blend;
  ramp.fill(now, signal.frames(), {curve.data()});
  for (int c = 0; c < signal.channels(); ++c) {
    const float* in = dry.channel(std::min(c, dry.channels() - 1)).data();
    const double dry_gain = dry.channels() < signal.channels() ? step.dry_to_stereo : 1.0;
    float* out = signal.channel(c).data();
    for (int i = 0; i < signal.frames(); ++i) {
      const double w = curve[static_cast<std::size_t>(i)];
      out[i] = static_cast<float>((1.0 - w) * dry_gain * static_cast<double>(in[i]) + w * static_cast<double>(out[i]));
    }
  }
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
  const bool out_of_circuit = !insert.blend.moving() && insert.blend.target()[0] == 0.0;
  const bool needs_dry = step.dry_delay != nullptr || insert.hardware != nullptr;
  if (out_of_circuit && !needs_dry && step.in_channels == signal.channels()) return -1;
  const bool all_wet = !insert.blend.moving() && insert.blend.target()[0] == 1.0;
  const AudioBlock dry = block_of(scratch.dry, step.in_channels, frames);
  if (!all_wet || needs_dry || insert.match != nullptr) {
    copy(in, dry);
    delay(step.dry_delay, dry);
  }
  if (out_of_circuit && step.in_channels == signal.channels()) {
    FaultFrames unheard;
    if (insert.has_latency || insert.hardware != nullptr) run_wet(step, dry, signal, key, device, now, unheard);
    copy(dry, signal);
    return -1;
  }
  const int bad = run_wet(step, dry, signal, key, device, now, scratch.faults);
  if (insert.match != nullptr) match_level(*insert.match, dry, signal);
  if (!all_wet) blend(step, scratch.curves[0], dry, signal, now);
  return bad;
}

void inherit(InsertState& insert, const InsertState& from) noexcept {
  insert.blend = from.blend;
  std::ranges::copy(from.params, insert.params.begin());
  std::ranges::copy(from.values, insert.values.begin());
  insert.params_moving = from.params_moving;
  insert.suspended_until = from.suspended_until;
  if (insert.match != nullptr && from.match != nullptr) *insert.match = *from.match;
  if (insert.hardware != nullptr && from.hardware != nullptr) {
    insert.hardware->send_open = from.hardware->send_open;
    insert.hardware->return_open = from.hardware->return_open;
  }
  insert.type->take_over(insert.instance, from.instance);
}

void move_param(InsertState& insert, ParamIndex index, double target, Frames now, Frames length) noexcept {
  ParamState& param = insert.params[index];
  if (param.travel == Travel::jump) {
    param.ramp.stand_at({target});
    insert.values[index] = from_taper(param.taper, target);
    return;
  }
  param.ramp.go_to({target}, now, length);
  insert.params_moving = true;
}

void move_blend(InsertState& insert, double target, Frames now, Frames length) noexcept {
  insert.blend.at(now);  // a move that ended within the last slice has ended, wherever that slice was cut
  if (!insert.has_latency && !insert.blend.moving() && insert.blend.target()[0] == 0.0)
    insert.type->reset(insert.instance);
  insert.blend.go_to({target}, now, length);
}

}  // namespace busbar
