#include "engine/analysis/level_report.hpp"

#include <cmath>
#include <numeric>

namespace busbar {

namespace {

std::optional<double> level_of(double gain) {
  return gain > 0.0 ? std::optional(to_decibels({gain}).value) : std::nullopt;
}

}  // namespace

LevelMeter::LevelMeter(int channels, double sample_rate)
    : peak_(channels, sample_rate),
      loudness_(channels, sample_rate),
      square_sums_(static_cast<std::size_t>(channels)) {}

void LevelMeter::add(std::span<const float* const> channels, int frames) { add_samples(channels, frames); }
void LevelMeter::add(std::span<const double* const> channels, int frames) { add_samples(channels, frames); }

template <typename Sample>
void LevelMeter::add_samples(std::span<const Sample* const> channels, int frames) {
  for (std::size_t c = 0; c < square_sums_.size(); ++c) {
    double sum = square_sums_[c];
    for (int i = 0; i < frames; ++i) {
      const auto x = static_cast<double>(channels[c][i]);
      if (std::isfinite(x)) sum += x * x;
    }
    square_sums_[c] = sum;
  }
  peak_.add(channels, frames);
  loudness_.add(channels, frames);
  frames_ += frames;
}

LevelReport LevelMeter::report() const {
  const double squares = std::accumulate(square_sums_.begin(), square_sums_.end(), 0.0);
  const double count = static_cast<double>(frames_) * static_cast<double>(square_sums_.size());
  return {.peak_dbfs = level_of(peak_.sample_peak()),
          .true_peak_dbtp = level_of(peak_.peak()),
          .rms_dbfs = count > 0.0 ? level_of(std::sqrt(squares / count)) : std::nullopt,
          .integrated_lufs = loudness_.integrated_lufs()};
}

}  // namespace busbar
