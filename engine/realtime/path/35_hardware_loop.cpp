#include "engine/realtime/path/35_hardware_loop.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/realtime/inserts/hardware_insert.hpp"
#include "engine/realtime/render_plan.hpp"

namespace busbar {

namespace {

using Curve = std::array<double, kSlice>;

std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }
std::size_t size(Frames n) noexcept { return static_cast<std::size_t>(n); }

/// A level in dB as a factor for each frame.
void fill_gain(ParamState& level, Frames now, int frames, Curve& gain) noexcept {
  level.ramp.at(now);  // forgets moves that have ended
  if (!level.ramp.moving()) {
    std::fill_n(gain.begin(), frames, to_gain({level.ramp.target()[0]}).value);
    return;
  }
  level.ramp.fill(now, frames, {gain.data()});
  for (int i = 0; i < frames; ++i) gain[at(i)] = to_gain({gain[at(i)]}).value;
}

bool is_open(Ramp<1>& gate, Frames now) noexcept {
  gate.at(now);
  return !gate.moving() && gate.target()[0] == 1.0;
}

void multiply_by(Ramp<1>& gate, Frames now, int frames, Curve& gain) noexcept {
  if (is_open(gate, now)) return;
  Curve open;
  gate.fill(now, frames, {open.data()});
  for (int i = 0; i < frames; ++i) gain[at(i)] *= open[at(i)];
}

/// Shuts the return, then the send, and opens them again behind the ping: the return when the gear has been fed for as
/// long as it takes. So what is heard of the gear is never less than whole.
void begin_ping(HardwareLoopState& loop, Frames now) noexcept {
  loop.is_pinging = true;
  loop.ping_at = now + 2 * loop.fade + loop.quiet;
  const auto shut = [&](Ramp<1>& gate, Frames from, Frames until) {
    gate.call_off(now, now + 1);
    gate.go_to({0.0}, now, loop.fade, from - now);
    gate.go_to({1.0}, now, loop.fade, until - now);
  };
  shut(loop.return_open, now, loop.ping_end() + loop.fade + loop.latency);
  shut(loop.send_open, now + loop.fade, loop.ping_end());
}

void give_up_ping(HardwareLoopState& loop, Frames now) noexcept {
  loop.is_pinging = false;
  const auto open = [&](Ramp<1>& gate, Frames delay) {
    gate.call_off(now, now + 1);
    gate.go_to({1.0}, now, loop.fade, delay);
  };
  open(loop.send_open, 0);
  open(loop.return_open, loop.fade + loop.latency);
}

/// A chain on its way out leaves the ping to the one that comes.
void follow_button(HardwareLoopState& loop, bool is_pressed, Frames now) noexcept {
  const bool is_going = loop.presence.target()[0] == 0.0;
  if (loop.is_pinging && (!is_pressed || is_going)) give_up_ping(loop, now);
  if (is_pressed && !loop.was_pressed) {
    // What control has not read yet must stay: the press waits.
    if (is_going || loop.has_answer || !loop.is_read.load(std::memory_order_acquire)) return;
    begin_ping(loop, now);
  }
  loop.was_pressed = is_pressed;
}

void add_ping(HardwareLoopState& loop, Frames now, int frames) noexcept {
  static constexpr auto kSigns = ping_signs();
  const Frames from = std::max(now, loop.ping_at);
  const Frames to = std::min(now + frames, loop.ping_at + loop.ping_frames());
  for (Frames f = from; f < to; ++f) {
    const double x = kPingLevel * static_cast<double>(kSigns[size((f - loop.ping_at) / loop.chip)]);
    for (std::size_t side = 0; side < 2; ++side)
      if (loop.send[side] >= 0) loop.out[side][size(f - now)] += x;
  }
}

/// The device's samples of a return from this slice's first frame on; null: there are none.
const float* samples_of(const DeviceInputs& inputs, int channel) noexcept {
  const auto place = static_cast<std::size_t>(channel);
  if (channel < 0 || place >= inputs.channels.size() || inputs.channels[place] == nullptr) return nullptr;
  return inputs.channels[place] + inputs.offset;
}

/// Not a number fails every comparison.
float number_or_silence(float x) noexcept { return std::fabs(x) <= std::numeric_limits<float>::max() ? x : 0.0f; }

void hear_ping(HardwareLoopState& loop, const float* back, Frames now, int frames) noexcept {
  const Frames from = std::max(now, loop.ping_at), to = std::min(now + frames, loop.ping_end());
  for (Frames f = from; f < to; ++f)
    loop.heard[size(f - loop.ping_at)] = back == nullptr ? 0.0f : number_or_silence(back[f - now]);
  if (to < loop.ping_end() || to <= from) return;
  loop.is_pinging = false;
  loop.has_answer = true;
  loop.is_read.store(false, std::memory_order_relaxed);  // the event that tells of it publishes it
}

/// All that the insert names is there.
bool is_wired(const HardwareLoopState& loop, const DeviceChannels& device) noexcept {
  for (const int channel : loop.send)
    if (device.outputs > 0 && channel >= static_cast<int>(device.outputs)) return false;
  for (const int channel : loop.back)
    if (channel >= 0 && samples_of(device.inputs, channel) == nullptr) return false;
  return loop.back[0] >= 0 || loop.back[1] >= 0;
}

}  // namespace

void send_to_gear(InsertState& insert, const AudioBlock& in, Frames now) noexcept {
  HardwareLoopState& loop = *insert.hardware;
  const int frames = in.frames();
  loop.presence.at(now);
  follow_button(loop, insert.values[hardware::kPing] > 0.5f, now);
  Curve gain;
  fill_gain(insert.params[hardware::kSendDb], now, frames, gain);
  multiply_by(loop.presence, now, frames, gain);
  multiply_by(loop.send_open, now, frames, gain);
  const float* left = in.channel(0).data();
  const float* right = in.channels() > 1 ? in.channel(1).data() : left;
  const bool is_pair = loop.send[0] >= 0 && loop.send[1] >= 0;
  for (std::size_t side = 0; side < 2; ++side) {
    if (loop.send[side] < 0) continue;
    const float* a = is_pair && side == 1 ? right : left;
    const float* b = is_pair && side == 0 ? left : right;
    for (int i = 0; i < frames; ++i)
      loop.out[side][at(i)] = 0.5 * gain[at(i)] * (static_cast<double>(a[i]) + static_cast<double>(b[i]));
  }
  if (loop.is_pinging) add_ping(loop, now, frames);
}

void take_from_gear(InsertState& insert, const DeviceChannels& device, const AudioBlock& dry, double dry_gain,
                    const AudioBlock& signal, Frames now) noexcept {
  HardwareLoopState& loop = *insert.hardware;
  const int frames = signal.frames();
  const float* left = samples_of(device.inputs, loop.back[0]);
  const float* right = samples_of(device.inputs, loop.back[1]);
  if (loop.is_pinging) hear_ping(loop, left != nullptr ? left : right, now, frames);
  Curve gain, open;
  fill_gain(insert.params[hardware::kReturnDb], now, frames, gain);
  const bool is_there = is_wired(loop, device), is_whole = is_open(loop.return_open, now);
  if (!is_whole) loop.return_open.fill(now, frames, {open.data()});
  if (left == nullptr) left = right;
  if (right == nullptr) right = left;
  const double factor = dry.channels() < signal.channels() ? dry_gain : 1.0;
  for (int c = 0; c < signal.channels(); ++c) {
    const float* in = dry.channel(std::min(c, dry.channels() - 1)).data();
    float* out = signal.channel(c).data();
    if (!is_there) {
      for (int i = 0; i < frames; ++i) out[i] = static_cast<float>(factor * static_cast<double>(in[i]));
      continue;
    }
    // Two returns of a strip that is mono, since the insert is bypassed and fades out, are heard in the middle.
    const float* a = signal.channels() > 1 && c == 1 ? right : left;
    const float* b = signal.channels() > 1 && c == 0 ? left : right;
    Curve wet;
    for (int i = 0; i < frames; ++i)
      wet[at(i)] = 0.5 * gain[at(i)] *
                   (static_cast<double>(number_or_silence(a[i])) + static_cast<double>(number_or_silence(b[i])));
    for (int i = 0; i < frames && !is_whole; ++i)
      wet[at(i)] = (1.0 - open[at(i)]) * factor * static_cast<double>(in[i]) + open[at(i)] * wet[at(i)];
    for (int i = 0; i < frames; ++i) out[i] = static_cast<float>(wet[at(i)]);
  }
}

}  // namespace busbar
