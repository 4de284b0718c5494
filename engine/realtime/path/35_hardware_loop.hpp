#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/core/audio_block.hpp"
#include "engine/core/units.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/path/10_source.hpp"
#include "engine/realtime/scratch.hpp"

namespace busbar {

struct InsertState;

/// The ping: a maximum-length sequence, since its correlation with itself is one sharp peak, and since a sequence of
/// two values survives ceilings and compressors. Each value is held for a frame per 48 kHz, so that the ping's sound is
/// where converters and gear pass it.
inline constexpr int kPingChips = 255;
inline constexpr double kPingLevel = 0.25;          ///< -12 dBFS
inline constexpr double kPingQuietSeconds = 0.1;    ///< before it, for what rings in the gear
inline constexpr double kPingLongestSeconds = 1.0;  ///< for it to come back

/// +1 and -1. x^8 + x^6 + x^5 + x^4 + 1.
constexpr std::array<std::int8_t, kPingChips> ping_signs() noexcept {
  std::array<std::int8_t, kPingChips> signs{};
  unsigned state = 1;
  for (std::int8_t& sign : signs) {
    sign = (state & 1U) != 0 ? std::int8_t{1} : std::int8_t{-1};
    const unsigned bit = (state ^ (state >> 2U) ^ (state >> 3U) ^ (state >> 4U)) & 1U;
    state = (state >> 1U) | (bit << 7U);
  }
  return signs;
}

/// What a hardware insert has of the interface. `Send` leaves, `back` returns; both counted from 0, negative: none.
struct HardwareLoopState {
  std::array<int, 2> send{-1, -1}, back{-1, -1};
  Ramp<1> presence;                                 ///< of its send: 1, but for a chain that comes or goes
  std::array<std::array<double, kSlice>, 2> out{};  ///< what it sends in this slice

  // The ping: the send is closed, the return unheard, and what comes back is kept. Audio thread but for the last.
  Ramp<1> send_open, return_open;
  Frames fade = 960;    ///< of the two
  Frames latency = 0;   ///< as declared: what was sent last comes back so much later
  Frames quiet = 4800;  ///< before the ping
  int chip = 1;         ///< frames for which a value of the sequence is held
  bool was_pressed = false;
  bool is_pinging = false;
  bool has_answer = false;          ///< to be told to control
  Frames ping_at = 0;               ///< its first frame
  std::vector<float> heard;         ///< what came back from that frame on
  std::atomic<bool> is_read{true};  ///< control has done with `heard`

  Frames ping_frames() const noexcept { return Frames{kPingChips} * chip; }
  Frames ping_end() const noexcept { return ping_at + static_cast<Frames>(heard.size()); }
};

/// A device's channels in a slice. No outputs at all: nobody listens, as in a render.
struct DeviceChannels {
  DeviceInputs inputs;
  std::size_t outputs = 0;
};

/// Works out what an insert sends in this slice, bypassed or not, so that the gear never jumps. Audio thread.
void send_to_gear(InsertState& insert, const AudioBlock& in, Frames now) noexcept;

/// Writes what comes back to `signal`; where there is no hardware `dry`, which is the input late by the latency, at
/// `dry_gain` if that is mono and `signal` is not. What is not a number becomes silence. Audio thread.
void take_from_gear(InsertState& insert, const DeviceChannels& device, const AudioBlock& dry, double dry_gain,
                    const AudioBlock& signal, Frames now) noexcept;

}  // namespace busbar
