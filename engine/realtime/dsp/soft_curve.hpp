#pragma once

namespace busbar {

/// As far as tanh_within goes: 1 - tanh of it is half a last bit.
inline constexpr float kTanhLimit = 7.9053111f;

/// x held within ±limit; not-a-number stays. To be the last thing a loop does: behind it the compiler would make one
/// way for each of the two ends, and do no longer several at a time.
inline float held_within(float x, float limit) noexcept {
  x = x < -limit ? -limit : x;
  return x > limit ? limit : x;
}

/// Hyperbolic tangent of |x| <= kTanhLimit in 32 bit, without branches or tables, so that the compiler does several at
/// a time. Odd to the last bit, 0 at 0; error below 4·10⁻⁷, relative for small x.
/// Source  rational minimax of degree 13/6, the coefficients those of Eigen's generic tanh (G. Guennebaud, B. Jacob et
///         al., MathFunctionsImpl.h)
inline float tanh_within(float x) noexcept {
  const float s = x * x;
  float p = -2.76076847742355e-16f;
  p = p * s + 2.00018790482477e-13f;
  p = p * s - 8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  float q = 1.19825839466702e-06f;
  q = q * s + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return x * p / q;
}

}  // namespace busbar
