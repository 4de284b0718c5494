#pragma once

namespace busbar {

/// The curve of a saturation: curve·(t + even·t²) - left·x, t = tanh(u + cubic·u³ + 3/5·cubic·u⁵), u = in·x.
struct BendCurve {
  float in = 1.0f, cubic = 0.0f, even = 0.0f, curve = 1.0f, left = 0.0f;
};

/// In place. `evens` gets what the even harmonics add to each sample, if `even` is not 0. How the samples are cut into
/// calls makes no difference to any bit; not-a-number stays.
void bend_samples(const BendCurve& by, int count, float* samples, float* evens) noexcept;

}  // namespace busbar
