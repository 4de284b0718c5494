#pragma once

namespace busbar {

inline constexpr int kSincTaps = 16;

/// out[i] = Σ weights[m]·x[i + m] over kSincTaps taps. Works in whole registers: beyond `count`, up to the next
/// multiple of 16, `out` is written to and `x` is read, so both have room for that.
void read_between(const float* x, const float* weights, int count, float* out) noexcept;

}  // namespace busbar
