#pragma once
#include "engine/realtime/dsp/gain_curve.hpp"

namespace busbar {

/// What dynamics processors do to rows of values, each frame for itself.

/// Magnitudes become the reduction in dB that the curve wants of them. In place.
void bend_levels(const GainCurve<float>& curve, float* row, int count) noexcept;

/// Magnitudes become `slope` times the dB by which they are over the threshold, at least 0 and at most `range`. In
/// place.
void clamp_levels(float threshold_db, float slope, float range_db, float* row, int count) noexcept;

/// gains = what `gain_db - reduction_db` is as a factor; `gains` is a row of its own.
void gains_of(const float* gain_db, const float* reduction_db, float* gains, int count) noexcept;

/// gains = what `share` of each `db` is as a factor; `gains` is a row of its own.
void gains_of_share(float share, const float* db, float* gains, int count) noexcept;

/// The largest of the values, or 0 if that is larger.
float largest_of(const float* row, int count) noexcept;

}  // namespace busbar
