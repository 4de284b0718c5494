#pragma once
#include <array>
#include <cmath>
#include <cstddef>

#include "engine/realtime/dsp/ramp.hpp"

namespace busbar {

/// Moves gains to `target` evenly in dB, so that a move of the same size the other way round, elsewhere on the path,
/// makes up for it at every frame: gains = ramp · e^staged, where the ramp is at the new gains at once and `staged`
/// goes from ln(old/new) to 0. False, and nothing is done, if the new gains are not the old ones times a factor above
/// 0.
template <std::size_t N>
bool go_to_in_decibels(Ramp<N>& ramp, Ramp<1>& staged, const std::array<double, N>& target, Frames now, Frames length,
                       Frames delay) noexcept {
  const std::array<double, N> before = ramp.target();
  std::size_t largest = 0;
  for (std::size_t k = 1; k < N; ++k)
    if (std::fabs(before[k]) > std::fabs(before[largest])) largest = k;
  if (before[largest] == 0.0) return false;
  const double factor = target[largest] / before[largest];
  if (!(factor > 0.0) || !std::isfinite(factor)) return false;
  for (std::size_t k = 0; k < N; ++k)
    if (std::fabs(target[k] - factor * before[k]) > 1e-12 * std::fabs(target[largest])) return false;
  if (!staged.depart({-std::log(factor)}, now, length, delay)) return false;
  ramp.rescale(factor, target);
  return true;
}

}  // namespace busbar
