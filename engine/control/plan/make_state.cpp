#include "engine/control/plan/make_state.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <utility>

#include "engine/realtime/inserts/hardware_insert.hpp"
#include "engine/realtime/kernels/targets.hpp"
#include "engine/realtime/path/30_insert_chain.hpp"
#include "engine/realtime/path/31_level_match.hpp"

namespace busbar {

namespace {

constexpr std::size_t kLine = 64;

std::shared_ptr<std::byte> zeroed(std::size_t bytes) {
  auto* memory = static_cast<std::byte*>(::operator new (bytes, std::align_val_t{kLine}));
  std::memset(memory, 0, bytes);  // touches every page, so that the audio thread never faults
  return {memory, [](std::byte* p) { ::operator delete (p, std::align_val_t{kLine}); }};
}

std::size_t round_up(std::size_t bytes, std::size_t align) { return (bytes + align - 1) / align * align; }

/// First pass: lends memory that is thrown away, and adds up what one block must hold.
struct Measuring {
  std::size_t total;
  std::vector<std::shared_ptr<std::byte>> lent;
  static std::byte* lend(void* owner, std::size_t bytes, std::size_t align) {
    auto& self = *static_cast<Measuring*>(owner);
    self.total = round_up(self.total, align) + bytes;
    self.lent.push_back(zeroed(bytes));
    return self.lent.back().get();
  }
};

/// Second pass: carves the one block.
struct Carving {
  std::byte* memory;
  std::size_t used;
  static std::byte* lend(void* owner, std::size_t bytes, std::size_t align) {
    auto& self = *static_cast<Carving*>(owner);
    const std::size_t at = round_up(self.used, align);
    self.used = at + bytes;
    return self.memory + at;
  }
};

std::size_t ring_size(Frames frames) { return std::bit_ceil(static_cast<std::size_t>(frames) + 1); }

}  // namespace

std::shared_ptr<InsertState> make_insert_state(const InsertType& type, std::span<const float> params, int channels,
                                               double sample_rate) {
  choose_kernels();
  auto state = std::make_shared<InsertState>();
  state->type = &type;
  state->values.assign(params.begin(), params.end());
  state->curve_memory.assign(params.size() * kSlice, 0.0f);
  state->curves.resize(params.size());
  for (std::size_t p = 0; p < params.size(); ++p) {
    ParamState& param = state->params.emplace_back();
    param.taper = type.params[p].taper;
    param.travel = type.params[p].travel;
    param.ramp.stand_at({to_taper(param.taper, params[p])});
  }
  const std::size_t instance_size = round_up(type.state_size, kLine);
  Measuring measuring{.total = instance_size, .lent = {zeroed(instance_size)}};
  Arena first(Measuring::lend, &measuring);
  type.construct(measuring.lent.front().get());
  type.prepare(measuring.lent.front().get(), {sample_rate, channels, state->values, first});

  state->opening = to_frames(kMoveSeconds, sample_rate);
  state->memory = zeroed(measuring.total);
  state->instance = state->memory.get();
  Carving carving{state->memory.get(), instance_size};
  Arena second(Carving::lend, &carving);
  type.construct(state->instance);
  type.prepare(state->instance, {sample_rate, channels, state->values, second});
  if (type.key == kHardwareInsert) state->hardware = make_hardware_loop(params, sample_rate);
  return state;
}

std::unique_ptr<HardwareLoopState> make_hardware_loop(std::span<const float> params, double sample_rate) {
  auto loop = std::make_unique<HardwareLoopState>();
  const auto channel = [&](ParamIndex index) { return static_cast<int>(params[index]) - 1; };
  loop->send = {channel(hardware::kSendLeft), channel(hardware::kSendRight)};
  loop->back = {channel(hardware::kReturnLeft), channel(hardware::kReturnRight)};
  for (Ramp<1>* gate : {&loop->presence, &loop->send_open, &loop->return_open}) gate->stand_at({1.0});
  loop->latency = static_cast<Frames>(params[hardware::kLatencySamples]);
  loop->fade = std::max<Frames>(1, to_frames(kMoveSeconds, sample_rate));
  loop->quiet = to_frames(kPingQuietSeconds, sample_rate);
  loop->chip = std::max(1, static_cast<int>(std::lround(sample_rate / 48000.0)));
  const Frames longest = std::min(to_frames(kPingLongestSeconds, sample_rate), Frames{96000});
  loop->heard.assign(static_cast<std::size_t>(longest + loop->ping_frames()), 0.0f);
  return loop;
}

std::shared_ptr<MatchState> make_match_state(double sample_rate) {
  auto state = std::make_shared<MatchState>();
  state->loudness.prepare(sample_rate);
  state->loudness.restart(1.0, LevelMatch::Start::unknown);
  state->limit.prepare(sample_rate);
  state->presence.stand_at({1.0});
  state->gain.stand_at({1.0});
  return state;
}

std::shared_ptr<PathDelayState> make_path_delay(Frames frames) {
  auto state = std::make_shared<PathDelayState>();
  const std::size_t size = ring_size(frames);
  state->memory.assign(2 * size, 0.0);
  for (std::size_t c = 0; c < 2; ++c) state->channel[c].lend({state->memory.data() + c * size, size}, frames);
  return state;
}

std::shared_ptr<SignalDelayState> make_signal_delay(Frames frames, int channels) {
  auto state = std::make_shared<SignalDelayState>();
  const std::size_t size = ring_size(frames);
  state->memory.assign(static_cast<std::size_t>(channels) * size, 0.0f);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c)
    state->channel[c].lend({state->memory.data() + c * size, size}, frames);
  return state;
}

}  // namespace busbar
