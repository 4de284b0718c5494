#pragma once
#include <array>

namespace busbar {

/// The renderer works in slices of at most this many frames, so that what a slice touches stays in the first caches.
inline constexpr int kSlice = 256;

/// A slice of a stereo sum in 64 bit.
struct alignas(64) StereoScratch {
  std::array<double, kSlice> left;
  std::array<double, kSlice> right;
  double* channel(int c) noexcept { return c == 0 ? left.data() : right.data(); }
  const double* channel(int c) const noexcept { return c == 0 ? left.data() : right.data(); }
};

}  // namespace busbar
