#include "engine/realtime/path/10_source.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
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

/// Adds what a lane has for these frames and goes on by all of them. Returns the first bad frame, or -1.
int read_lane(const Lane& lane, SourceFeed& feed, Frames session_frame, int frames, StereoScratch& out) noexcept {
  int bad = -1;
  int done = 0;
  while (done < frames) {
    const AudioBlock block = feed.front(frames - done);
    if (block.frames() == 0) break;
    bad = first_of(bad, add_clips(lane, block, session_frame + done, done, out));
    feed.consume(block.frames());
    done += block.frames();
  }
  if (done < frames) feed.consume(frames - done);
  return bad;
}

/// Frames that all lanes of a track have, and that their feeds hold at most.
struct Supply {
  int ready = std::numeric_limits<int>::max();
  int most = std::numeric_limits<int>::max();
  bool stalled = false;  // whatever is there
  Frames stall_fade = 0;
};

Supply supply_of(const FileSource& file, std::size_t reel) noexcept {
  Supply supply;
  for (const Lane& lane : file.lanes) {
    if (lane.feeds[reel] == nullptr) return {0, 0};  // it joined while this reel was fading out
    supply.ready = std::min(supply.ready, lane.feeds[reel]->available());
    supply.most = std::min(supply.most, lane.feeds[reel]->capacity());
  }
  return supply;
}

/// A track that joins a reel that plays has been read from a little before; what is past is left out.
void catch_up(FileSource& file, std::size_t reel, Frames session_frame) noexcept {
  const Frames late = session_frame - file.begins[reel];
  for (const Lane& lane : file.lanes)
    if (late > 0 && lane.feeds[reel] != nullptr) lane.feeds[reel]->consume(static_cast<int>(late));
}

/// Moves a track's health on for the slice that begins now.
void judge(TrackHealth& health, Supply supply, std::uint32_t turn, Frames now, int frames, Frames fade,
           SourceReport& report) noexcept {
  using Phase = TrackHealth::Phase;
  const bool short_of_data = supply.ready < frames + fade || supply.stalled;
  if (supply.stalled) supply.ready = static_cast<int>(supply.stall_fade);
  if (health.turn != turn) {
    health.turn = turn;
    health.phase = short_of_data ? Phase::away : Phase::there;
    health.gate.stand_at({short_of_data ? 0.0 : 1.0});
    report.starved |= short_of_data;
    return;
  }
  health.gate.at(now);
  if (health.phase == Phase::there && short_of_data) {
    health.phase = Phase::leaving;
    report.leaving = std::min<Frames>(fade, supply.ready);
    health.gate.go_to({0.0}, now, report.leaving);
    report.starved = true;
  }
  if (health.phase == Phase::leaving && !health.gate.moving()) health.phase = Phase::away;
  if (health.phase == Phase::away && !supply.stalled &&
      supply.ready >= std::min<Frames>(supply.most / 2, frames + 4 * fade)) {
    health.phase = Phase::there;
    health.gate.go_to({1.0}, now, fade);
    report.rejoined = true;
  }
}

void multiply(StereoScratch& signal, int channels, std::span<const double> gains) noexcept {
  for (int c = 0; c < channels; ++c)
    for (std::size_t i = 0; i < gains.size(); ++i) signal.channel(c)[i] *= gains[i];
}

void add_part(const StereoScratch& part, int channels, int frames, StereoScratch& out) noexcept {
  for (int c = 0; c < channels; ++c)
    for (int i = 0; i < frames; ++i) out.channel(c)[i] += part.channel(c)[i];
}

/// Adds a track's files as one reel plays them.
void read_files(FileSource& file, int channels, const Reel& reel, std::size_t number, Frames now, int frames,
                Frames fade, const SourceScratch& scratch, StereoScratch& out, SourceReport& report) noexcept {
  // It joined while this reel was fading out. Control may have learnt of that too late, and given it a feed.
  if (file.lanes.empty() || reel.turn < file.first_turn) return;
  if (std::ranges::any_of(file.lanes, [&](const Lane& lane) { return lane.feeds[number] == nullptr; })) return;
  TrackHealth& health = file.health[number];
  if (health.turn != reel.turn) catch_up(file, number, now + reel.offset);
  Supply supply = supply_of(file, number);
  supply.stalled = file.stalled_turn == reel.turn;
  supply.stall_fade = file.stall_fade;
  judge(health, supply, reel.turn, now, frames, fade, report);
  if (health.phase == TrackHealth::Phase::away) {
    for (const Lane& lane : file.lanes)
      if (lane.feeds[number] != nullptr) lane.feeds[number]->consume(frames);
    return;
  }
  const bool as_it_is = reel.curve.empty() && !health.gate.moving();
  StereoScratch& into = as_it_is ? out : scratch.part;
  for (int c = 0; c < channels && !as_it_is; ++c) std::fill_n(into.channel(c), frames, 0.0);
  for (const Lane& lane : file.lanes)
    report.bad_frame =
        first_of(report.bad_frame, read_lane(lane, *lane.feeds[number], now + reel.offset, frames, into));
  if (as_it_is) return;
  if (!reel.curve.empty()) multiply(into, channels, reel.curve);
  if (health.gate.moving()) {
    health.gate.fill(now, frames, {scratch.curve.data()});
    multiply(into, channels, {scratch.curve.data(), static_cast<std::size_t>(frames)});
  }
  add_part(into, channels, frames, out);
}

/// Before anything is read: a reel that begins takes over the filter of the one it follows, as it is at this frame; one
/// that follows a stop begins cold.
void hand_over(ToneSourceState& tone, const TransportState& transport) noexcept {
  for (const std::size_t number : transport.active()) {
    const Reel& reel = transport.reel(number);
    if (tone.turn[number] == reel.turn) continue;
    tone.turn[number] = reel.turn;
    PinkFilter& pink = tone.pink[number];
    if (reel.before >= 0) {
      pink = tone.pink[static_cast<std::size_t>(reel.before)];
    } else {
      pink.input.fill(0.0);
      pink.output.fill(0.0);
    }
  }
}

/// Adds a test signal as one reel plays it.
void read_tone(ToneSourceState& tone, const Reel& reel, std::size_t number, Frames now, int frames,
               StereoScratch& out) noexcept {
  PinkFilter& pink = tone.pink[number];
  for (int i = 0; i < frames; ++i) {
    const Frames frame = now + reel.offset + i;
    double x = 0.0;
    if (tone.wave == ToneSourceState::Wave::sine) {
      const double cycles = tone.cycles_per_frame * static_cast<double>(frame);
      x = std::sin(2.0 * std::numbers::pi * (cycles - std::floor(cycles)));
    } else {
      // Uniform noise has an RMS of 1/√3 of its peak.
      x = std::numbers::sqrt3 * uniform(tone.seed + static_cast<std::uint64_t>(frame));
      if (tone.wave == ToneSourceState::Wave::pink) x = pink.next(x);
    }
    out.left[static_cast<std::size_t>(i)] +=
        tone.amplitude * x * (reel.curve.empty() ? 1.0 : reel.curve[static_cast<std::size_t>(i)]);
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

void stall(SourceState& source, const TransportState& transport, Frames fade) noexcept {
  source.file.stalled_turn = fade < 0 ? 0 : transport.turn();
  source.file.stall_fade = fade;
}

SourceReport read_source(SourceState& source, const TransportState& transport, const DeviceInputs& inputs, Frames now,
                         int frames, Frames fade, const SourceScratch& scratch, StereoScratch& out) noexcept {
  SourceReport report;
  for (int c = 0; c < source.channels; ++c) std::fill_n(out.channel(c), frames, 0.0);
  if (source.kind == SourceState::Kind::input)
    report.bad_frame = read_inputs(source.input, source.channels, inputs, frames, out);
  if (source.kind == SourceState::Kind::tone) hand_over(source.tone, transport);
  if (source.file.first_turn == 0) source.file.first_turn = transport.turn() + (transport.rolling() ? 0 : 1);
  for (const std::size_t number : transport.active()) {
    const Reel& reel = transport.reel(number);
    if (source.kind == SourceState::Kind::tone) read_tone(source.tone, reel, number, now, frames, out);
    if (source.kind == SourceState::Kind::file)
      read_files(source.file, source.channels, reel, number, now, frames, fade, scratch, out, report);
  }
  return report;
}

}  // namespace busbar
