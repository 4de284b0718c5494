#pragma once
#include <optional>
#include <span>
#include <vector>

#include "engine/analysis/loudness.hpp"
#include "engine/analysis/true_peak.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// Levels of a whole file. The level of silence is none.
struct LevelReport {
  std::optional<double> peak_dbfs;
  std::optional<double> true_peak_dbtp;
  std::optional<double> rms_dbfs;  ///< over all channels; 0 dBFS is a square wave of full scale, a sine is at -3.01
  std::optional<double> integrated_lufs;
};

/// Sample peak, true peak, RMS and loudness of one stream, together. Any split into calls gives the same report.
class LevelMeter {
 public:
  LevelMeter(int channels, double sample_rate);

  /// [channels][frames]
  void add(std::span<const float* const> channels, int frames);
  void add(std::span<const double* const> channels, int frames);

  /// Of all that was added; more may follow.
  LevelReport report() const;

 private:
  template <typename Sample>
  void add_samples(std::span<const Sample* const> channels, int frames);

  TruePeakMeter peak_;
  LoudnessMeter loudness_;
  std::vector<double> square_sums_;  // one per channel, so that the split into calls does not move the rounding
  Frames frames_ = 0;
};

}  // namespace busbar
