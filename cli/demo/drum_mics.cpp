#include "cli/demo/drum_mics.hpp"

namespace busbar::demo {
namespace {

constexpr double kSpeedOfSound = 343.0;  // m/s

// How a microphone hears a source: metres away, level in dB, corner of the low pass in Hz.
struct Placed {
  DrumMic mic;
  DrumSource source;
  double metres, level_db, corner_hz;
  bool inverted = false;
};

constexpr auto kPlaced = std::to_array<Placed>({
    {kKickInMic, kKick, 0.08, -5.5, 12000},
    {kKickInMic, kSnareHead, 0.6, -34, 1500},
    {kKickInMic, kFloorTom, 0.7, -34, 900},
    {kKickInMic, kTom, 0.6, -38, 900},
    {kKickOutMic, kKick, 0.45, -6.5, 1400},
    {kKickOutMic, kSnareHead, 0.9, -30, 2500},
    {kKickOutMic, kFloorTom, 0.9, -28, 1500},
    {kKickOutMic, kCymbals, 1.4, -40, 6000},
    {kSnareTopMic, kSnareHead, 0.05, -1.5, 14000},
    {kSnareTopMic, kSnareWires, 0.22, -4, 10000},
    {kSnareTopMic, kHats, 0.35, -26, 9000},
    {kSnareTopMic, kKick, 0.6, -32, 1500},
    {kSnareTopMic, kTom, 0.4, -26, 3000},
    {kSnareTopMic, kCymbals, 0.9, -34, 7000},
    {kSnareBottomMic, kSnareHead, 0.2, -9, 2500, true},
    {kSnareBottomMic, kSnareWires, 0.06, -1.5, 14000},
    {kSnareBottomMic, kKick, 0.5, -26, 2000},
    {kSnareBottomMic, kHats, 0.6, -36, 5000},
    {kHatsMic, kHats, 0.15, 0, 16000},
    {kHatsMic, kSnareHead, 0.4, -26, 4000},
    {kHatsMic, kSnareWires, 0.45, -26, 7000},
    {kHatsMic, kCymbals, 0.7, -24, 12000},
    {kTomMic, kTom, 0.06, -2.5, 12000},
    {kTomMic, kSnareHead, 0.4, -28, 3000},
    {kTomMic, kCymbals, 0.7, -30, 8000},
    {kTomMic, kFloorTom, 0.6, -27, 1800},
    {kTomMic, kKick, 0.5, -34, 1200},
    {kFloorTomMic, kFloorTom, 0.06, -2.5, 12000},
    {kFloorTomMic, kKick, 0.5, -29, 1200},
    {kFloorTomMic, kSnareHead, 0.7, -31, 2500},
    {kFloorTomMic, kTom, 0.6, -27, 2000},
    {kFloorTomMic, kCymbals, 0.8, -30, 8000},
    // The overheads hang 1.1 m above the snare, both as far from it, so that it stands in the middle.
    {kOverheadLeft, kSnareHead, 1.1, -15, 12000},
    {kOverheadRight, kSnareHead, 1.1, -15, 12000},
    {kOverheadLeft, kSnareWires, 1.15, -13, 12000},
    {kOverheadRight, kSnareWires, 1.15, -13, 12000},
    {kOverheadLeft, kKick, 1.5, -25, 6000},
    {kOverheadRight, kKick, 1.5, -25, 6000},
    {kOverheadLeft, kHats, 0.9, -16, 16000},
    {kOverheadRight, kHats, 1.5, -21, 12000},
    {kOverheadLeft, kTom, 0.95, -14, 12000},
    {kOverheadRight, kTom, 1.15, -17, 12000},
    {kOverheadLeft, kFloorTom, 1.45, -18, 10000},
    {kOverheadRight, kFloorTom, 0.95, -14, 12000},
    {kOverheadLeft, kCymbals, 0.5, -7, 18000},
    {kOverheadRight, kCymbals, 0.8, -9.5, 16000},
    // The room pair stands 3.5 m in front of the kit.
    {kRoomLeft, kKick, 3.4, -13, 7000},
    {kRoomRight, kKick, 3.5, -13, 7000},
    {kRoomLeft, kSnareHead, 3.6, -14, 7000},
    {kRoomRight, kSnareHead, 3.8, -14.5, 7000},
    {kRoomLeft, kSnareWires, 3.6, -18, 6500},
    {kRoomRight, kSnareWires, 3.8, -18.5, 6500},
    {kRoomLeft, kHats, 3.5, -25, 8000},
    {kRoomRight, kHats, 4.0, -27, 8000},
    {kRoomLeft, kTom, 3.6, -15, 7000},
    {kRoomRight, kTom, 3.7, -16, 7000},
    {kRoomLeft, kFloorTom, 3.9, -16, 7000},
    {kRoomRight, kFloorTom, 3.5, -15, 7000},
    {kRoomLeft, kCymbals, 3.6, -19, 9000},
    {kRoomRight, kCymbals, 3.7, -19, 9000},
});

}  // namespace

DrumMics::DrumMics() {
  for (const Placed& p : kPlaced) {
    const double gain = to_gain({p.level_db}).value * (p.inverted ? -1.0 : 1.0);
    const auto delay = static_cast<int>(std::lround(p.metres / kSpeedOfSound * kSampleRate));
    paths_.push_back({p.source, p.mic, gain, delay, OnePole(p.corner_hz)});
  }
  for (auto& line : lines_) line.assign(kPast, 0.0);
}

std::array<Line, kDrumSources> DrumMics::sources(int frames) {
  std::array<Line, kDrumSources> result;
  for (std::size_t s = 0; s < kDrumSources; ++s) {
    auto& line = lines_[s];
    std::copy(line.end() - kPast, line.end(), line.begin());
    line.resize(static_cast<std::size_t>(kPast) + static_cast<std::size_t>(frames));
    std::fill(line.begin() + kPast, line.end(), 0.0);
    result[s] = Line(line).subspan(kPast);
  }
  return result;
}

void DrumMics::record(const std::array<Line, kDrumMics>& out) {
  for (Path& path : paths_) hear(path, out[path.mic]);
  tail_.add_to(out[kRoomLeft], out[kRoomRight]);
}

void DrumMics::hear(Path& path, Line out) {
  const double* from = lines_[path.source].data() + kPast - path.delay;
  for (std::size_t n = 0; n < out.size(); ++n) out[n] += path.gain * path.air.low(from[n]);
}

DrumMics::Tail::Tail() {
  constexpr std::array<std::size_t, 4> kLengths = {1153, 1487, 1789, 2131};  // primes: 24 … 44 ms
  for (std::size_t i = 0; i < 4; ++i) lines[i].assign(kLengths[i], 0.0);
}

void DrumMics::Tail::add_to(Line left, Line right) {
  constexpr double kKept = 0.78;  // per round: about 0.9 s to -60 dB
  for (std::size_t n = 0; n < left.size(); ++n) {
    std::array<double, 4> heard;
    double sum = 0.0;
    for (std::size_t i = 0; i < 4; ++i) sum += heard[i] = walls[i].low(lines[i][at[i]]);
    const std::array<double, 4> in = {left[n], right[n], left[n], right[n]};
    for (std::size_t i = 0; i < 4; ++i) {
      lines[i][at[i]] = 0.5 * in[i] + kKept * (heard[i] - 0.5 * sum);
      at[i] = at[i] + 1 == lines[i].size() ? 0 : at[i] + 1;
    }
    left[n] += 0.75 * (heard[0] - heard[2]);
    right[n] += 0.75 * (heard[1] - heard[3]);
  }
}

}  // namespace busbar::demo
