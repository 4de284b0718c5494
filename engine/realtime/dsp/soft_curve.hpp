#pragma once

namespace busbar {

/// x held within ±limit; not-a-number stays. To be the last thing a loop does: behind it the compiler would make one
/// way for each of the two ends, and do no longer several at a time.
inline float held_within(float x, float limit) noexcept {
  x = x < -limit ? -limit : x;
  return x > limit ? limit : x;
}

}  // namespace busbar
