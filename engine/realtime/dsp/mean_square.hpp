#pragma once
#include <cmath>

#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

/// Turns a signal into its running root mean square, of an exponential window. A sine reads 3 dB below its peak.
class MeanSquare {
 public:
  void reset() noexcept { mean_ = 0.0; }
  void settle() noexcept {
    if (mean_ < kSettled) mean_ = 0.0;
  }

  /// In place; `share` is 1/window of the new square. See step_share.
  void process(double share, float* samples, int count) noexcept {
    const double keep = 1.0 - share;
    double mean = mean_;
    for (int i = 0; i < count; ++i) {
      const auto x = static_cast<double>(samples[i]);
      mean = mean * keep + share * (x * x);
      samples[i] = static_cast<float>(std::sqrt(mean));
    }
    mean_ = mean;
  }

 private:
  double mean_ = 0.0;
};

}  // namespace busbar
