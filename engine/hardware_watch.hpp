#pragma once
#include <set>
#include <string>
#include <vector>

#include "engine/control/control_loop.hpp"
#include "engine/control/model/hardware_use.hpp"
#include "engine/devices/audio_device.hpp"

namespace busbar {

/// Follows the hardware inserts of a live run: what their pings have found, and which channels the device lacks.
/// Control thread.
class HardwareWatch {
 public:
  /// What a person should hear of, and what is to be done about it.
  struct Answer {
    std::vector<Error> news;
    std::vector<std::string> found;  ///< `drums/hw: 256 frames (5.33 ms) there and back`
    std::vector<Edit> edits;
  };

  /// What the mixer lacks now was told of before.
  HardwareWatch(const ControlLoop& control, DeviceFormat format);

  /// A ping that was found sets the latency, and each one ends.
  Answer take(const std::vector<Event>& events) const;
  /// Inserts that name channels which are not there, as edits have made them; each is told of once.
  std::vector<Error> look();

 private:
  void answer(const HardwareUse& use, Frames latency, Answer& answer) const;

  const ControlLoop& control_;
  const DeviceFormat format_;
  std::set<std::string> told_;
};

/// Warns of channels that hardware inserts name and the device lacks.
std::vector<Error> missing_channels(const Mixer& mixer, const DeviceFormat& format);

}  // namespace busbar
