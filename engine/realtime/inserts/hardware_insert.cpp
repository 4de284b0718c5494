#include "engine/realtime/inserts/hardware_insert.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/delay_line.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/scratch.hpp"

namespace busbar {

namespace {

using namespace hardware;

constexpr ParamSpec channel_param(ParamIndex index, std::string_view key, std::string_view label) {
  return {.index = index,
          .key = key,
          .label = label,
          .min = 0.0f,
          .max = kMostChannels,
          .start = 0.0f,
          .travel = Travel::plan,
          .whole = true};
}

constexpr ParamSpec level_param(ParamIndex index, std::string_view key, std::string_view label) {
  return {.index = index,
          .key = key,
          .label = label,
          .unit = Unit::decibels,
          .min = -60.0f,
          .max = 24.0f,
          .start = 0.0f,
          .travel = Travel::frame};
}

/// Outboard gear as an insert: out of the interface, through the gear, and back in. The engine does that
/// (path/35_hardware_loop.hpp); what runs here is what is heard where there is no hardware.
/// Shape   io is [channels][frames], in place; two returns make a mono strip stereo
/// Units   channels as printed on the interface, 0 for none; levels in dB; latency in frames
/// State   the input of as many frames as the latency has
/// Errors  none; every bit of the input comes out, late by the latency
/// Source  out(t) = in(t - latency)
struct HardwareInsert {
  static constexpr auto kParams = std::to_array<ParamSpec>({
      channel_param(kSendLeft, "send_left", "Send L"),
      channel_param(kSendRight, "send_right", "Send R"),
      channel_param(kReturnLeft, "return_left", "Return L"),
      channel_param(kReturnRight, "return_right", "Return R"),
      level_param(kSendDb, "send_db", "Send"),
      level_param(kReturnDb, "return_db", "Return"),
      {.index = kLatencySamples,
       .key = "latency_samples",
       .label = "Latency",
       .unit = Unit::frames,
       .min = 0.0f,
       .max = kLongestLatency,
       .start = 0.0f,
       .travel = Travel::plan,
       .whole = true},
      {.index = kPing, .key = "ping", .label = "Ping", .kind = ParamKind::flag, .travel = Travel::jump},
  });

  std::array<DelayLine<float>, 2> lines;
  int channels = 2;  // of the input
  Frames delay = 0;

  void prepare(const PrepareArgs& args) {
    channels = args.channels;
    delay = latency(args.params, args.sample_rate);
    const std::size_t memory = delay == 0 ? 0 : std::bit_ceil(static_cast<std::size_t>(delay) + kSlice);
    for (int c = 0; c < channels && memory > 0; ++c) lines[at(c)].lend(args.memory.take<float>(memory));
  }

  void reset() noexcept {
    for (DelayLine<float>& line : lines) line.clear();
  }

  void take_over(const HardwareInsert& other) noexcept {
    for (int c = 0; c < channels && delay > 0; ++c) lines[at(c)].take_over(other.lines[at(c)]);
  }

  void process(const ProcessArgs& args) noexcept {
    const AudioBlock& io = args.io;
    for (int c = 0; c < channels && delay > 0; ++c)
      for (int done = 0; done < io.frames(); done += kSlice) {
        const auto samples = io.part(done, std::min(kSlice, io.frames() - done)).channel(c);
        lines[at(c)].write(samples);
        lines[at(c)].read(delay, samples);
      }
    if (io.channels() > channels) std::ranges::copy(io.channel(0), io.channel(1).begin());
  }

  static Frames latency(std::span<const float> params, double) noexcept {
    return static_cast<Frames>(params[kLatencySamples]);
  }
  static Frames tail(std::span<const float> params, double rate) noexcept { return latency(params, rate); }
  static int out_channels(int channels, std::span<const float> params) noexcept {
    return is_split(params) ? 2 : channels;
  }

 private:
  static std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }
  static bool is_split(std::span<const float> params) noexcept {
    return params[kReturnLeft] > 0.0f && params[kReturnRight] > 0.0f;
  }
};

}  // namespace

InsertType hardware_insert() { return insert_type<HardwareInsert>(kHardwareInsert, "Hardware insert"); }

}  // namespace busbar
