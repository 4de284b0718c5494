#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/units.hpp"
#include "engine/handover/source_feed.hpp"
#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/scratch.hpp"
#include "engine/realtime/transport.hpp"

namespace busbar {

/// Where a clip's gain holds on the time line of its lane: [start, end), rising, without overlap.
struct ClipGain {
  Frames start;
  Frames end;
  double gain;
};

/// Clips of a track that do not overlap, streamed by a reader thread: a feed for each reel. Control exchanges the feeds
/// of reels that audio does not play.
struct Lane {
  std::array<std::shared_ptr<SourceFeed>, kReels> feeds;
  std::vector<ClipGain> clips;
};

/// Whether a track's data comes in time. A track that is about to run dry fades out with what it has, keeps to time
/// unheard, and fades in again where it would have been, once there is enough.
struct TrackHealth {
  enum class Phase : std::uint8_t { there, leaving, away } phase = Phase::there;
  std::uint32_t turn = 0;  ///< of the reel it is about
  Ramp<1> gate;
};

/// A track's files. Overlapping clips sit on lanes of their own and add up in 64 bit.
struct FileSource {
  std::vector<Lane> lanes;
  std::array<Frames, kReels> begins{};  ///< session frame at which the feeds of each reel begin
  std::array<TrackHealth, kReels> health;
  std::uint32_t first_turn = 0;    ///< of the first reel it is heard in; 0: it was not heard yet
  std::uint32_t stalled_turn = 0;  ///< of the reel that is to be treated as late, see `stall`; 0: none
  Frames stall_fade = 0;
};

/// White noise in, pink out: first-order sections with poles and zeros evenly spaced in log frequency from 5 Hz to
/// 20 kHz, which follows -3 dB an octave within 0.1 dB. Source: J. O. Smith, spectral tilt filters (PASP).
struct PinkFilter {
  static constexpr std::size_t kSections = 10;
  std::array<double, kSections> pole{}, zero{}, input{}, output{};
  double scale = 1.0;             ///< makes the RMS of the output that of the input
  void tune(double sample_rate);  ///< control side
  double next(double x) noexcept;
};

/// A test signal of session time: a sine and white noise are the same from any start. The filter of pink noise starts
/// cold with each start of the transport and goes on warm behind a jump.
struct ToneSourceState {
  enum class Wave : std::uint8_t { sine, pink, white } wave = Wave::sine;
  double cycles_per_frame = 0.0;
  double amplitude = 1.0;  ///< peak of a sine, RMS of a noise
  std::uint64_t seed = 0;
  std::array<PinkFilter, kReels> pink;
  std::array<std::uint32_t, kReels> turn{};  ///< of the reel that each filter is warm for
};

/// Hardware inputs, counted from 0.
struct InputSourceState {
  std::array<int, 2> channels{};
};

struct SourceState {
  enum class Kind : std::uint8_t { none, file, tone, input } kind = Kind::none;
  int channels = 1;
  FileSource file;
  ToneSourceState tone;
  InputSourceState input;
  Frames end = -1;  ///< control's: the session frame at which its last clip ends; negative: it has none
};

/// What a device brings in, from its frame `offset` on.
struct DeviceInputs {
  std::span<const float* const> channels;
  int offset = 0;
};

/// What reading a source found.
struct SourceReport {
  int bad_frame = -1;     ///< the first sample that was NaN or infinite and became 0
  bool starved = false;   ///< a file's data is late: the track fades out
  Frames leaving = 0;     ///< over so many frames
  bool rejoined = false;  ///< it is there again: the track fades in
};

/// From the next frame on the track is treated as if its data were late: it fades out over `fade` frames; negative: it
/// comes back. So a run in which that happened can be had again. Until the next jump.
void stall(SourceState& source, const TransportState& transport, Frames fade) noexcept;

/// Room to work in.
struct SourceScratch {
  StereoScratch& part;
  std::array<double, kSlice>& curve;
};

/// Writes the frames [now, now + frames) of a source to `out`, in 64 bit: all reels that sound, added up. `fade` is how
/// long a track takes to leave and to rejoin when its data is late, in frames.
SourceReport read_source(SourceState& source, const TransportState& transport, const DeviceInputs& inputs, Frames now,
                         int frames, Frames fade, const SourceScratch& scratch, StereoScratch& out) noexcept;

}  // namespace busbar
