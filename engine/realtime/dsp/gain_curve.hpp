#pragma once
#include <algorithm>

namespace busbar {

/// The static curve of a compressor: how many dB a steady level is reduced by. All in dB.
///   below the knee   0
///   in the knee      slope·(x - T + W/2)²/(2W)
///   above it         slope·(x - T)
/// Source  D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design", JAES 60(6), 2012, (4)
template <typename T>
struct GainCurve {
  T threshold = 0;
  T slope = 0;      ///< 1 - 1/ratio: 0 leaves the level alone, 1 holds it at the threshold
  T half_knee = 0;  ///< W/2
  T bend = 0;       ///< 1/(2W), or 0 for a hard knee

  static constexpr GainCurve of(T threshold, T slope, T knee) noexcept {
    return {threshold, slope, knee / 2, knee > 0 ? 1 / (2 * knee) : T{0}};
  }

  /// Free of branches: the part in the knee, and the straight one beyond it.
  constexpr T reduction_db(T level) const noexcept {
    const T into = level - threshold + half_knee, width = 2 * half_knee;
    const T above = into > 0 ? into : T{0};
    const T bent = above < width ? above : width;
    return slope * (bent * bent * bend + (above - bent));
  }
};

/// 1 - 1/ratio; no ratio below 1 counts. An infinite ratio has slope 1.
template <typename T>
constexpr T slope_of_ratio(T ratio) noexcept {
  return ratio > 1 ? 1 - 1 / ratio : T{0};
}

/// Automatic make-up: half of what a full-scale level is reduced by. Peaks near full scale come out lower by the other
/// half, and what lies below the threshold rises, so that the loudness of music stays about where it was.
template <typename T>
constexpr T auto_makeup_db(const GainCurve<T>& curve) noexcept {
  return curve.reduction_db(T{0}) / 2;
}

}  // namespace busbar
