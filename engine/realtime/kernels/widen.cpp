#include "engine/realtime/kernels/widen.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/realtime/kernels/widen.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace busbar {
namespace HWY_NAMESPACE {

/// Plain loops, which the compiler makes as wide as the target is.
template <typename WidthOf>
HWY_INLINE void scale_sides(float* HWY_RESTRICT left, float* HWY_RESTRICT right, int frames,
                            WidthOf width_of) noexcept {
  for (int i = 0; i < frames; ++i) {
    const double l = static_cast<double>(left[i]), r = static_cast<double>(right[i]);
    const double width = static_cast<double>(width_of(i));
    const double mid = 0.5 * (l + r), side = width * (0.5 * (l - r));
    const bool keeps = width == 1.0;
    left[i] = static_cast<float>(keeps ? l : mid + side);
    right[i] = static_cast<float>(keeps ? r : mid - side);
  }
}

void widen_by(float* HWY_RESTRICT left, float* HWY_RESTRICT right, float width, int frames) {
  scale_sides(left, right, frames, [width](int) { return width; });
}

void widen_along(float* HWY_RESTRICT left, float* HWY_RESTRICT right, const float* HWY_RESTRICT widths, int frames) {
  scale_sides(left, right, frames, [widths](int i) { return widths[i]; });
}

}  // namespace HWY_NAMESPACE
}  // namespace busbar
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace busbar {

HWY_EXPORT(widen_by);
HWY_EXPORT(widen_along);

void widen(const AudioBlock& io, float width, std::span<const float> curve) noexcept {
  float *left = io.channel(0).data(), *right = io.channel(1).data();
  if (curve.empty())
    HWY_DYNAMIC_DISPATCH(widen_by)(left, right, width, io.frames());
  else
    HWY_DYNAMIC_DISPATCH(widen_along)(left, right, curve.data(), io.frames());
}

}  // namespace busbar
#endif
