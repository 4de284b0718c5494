#include "engine/devices/portaudio_system.hpp"

#include <pa_jack.h>
#include <portaudio.h>

#include <atomic>
#include <string_view>

#include "engine/devices/jack_farewell.hpp"
#include "engine/devices/quiet_libraries.hpp"

namespace busbar {

namespace {

std::atomic<bool> stuck{false};

std::string host_name(const PaHostApiInfo& host) {
  switch (host.type) {
    case paJACK:
      return "JACK";
    case paALSA:
      return "ALSA";
    case paOSS:
      return "OSS";
    default:
      return host.name;
  }
}

/// What stands for a host: in JACK each client with ports is a device, and the sound card's is called "system".
PaDeviceIndex default_of(PaHostApiIndex api, const PaHostApiInfo& host) {
  if (host.type != paJACK) return host.defaultOutputDevice;
  for (int n = 0; n < host.deviceCount; ++n) {
    const PaDeviceIndex index = Pa_HostApiDeviceIndexToDeviceIndex(api, n);
    const PaDeviceInfo* device = index >= 0 ? Pa_GetDeviceInfo(index) : nullptr;
    if (device != nullptr && device->maxOutputChannels > 0 && std::string_view(device->name) == "system") return index;
  }
  return host.defaultOutputDevice;
}

/// JACK if its server runs: whoever started it wants it used. Else what the system says.
PaDeviceIndex default_of_all() {
  const PaHostApiIndex jack = Pa_HostApiTypeIdToHostApiIndex(paJACK);
  const PaHostApiInfo* host = jack >= 0 ? Pa_GetHostApiInfo(jack) : nullptr;
  const PaDeviceIndex device = host != nullptr ? default_of(jack, *host) : paNoDevice;
  return device != paNoDevice ? device : Pa_GetDefaultOutputDevice();
}

}  // namespace

Result<void> begin_portaudio() {
  if (portaudio_is_stuck()) return stuck_error();
  PaJack_SetClientName("busbar");
  quiet_libraries();
  const PaError error = Pa_Initialize();
  quiet_libraries();
  if (error == paNoError) return {};
  return Error{"audio system", Pa_GetErrorText(error), "see that the sound system of this machine runs"};
}

void end_portaudio() {
  const JackFarewell farewell;
  Pa_Terminate();
  quiet_libraries();
}

bool portaudio_is_stuck() noexcept { return stuck; }

void portaudio_got_stuck() noexcept { stuck = true; }

Error stuck_error() { return {"audio device", "the audio system went away while it was in use", "start Busbar again"}; }

std::vector<KnownDevice> portaudio_devices() {
  std::vector<KnownDevice> devices;
  const PaDeviceIndex first_choice = default_of_all();
  for (PaDeviceIndex index = 0; index < Pa_GetDeviceCount(); ++index) {
    const PaDeviceInfo* device = Pa_GetDeviceInfo(index);
    const PaHostApiInfo* host = device != nullptr ? Pa_GetHostApiInfo(device->hostApi) : nullptr;
    if (host == nullptr) continue;
    devices.push_back({.info = {.host = host_name(*host),
                                .name = device->name,
                                .inputs = device->maxInputChannels,
                                .outputs = device->maxOutputChannels,
                                .default_rate = device->defaultSampleRate,
                                .is_default = index == first_choice},
                       .index = index,
                       .host_default = index == default_of(device->hostApi, *host)});
  }
  return devices;
}

}  // namespace busbar
