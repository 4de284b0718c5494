#pragma once
#include <algorithm>
#include <array>
#include <cstddef>

#include "engine/realtime/dsp/reverb_network.hpp"

namespace busbar {

/// A kind of space, in milliseconds at size 1.
struct ReverbShape {
  std::array<double, 16> first;   ///< when the first echoes come: eight of the left side, eight of the right
  std::array<double, 16> second;  ///< how each of those is spread before it enters the loop
  std::array<double, 16> third;
  std::array<double, 16> loop;  ///< the walls' distances, rising: their sum is the number of modes per Hz, over 1000
  float sparse, dense;          ///< see ReverbTaps

  /// Until everything that went in has been round once.
  double longest_way() const noexcept {
    return *std::ranges::max_element(first) + *std::ranges::max_element(second) + *std::ranges::max_element(third) +
           2.0 * *std::ranges::max_element(loop);
  }
};

/// Room, chamber, hall, plate.
extern const std::array<ReverbShape, 4> kReverbShapes;

}  // namespace busbar
