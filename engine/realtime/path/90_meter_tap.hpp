#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Peak and square sum of one channel. Eight running values at a time, so that the compiler may use wide registers
/// without changing the order of anything within one of them.
struct LevelOfSlice {
  double peak = 0.0;
  double square_sum = 0.0;
};

inline LevelOfSlice level_of(const double* x, int frames) noexcept {
  constexpr std::size_t kLanes = 8;
  std::array<double, kLanes> peak{}, square{};
  const auto count = static_cast<std::size_t>(frames);
  const std::size_t whole = count - count % kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes)
    for (std::size_t k = 0; k < kLanes; ++k) {
      const double magnitude = std::fabs(x[i + k]);
      peak[k] = magnitude > peak[k] ? magnitude : peak[k];
      square[k] += x[i + k] * x[i + k];
    }
  LevelOfSlice level;
  for (std::size_t k = 0; k < kLanes; ++k) {
    level.peak = peak[k] > level.peak ? peak[k] : level.peak;
    level.square_sum += square[k];
  }
  for (std::size_t i = whole; i < count; ++i) {
    const double magnitude = std::fabs(x[i]);
    level.peak = magnitude > level.peak ? magnitude : level.peak;
    level.square_sum += x[i] * x[i];
  }
  return level;
}

/// Adds a slice of what the strip hands on to its meter.
inline void meter(MeterState& state, const StereoScratch& signal, bool counts_frames, int frames) noexcept {
  MeterReading& reading = state.reading;
  bool over = false;
  for (std::size_t c = 0; c < 2; ++c) {
    const LevelOfSlice level = level_of(signal.channel(static_cast<int>(c)), frames);
    reading.square_sum[c] += level.square_sum;
    if (level.peak > reading.peak[c]) reading.peak[c] = level.peak;
    if (level.peak > reading.highest[c]) reading.highest[c] = level.peak;
    over |= level.peak > 1.0;
  }
  for (std::size_t i = 0; over && i < static_cast<std::size_t>(frames); ++i)
    reading.overs += std::fabs(signal.left[i]) > 1.0 || std::fabs(signal.right[i]) > 1.0 ? 1 : 0;
  if (counts_frames) reading.frames += frames;
}

/// Behind each block: takes its peak into the window of `window` frames that runs, and begins the next one when that is
/// over.
inline void follow_recent(MeterState& state, Frames now, Frames window) noexcept {
  const bool over = now >= state.window_end;
  for (std::size_t c = 0; c < 2; ++c) {
    state.running[c] = std::max(state.running[c], state.reading.peak[c]);
    state.reading.recent[c] = std::max(state.running[c], state.before[c]);
    if (!over) continue;
    state.before[c] = state.running[c];
    state.running[c] = 0.0;
  }
  if (over) state.window_end = now + window;
}

}  // namespace busbar
