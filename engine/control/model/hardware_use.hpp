#pragma once
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"

namespace busbar {

/// The interface's channels that a hardware insert has, counted from 1; 0: none.
struct HardwareUse {
  std::string strip;
  std::string insert;
  std::size_t place = 0;  ///< in the strip's list of inserts
  std::array<int, 2> send{}, back{};
  int latency = 0;
  bool pings = false;
  /// `drums/hw`
  std::string name() const { return strip + "/" + insert; }
  /// `/drums/inserts/hw`
  std::string address() const { return "/" + strip + "/inserts/" + insert; }
  bool sends() const noexcept { return send[0] > 0 || send[1] > 0; }
  bool returns() const noexcept { return back[0] > 0 || back[1] > 0; }
};

/// All hardware inserts of a mixer, strip by strip.
std::vector<HardwareUse> hardware_uses(const Mixer& mixer);
std::vector<HardwareUse> hardware_uses(const Strip& strip);

/// Warns that what the gear does is not heard, where there is none.
std::vector<Error> unheard_gear(const Mixer& mixer);

/// The mixer with nobody's finger on a ping. A ping is pressed, not set: no history brings it back, and no session
/// begins with one.
Mixer with_pings_released(Mixer mixer);

}  // namespace busbar
