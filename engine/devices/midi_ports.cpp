#include "engine/devices/midi_ports.hpp"

#include <alsa/asoundlib.h>
#include <jack/jack.h>
#include <rtmidi/RtMidi.h>

#include <chrono>
#include <memory>
#include <optional>

#include "engine/devices/bounded_call.hpp"
#include "engine/devices/quiet_libraries.hpp"

namespace busbar {

namespace {

/// A server that hangs keeps its callers waiting; a list does without it then.
constexpr std::chrono::seconds kLimit{3};

// RtMidi prints before it throws, so a system that is not there must not even be tried.
bool has_alsa() {
  snd_seq_t* sequencer = nullptr;
  if (snd_seq_open(&sequencer, "default", SND_SEQ_OPEN_DUPLEX, SND_SEQ_NONBLOCK) < 0) return false;
  snd_seq_close(sequencer);
  return true;
}

bool has_jack() {
  jack_client_t* client = jack_client_open("busbar-look", JackNoStartServer, nullptr);
  if (client == nullptr) return false;
  jack_client_close(client);
  return true;
}

bool is_there(RtMidi::Api api) {
  if (api == RtMidi::LINUX_ALSA) return has_alsa();
  if (api == RtMidi::UNIX_JACK) return has_jack();
  return api != RtMidi::RTMIDI_DUMMY;
}

std::string host_name(RtMidi::Api api) {
  if (api == RtMidi::LINUX_ALSA) return "ALSA";
  if (api == RtMidi::UNIX_JACK) return "JACK";
  return RtMidi::getApiDisplayName(api);
}

void say_nothing(RtMidiError::Type, const std::string&, void*) {}

template <typename Port>
void add_ports(Port& port, RtMidi::Api api, bool input, std::vector<MidiPort>& ports) {
  port.setErrorCallback(say_nothing, nullptr);
  const unsigned count = port.getPortCount();
  for (unsigned n = 0; n < count; ++n) ports.push_back({host_name(api), port.getPortName(n), input});
}

std::vector<MidiPort> list_now() {
  std::vector<MidiPort> ports;
  std::vector<RtMidi::Api> apis;
  RtMidi::getCompiledApi(apis);
  quiet_libraries();
  for (const RtMidi::Api api : apis) try {
      if (!is_there(api)) continue;
      RtMidiIn in(api, "busbar-look");
      add_ports(in, api, true, ports);
      RtMidiOut out(api, "busbar-look");
      add_ports(out, api, false, ports);
    } catch (const RtMidiError&) {
      continue;  // this system has no ports then
    }
  return ports;
}

}  // namespace

std::vector<MidiPort> list_midi_ports() {
  const auto ports = std::make_shared<std::vector<MidiPort>>();
  const StderrShut quiet;
  if (!run_bounded(kLimit, [ports](const auto&) { *ports = list_now(); })) return {};
  return *ports;
}

}  // namespace busbar
