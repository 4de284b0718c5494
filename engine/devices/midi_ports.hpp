#pragma once
#include <string>
#include <vector>

namespace busbar {

/// A MIDI port of the system, as Busbar sees it.
struct MidiPort {
  std::string host;  ///< "ALSA", "JACK", …
  std::string name;
  bool input = false;  ///< Busbar can hear it; else it can play to it
};

/// All MIDI ports there are now: inputs, then outputs, host by host. None is not an error, and nothing is printed.
std::vector<MidiPort> list_midi_ports();

}  // namespace busbar
