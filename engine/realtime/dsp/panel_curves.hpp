#pragma once
#include <array>
#include <cstddef>

#include "engine/realtime/dsp/gain_curve.hpp"
#include "engine/realtime/dsp/log_exp.hpp"

// Static curves of the compressors whose panels are not in dB re full scale: for them, and for the bus calculator.
namespace busbar {

/// Of the console's bus compressor, whose threshold of 0 is -12 dBFS. The gentler the ratio, the wider its knee, so
/// that 2:1 begins 6 dB below the threshold, 4:1 4.5 dB and 10:1 2.5 dB.
inline constexpr float kBusCompressorZero = -12.0f;
inline GainCurve<float> bus_compressor_curve(float threshold, float ratio) noexcept {
  return GainCurve<float>::of(kBusCompressorZero + threshold, slope_of_ratio(ratio), 15.0f - 3.0f * fast_log2(ratio));
}

/// What a ratio button of the FET compressor means: the threshold rises with the ratio, the knee narrows. All buttons
/// at once give a plateau. The feedback loop comes to rest where this curve says.
struct FetButton {
  double threshold_db, slope, knee_db;
};
inline constexpr auto kFetButtons = std::to_array<FetButton>({{-18.0, 1.0 - 1.0 / 4.0, 6.0},
                                                              {-16.0, 1.0 - 1.0 / 8.0, 4.0},
                                                              {-14.5, 1.0 - 1.0 / 12.0, 3.0},
                                                              {-13.0, 1.0 - 1.0 / 20.0, 2.0},
                                                              {-12.0, 1.0, 1.0}});

}  // namespace busbar
