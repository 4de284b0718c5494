#include "engine/analysis/true_peak.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace busbar {

namespace {

constexpr std::size_t kTaps = 48;
constexpr std::size_t kPhases = 16;
constexpr std::size_t kChunk = 64;  // frames judged at once; always counted from the start, whatever the calls
constexpr std::size_t kWindow = kChunk + kTaps - 1;
constexpr std::size_t kCoarse = 4;  // every fourth phase is looked at first
/// Between two points of the coarse grid (4 per sample) a wave below half the rate rises by at most 1/cos(π/8) over
/// the higher of them; only where that could beat the highest so far are the phases between looked at.
constexpr float kWorthALook = 0.9f;

using Phase = std::array<float, kTaps>;

/// Modified Bessel function of the first kind, order 0.
double bessel_i0(double x) {
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; term > 1e-17 * sum; ++k) {
    term *= std::pow(x / (2.0 * k), 2);
    sum += term;
  }
  return sum;
}

/// Phase p gives the wave p/16 of a sample after the middle tap (23 of 0…47). Each passes a constant unchanged.
Phase make_phase(std::size_t p) {
  constexpr double kBeta = 8.0;  // about 80 dB, and flat up to 0.45 of the rate
  constexpr double kHalf = kTaps / 2.0;
  std::array<double, kTaps> taps{};
  double sum = 0.0;
  for (std::size_t k = 0; k < kTaps; ++k) {
    const double t = static_cast<double>(k) - (kHalf - 1.0) - static_cast<double>(p) / kPhases;
    const double sinc = t == 0.0 ? 1.0 : std::sin(std::numbers::pi * t) / (std::numbers::pi * t);
    const double place = std::min(1.0, std::fabs(t) / kHalf);
    taps[k] = sinc * bessel_i0(kBeta * std::sqrt(1.0 - place * place)) / bessel_i0(kBeta);
    sum += taps[k];
  }
  Phase phase{};
  std::ranges::transform(taps, phase.begin(), [sum](double tap) { return static_cast<float>(tap / sum); });
  return phase;
}

struct Interpolator {
  std::array<Phase, kPhases> phases;
  float most;  // no wave goes higher than its highest sample times this
  Interpolator() : most(0.0f) {
    for (std::size_t p = 0; p < kPhases; ++p) {
      phases[p] = make_phase(p);
      float sum = 0.0f;
      for (const float tap : phases[p]) sum += std::fabs(tap);
      most = std::max(most, sum);
    }
  }
};

const Interpolator& interpolator() {
  static const Interpolator instance;
  return instance;
}

float highest_of(const float* samples, std::size_t count) {
  float highest = 0.0f;
  for (std::size_t i = 0; i < count; ++i) highest = std::max(highest, std::fabs(samples[i]));
  return highest;
}

/// The wave at one phase, for each frame of a chunk.
std::array<float, kChunk> run_phase(const Phase& phase, const float* window) {
  std::array<float, kChunk> out{};
  for (std::size_t k = 0; k < kTaps; ++k)
    for (std::size_t i = 0; i < kChunk; ++i) out[i] += phase[k] * window[i + k];
  return out;
}

float run_tap_sum(const Phase& phase, const float* window) {
  float sum = 0.0f;
  for (std::size_t k = 0; k < kTaps; ++k) sum += phase[k] * window[k];
  return sum;
}

/// The phases between the coarse ones, after one frame.
float look_closely(const float* window, float highest) {
  for (std::size_t p = 0; p < kPhases; ++p)
    if (p % kCoarse != 0) highest = std::max(highest, std::fabs(run_tap_sum(interpolator().phases[p], window)));
  return highest;
}

/// The highest of the waveform in a chunk, or `highest` if it does not get there.
float judge_chunk(const float* window, float highest) {
  if (highest_of(window, kWindow) * interpolator().most <= highest) return highest;
  std::array<float, kChunk> around{};  // the highest coarse point of each frame
  for (std::size_t i = 0; i < kChunk; ++i)
    around[i] = std::max(std::fabs(window[i + kTaps / 2 - 1]), std::fabs(window[i + kTaps / 2]));
  for (std::size_t p = kCoarse; p < kPhases; p += kCoarse) {
    const auto wave = run_phase(interpolator().phases[p], window);
    for (std::size_t i = 0; i < kChunk; ++i) around[i] = std::max(around[i], std::fabs(wave[i]));
  }
  highest = std::max(highest, highest_of(around.data(), kChunk));
  for (std::size_t i = 0; i < kChunk; ++i)
    if (around[i] >= kWorthALook * highest) highest = look_closely(window + i, highest);
  return highest;
}

}  // namespace

TruePeakMeter::TruePeakMeter(int channels, double)
    : windows_(static_cast<std::size_t>(channels), std::vector<float>(kWindow, 0.0f)), filled_(kTaps - 1) {}

void TruePeakMeter::add(std::span<const float* const> channels, int frames) { add_samples(channels, frames); }
void TruePeakMeter::add(std::span<const double* const> channels, int frames) { add_samples(channels, frames); }

template <typename Sample>
void TruePeakMeter::add_samples(std::span<const Sample* const> channels, int frames) {
  const auto total = static_cast<std::size_t>(frames);
  for (std::size_t done = 0; done < total;) {
    const std::size_t count = std::min(total - done, kWindow - filled_);
    const bool whole = filled_ + count == kWindow;
    for (std::size_t c = 0; c < windows_.size(); ++c) {
      float* window = windows_[c].data();
      for (std::size_t i = 0; i < count; ++i) {
        const Sample x = std::isfinite(channels[c][done + i]) ? channels[c][done + i] : Sample{0};
        sample_peak_ = std::max(sample_peak_, std::fabs(static_cast<double>(x)));
        window[filled_ + i] = static_cast<float>(x);
      }
      if (!whole) continue;
      highest_ = judge_chunk(window, highest_);
      std::copy_n(window + kChunk, kTaps - 1, window);
    }
    filled_ = whole ? kTaps - 1 : filled_ + count;
    done += count;
  }
}

double TruePeakMeter::peak() const {
  // The wave goes on after the last sample: see what silence behind it would show, and leave the meter as it is.
  TruePeakMeter ahead = *this;
  const std::array<float, kWindow> silence{};
  const std::vector<const float*> channels(windows_.size(), silence.data());
  ahead.add(channels, static_cast<int>(kWindow));
  return std::max(sample_peak_, static_cast<double>(ahead.highest_));
}

}  // namespace busbar
