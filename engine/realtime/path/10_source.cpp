#include "engine/realtime/path/10_source.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/realtime/dsp/finite.hpp"

namespace busbar {

namespace {

/// A well mixed number of a counter (splitmix64), so that a noise needs no memory of where it was.
double uniform(std::uint64_t n) noexcept {
  n += 0x9e3779b97f4a7c15u;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
  n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
  n ^= n >> 31;
  return static_cast<double>(static_cast<std::int64_t>(n)) * 0x1p-63;
}

/// Adds gain · samples of one contiguous stretch; returns the first bad frame of it, or -1.
int add_stretch(const AudioBlock& block, double gain, int offset, int first, int count, StereoScratch& out) noexcept {
  int bad = -1;
  for (int c = 0; c < block.channels(); ++c) {
    float* in = block.channel(c).data() + first;
    double* sum = out.channel(c) + offset + first;
    bad = first_of(bad, silence_non_finite(in, count));
    for (int i = 0; i < count; ++i) sum[i] += gain * static_cast<double>(in[i]);
  }
  return bad;
}

/// Adds the clips of a lane that fall into [at, at + block.frames()) of the session's time.
int add_clips(const Lane& lane, const AudioBlock& block, Frames at, int offset, StereoScratch& out) noexcept {
  int bad = -1;
  const Frames end = at + block.frames();
  auto clip = std::ranges::lower_bound(lane.clips, at + 1, {}, &ClipGain::end);
  for (; clip != lane.clips.end() && clip->start < end; ++clip) {
    const Frames from = std::max(at, clip->start);
    const Frames to = std::min(end, clip->end);
    const int first = static_cast<int>(from - at);
    const int found = add_stretch(block, clip->gain, offset, first, static_cast<int>(to - from), out);
    if (found >= 0) bad = first_of(bad, offset + first + found);
  }
  return bad;
}

SourceReport read_lane(const Lane& lane, Frames session_frame, int frames, StereoScratch& out) noexcept {
  SourceReport report;
  int done = 0;
  while (done < frames) {
    const AudioBlock block = lane.feed->front(frames - done);
    if (block.frames() == 0) {
      report.starved = true;
      break;
    }
    report.bad_frame = first_of(report.bad_frame, add_clips(lane, block, session_frame + done, done, out));
    lane.feed->consume(block.frames());
    done += block.frames();
  }
  return report;
}

void read_tone(ToneSourceState& tone, Frames frame, int frames, double* out) noexcept {
  for (int i = 0; i < frames; ++i) {
    const auto n = static_cast<double>(frame + i);
    if (tone.wave == ToneSourceState::Wave::sine) {
      const double cycles = tone.cycles_per_frame * n;
      out[i] = tone.amplitude * std::sin(2.0 * std::numbers::pi * (cycles - std::floor(cycles)));
      continue;
    }
    // Uniform noise has an RMS of 1/√3 of its peak.
    const double white = std::numbers::sqrt3 * uniform(tone.seed + static_cast<std::uint64_t>(frame + i));
    out[i] = tone.amplitude * (tone.wave == ToneSourceState::Wave::pink ? tone.pink.next(white) : white);
  }
}

int read_inputs(const InputSourceState& input, int channels, const DeviceInputs& device, int frames,
                StereoScratch& out) noexcept {
  int bad = -1;
  for (int c = 0; c < channels; ++c) {
    const auto channel = static_cast<std::size_t>(input.channels[static_cast<std::size_t>(c)]);
    if (channel >= device.channels.size() || device.channels[channel] == nullptr) continue;
    for (int i = 0; i < frames; ++i) {
      const float x = device.channels[channel][device.offset + i];
      if (!std::isfinite(x)) bad = first_of(bad, i);
      out.channel(c)[i] = std::isfinite(x) ? static_cast<double>(x) : 0.0;
    }
  }
  return bad;
}

}  // namespace

void PinkFilter::tune(double sample_rate) {
  *this = {};
  constexpr double kLowest = 5.0;
  const double spacing = std::pow(20000.0 / kLowest, 1.0 / kSections);
  for (std::size_t s = 0; s < kSections; ++s) {
    const double radians = 2.0 * std::numbers::pi * kLowest * std::pow(spacing, static_cast<double>(s)) / sample_rate;
    pole[s] = std::exp(-radians);
    zero[s] = std::exp(-radians * std::sqrt(spacing));
  }
  double energy = 0.0;  // of the impulse response, which is the gain of white noise's power
  double x = 1.0;
  for (int i = 0; i < static_cast<int>(sample_rate); ++i, x = 0.0) energy += std::pow(next(x), 2);
  scale = 1.0 / std::sqrt(energy);
  input.fill(0.0);
  output.fill(0.0);
}

double PinkFilter::next(double x) noexcept {
  for (std::size_t s = 0; s < kSections; ++s) {
    const double y = x - zero[s] * input[s] + pole[s] * output[s];
    input[s] = x;
    output[s] = y;
    x = y;
  }
  return scale * x;
}

SourceReport read_source(SourceState& source, const TransportState& transport, std::span<const double> gate,
                         const DeviceInputs& inputs, Frames now, int frames, StereoScratch& out) noexcept {
  SourceReport report;
  for (int c = 0; c < source.channels; ++c) std::fill_n(out.channel(c), frames, 0.0);
  const Frames session_frame = transport.session_start + now;
  switch (source.kind) {
    case SourceState::Kind::none:
      break;
    case SourceState::Kind::tone:
      read_tone(source.tone, session_frame, frames, out.left.data());
      break;
    case SourceState::Kind::input:
      report.bad_frame = read_inputs(source.input, source.channels, inputs, frames, out);
      break;
    case SourceState::Kind::file:
      for (const Lane& lane : source.file.lanes) {
        const SourceReport lane_report = read_lane(lane, session_frame, frames, out);
        report.bad_frame = first_of(report.bad_frame, lane_report.bad_frame);
        report.starved |= lane_report.starved;
      }
      break;
  }
  for (int c = 0; c < source.channels && !gate.empty(); ++c)
    for (int i = 0; i < frames; ++i) out.channel(c)[i] *= gate[static_cast<std::size_t>(i)];
  return report;
}

}  // namespace busbar
