#pragma once
#include <array>
#include <bitset>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "engine/core/units.hpp"
#include "engine/handover/meter_board.hpp"
#include "engine/realtime/dsp/delay.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/staged_ramp.hpp"
#include "engine/realtime/insert.hpp"
#include "engine/realtime/path/10_source.hpp"
#include "engine/realtime/path/35_hardware_loop.hpp"
#include "engine/realtime/scratch.hpp"

namespace busbar {

// ---- State: made by control, moved on by audio, shared by all plans that name it ---------------------------------

/// Trim and polarity as one gain.
struct TrimState {
  Ramp<1> gain;
  StagedRamp staged;           ///< ln of what the gain is times too high
  Ramp<1> presence;            ///< 1, but for the source of a strip that comes or goes
  bool told_of_fault = false;  ///< each strip is reported once
  Frames filled_at = 0;        ///< since when the strip's signal is whole: what is new in it has filled up
};

/// The gains of one way out of a strip, and of its switch. Out = matrix · in, as
/// { left from left, left from right, right from left, right from right }; a mono strip uses the "from left" ones.
struct PathState {
  Ramp<4> matrix;
  Ramp<1> gate;
  StagedRamp staged;  ///< ln of what the gains are times too high
  Ramp<1> presence;   ///< 1, but for a way that comes or goes; acts behind the compensation
  Ramp<1> share;      ///< what it tells of its strip to meter and captures while others tell the rest
};

/// Compensation in 64 bit, behind the gains, so that moves stay aligned with what they move.
struct PathDelayState {
  std::array<Delay<double>, 2> channel;
  std::vector<double> memory;
};

struct SignalDelayState {
  std::array<Delay<float>, 2> channel;
  std::vector<float> memory;
};

/// Silences a strip after one of its inserts put out a non-finite sample: 240 frames of nothing, 240 of rising.
struct GuardState {
  static constexpr Frames kFrames = 240;
  Frames since = std::numeric_limits<Frames>::min() / 2;
  Ramp<1> panic;  ///< goes to 0 and comes back
  bool active(Frames now) const noexcept {
    return now - since < 2 * kFrames || panic.moving() || panic.target()[0] != 1.0;
  }
  double gain(Frames now) noexcept {
    const Frames age = now - since;
    const double open = panic.at(now)[0];
    if (age >= 2 * kFrames) return open;
    return age < kFrames ? 0.0 : open * static_cast<double>(age - kFrames) / static_cast<double>(kFrames);
  }
};

/// The frames of a slice at which inserts of one strip put out a non-finite sample.
using FaultFrames = std::bitset<kSlice>;

/// A parameter on its way, in its taper's domain (the logarithm for Taper::log).
struct ParamState {
  Ramp<1> ramp;
  StagedRamp staged;  ///< is added
  Taper taper = Taper::linear;
  Travel travel = Travel::grid;
};

struct MatchState;  // path/31_level_match.hpp

struct InsertState {
  const InsertType* type = nullptr;
  void* instance = nullptr;
  std::shared_ptr<std::byte> memory;  // the instance and what its arena lent it
  Ramp<1> blend;                      // 0 bypassed or dry … 1 wet; of a matched one its mix, see 31_level_match.hpp
  Ramp<1> turned;                     // of one that turns phases: 0 its dry part is plain … 1 turned alike
  Ramp<1> entry;                      // of its input: 1, but for one that lingers and has just begun (anew)
  Frames opening = 960;               // how long that takes where no edit says
  bool has_run = false;
  std::vector<ParamState> params;
  std::vector<float> values;                   // handed to `process`
  std::vector<float> curve_memory;             // [param][kSlice]
  std::vector<std::span<const float>> curves;  // by parameter; empty where it stands
  bool params_moving = false;
  Frames suspended_until = std::numeric_limits<Frames>::min();
  std::shared_ptr<MatchState> match;            // none: its level is its own
  std::unique_ptr<HardwareLoopState> hardware;  // none: it is a processor of ours
  bool has_latency = false;  ///< it then runs while bypassed too: what it owes must be there when it comes back
};

struct MeterState {
  MeterReading reading;
  /// Peaks of the window that runs and of the one before it, by channel; together they are `reading.recent`.
  std::array<double, 2> running{}, before{};
  Frames window_end = 0;
};

/// How the guard against direct current follows a signal of one sample rate; worked out by control.
struct DcGuardTuning {
  double follow = 0.0;  ///< of each of the two low-passes, per frame
  Frames patience = 0;  ///< before it acts and before it lets go
};

/// Watches a hardware channel for direct current, see 95_output_guard.hpp.
struct OutputGuardState {
  std::array<double, 2> slow{};  ///< two low-passes in a row, at a fraction of a hertz
  Frames beyond = 0;             ///< for how long there has been too much, or none while the guard acts
  Ramp<1> share;                 ///< 0 passes … 1 takes out all that is slow
  Frames quiet_until = 0;        ///< no word about the ceiling before
};

/// Keeps a copy of what passes, for a file: one block, in 64 bit.
struct CaptureState {
  std::vector<double> left, right;
};

// ---- The plan: what to run, in order ------------------------------------------------------------------------------

using BufferIndex = std::int32_t;  ///< a stereo buffer of kSlice floats a channel
inline constexpr BufferIndex kNoBuffer = -1;

/// One way from a tap to a sum. Evaluated once a slice, where it is summed (or handed to nobody).
struct PathStep {
  BufferIndex buffer = kNoBuffer;
  int channels = 2;  ///< of the tap
  PathState* gains = nullptr;
  PathDelayState* delay = nullptr;
  MeterState* meter = nullptr;       ///< the strip's own meter, on the way to its output
  CaptureState* handed = nullptr;    ///< as the strip hands it to its output
  CaptureState* arriving = nullptr;  ///< as it arrives at the sum, compensated
  bool hands_share = false;          ///< meter and `handed` get what its share lets through: other ways have the rest
  bool counts_frames = true;         ///< one of the ways that share a meter counts for all
};

/// A side chain, or an insert that waits for one.
struct InsertStep {
  InsertState* insert = nullptr;
  int in_channels = 2;
  int out_channels = 2;
  bool passes = false;  ///< never runs: bypassed, and there is no room for the channels it would put out
  BufferIndex key = kNoBuffer;
  int key_channels = 0;
  SignalDelayState* key_delay = nullptr;
  SignalDelayState* wait = nullptr;       ///< the insert's input waits for a later key
  SignalDelayState* dry_delay = nullptr;  ///< keeps dry and wet, or bypassed and not, at the same time
  double dry_to_stereo = 1.0;             ///< centre gain of the pan law, for a mono-to-stereo insert's dry part
  std::uint32_t slot = 0;
};

/// One side of a path that goes to one hardware channel.
struct HardwareSum {
  std::size_t channel = 0;  ///< counted from 0
  int side = 0;             ///< 0: the path's left, 1: its right
  std::size_t path = 0;     ///< counted among the plan's hardware paths
};

/// What a hardware insert sends to one hardware channel, in each slice.
struct HardwareSend {
  std::size_t channel = 0;  ///< counted from 0
  const double* signal = nullptr;
};

/// What the last stage before a hardware channel does.
struct HardwareOutput {
  std::size_t channel = 0;  ///< counted from 0
  float ceiling = 1.0f;     ///< no sample is larger
  OutputGuardState* guard = nullptr;
};

struct Step {
  enum class Kind : std::uint8_t { source, sum, copy, insert, guard, hand_on, hardware };
  Kind kind = Kind::source;
  std::uint32_t strip = 0;         ///< its number in the meter board
  BufferIndex buffer = kNoBuffer;  ///< where the strip's signal is
  BufferIndex from = kNoBuffer;    ///< copy: what is copied
  int channels = 2;
  std::uint32_t first = 0, count = 0;  ///< sum, hand_on, hardware: paths; insert: number of its InsertStep
  SourceState* source = nullptr;
  TrimState* trim = nullptr;
  GuardState* guard = nullptr;
};

/// Where a slot's changes go; one of the pointers is set.
struct SlotTarget {
  /// A way on its way out beside the one that took its place.
  struct Leaving {
    PathState* path = nullptr;
    bool has_same_channels = true;  ///< else the gains of the new one are none for it
  };
  PathState* path = nullptr;
  std::vector<Leaving> leaving;  ///< however slow, they are muted and turned down with it
  TrimState* trim = nullptr;
  SourceState* source = nullptr;  ///< beside a track's trim
  InsertState* insert = nullptr;
};

/// A way or a source that begins to come or to go when a plan is taken over, or `delay` frames later.
struct Fade {
  Ramp<1>* presence = nullptr;
  double target = 1.0;
  Frames delay = 0;
  bool is_at_once = false;  ///< begins when the plan is taken over, whatever must fill up
  Frames length = 0;        ///< 0: as all of the plan
};

/// What a new state learns from one that goes on sounding beside it for a while. One pair of pointers is set.
struct Succession {
  const InsertState* insert = nullptr;
  InsertState* new_insert = nullptr;
  const SignalDelayState* delay = nullptr;
  SignalDelayState* new_delay = nullptr;
  const PathState* path = nullptr;  ///< its gains; not its presence
  PathState* new_path = nullptr;
  const GuardState* guard = nullptr;
  GuardState* new_guard = nullptr;
  const TrimState* trim = nullptr;  ///< its gain; not its presence
  TrimState* new_trim = nullptr;
};

/// What the audio thread runs: the session compiled to an ordered list of steps. Immutable once posted, but for its
/// scratch memory; built and freed on the control side.
struct RenderPlan {
  std::uint64_t generation = 0;
  Frames at = 0;          ///< engine frame at which it is taken over; a past one means the first that can be
  Frames rest = 0;        ///< frames that must have passed since the plan before it was taken over
  Frames fade_delay = 0;  ///< frames until `fades` begin: what is new has filled up by then
  Frames fade_length = 960;
  std::vector<Fade> fades;
  std::vector<Succession> successions;
  std::vector<const TrimState*> waits_for;  ///< of strips that new ways lead from: the fades wait until they are filled
  std::vector<TrimState*> fills;            ///< of strips that are filled when the fades begin, and not before
  double sample_rate = 48000.0;
  Frames fade = 960;  ///< of a track whose data is late, and of jumps that audio makes by itself
  DcGuardTuning dc_guard;
  std::vector<Step> steps;
  std::vector<PathStep> paths;
  std::vector<InsertStep> inserts;
  std::vector<HardwareSum> hardware;                          ///< in order of channel, then of strip id
  std::vector<HardwareSend> sends;                            ///< of hardware inserts, in order of channel
  std::vector<HardwareOutput> outputs;                        ///< in order of channel
  std::vector<std::pair<std::uint32_t, MeterState*>> meters;  ///< number of the strip, as in the meter board
  std::vector<CaptureState*> captures;
  std::vector<SlotTarget> slots;  ///< by slot number; empty where the plan has no such state
  std::vector<std::shared_ptr<void>> keeps_alive;

  std::vector<float> buffer_memory;
  AudioBlock buffer(BufferIndex index, int channels, int frames) noexcept {
    float* left = buffer_memory.data() + static_cast<std::size_t>(index) * 2 * kSlice;
    return {left, left + kSlice, channels, frames};
  }

  struct Scratch {
    StereoScratch sum, path;  // `path` is also what one reel of a source adds
    StereoScratch share;      // what a presence or a share lets through
    std::array<double, kSlice> presence;
    std::array<std::array<double, kSlice>, 5> curves;
    std::array<std::array<float, kSlice>, 2> dry, turned, key;
    std::vector<StereoScratch> hardware;  // one per hardware path
    FaultFrames faults;                   // of the strip that runs
  };
  std::unique_ptr<Scratch> scratch;
};

}  // namespace busbar
