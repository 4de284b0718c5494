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

namespace busbar {

/// Where a clip's gain holds on the time line of its lane: [start, end), rising, without overlap.
struct ClipGain {
  Frames start;
  Frames end;
  double gain;
};

/// Clips of a track that do not overlap, streamed by a reader thread.
struct Lane {
  std::shared_ptr<SourceFeed> feed;
  std::vector<ClipGain> clips;
};

/// A track's files. Overlapping clips sit on lanes of their own and add up in 64 bit.
struct FileSource {
  std::vector<Lane> lanes;
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

/// A test signal. Its frame is the engine's plus where the session began, so a sine and white noise are the same from
/// any start; the filter of pink noise starts cold.
struct ToneSourceState {
  enum class Wave : std::uint8_t { sine, pink, white } wave = Wave::sine;
  double cycles_per_frame = 0.0;
  double amplitude = 1.0;  ///< peak of a sine, RMS of a noise
  std::uint64_t seed = 0;
  PinkFilter pink;
};

/// Hardware inputs, counted from 0.
struct InputSourceState {
  std::array<int, 2> channels{};
};

/// The transport as the sources see it: whether files roll, and from where.
struct TransportState {
  Frames session_start = 0;  ///< session time of engine frame 0
  Ramp<1> gate;              ///< 1 rolling, 0 stopped
};

struct SourceState {
  enum class Kind : std::uint8_t { none, file, tone, input } kind = Kind::none;
  int channels = 1;
  /// Files and test signals stop with the transport; what comes in from outside does not.
  bool follows_transport() const noexcept { return kind == Kind::file || kind == Kind::tone; }

  FileSource file;
  ToneSourceState tone;
  InputSourceState input;
};

/// What a device brings in, from its frame `offset` on.
struct DeviceInputs {
  std::span<const float* const> channels;
  int offset = 0;
};

/// What reading a source found.
struct SourceReport {
  int bad_frame = -1;    ///< the first sample that was NaN or infinite and became 0
  bool starved = false;  ///< a file's data was late; the rest is silence
};

/// Writes the frames [now, now + frames) of a source to `out`, in 64 bit. `gate` is one gain per frame for what
/// follows the transport, or empty when that simply rolls; a stopped source is not asked.
SourceReport read_source(SourceState& source, const TransportState& transport, std::span<const double> gate,
                         const DeviceInputs& inputs, Frames now, int frames, StereoScratch& out) noexcept;

}  // namespace busbar
