#include "engine/devices/portaudio_device.hpp"

#include <pa_linux_alsa.h>
#include <portaudio.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "engine/devices/bounded_call.hpp"
#include "engine/devices/portaudio_stream.hpp"
#include "engine/devices/portaudio_system.hpp"
#include "engine/devices/quiet_libraries.hpp"
#include "engine/devices/stream_side.hpp"

namespace busbar {

namespace {

constexpr std::chrono::seconds kOpenLimit{5};

int on_block(const void* inputs, void* outputs, unsigned long frames, const PaStreamCallbackTimeInfo*,
             PaStreamCallbackFlags flags, void* side) noexcept {
  constexpr auto kXrun = paInputUnderflow | paInputOverflow | paOutputUnderflow | paOutputOverflow;
  static_cast<StreamSide*>(side)->run(static_cast<const float* const*>(inputs), static_cast<float* const*>(outputs),
                                      static_cast<std::int64_t>(frames), (flags & kXrun) != 0);
  return paContinue;
}

void on_finished(void* side) noexcept { static_cast<StreamSide*>(side)->finish(); }

/// A device and the parameters with which it shall be opened.
struct Opening {
  KnownDevice device;
  PaStreamParameters input{}, output{};
  double sample_rate = 0.0;
  unsigned long block = 0;

  const PaStreamParameters* inputs() const { return input.channelCount > 0 ? &input : nullptr; }
};

Opening plan_opening(const KnownDevice& device, const DeviceRequest& request) {
  // JACK's ports cost nothing: all of them, so that another routing needs no other stream.
  const bool all = device.info.host == "JACK";
  const PaDeviceInfo& info = *Pa_GetDeviceInfo(device.index);
  Opening opening{.device = device, .block = static_cast<unsigned long>(std::max(request.block, 0))};
  const int outputs =
      all ? device.info.outputs : std::min(std::max({request.outputs, request.wished_outputs, 2}), device.info.outputs);
  const int inputs = all ? device.info.inputs : std::min(request.inputs, device.info.inputs);
  const auto channels = [&](int count, double latency) {
    return PaStreamParameters{.device = device.index,
                              .channelCount = count,
                              .sampleFormat = paFloat32 | paNonInterleaved,
                              .suggestedLatency = latency,
                              .hostApiSpecificStreamInfo = nullptr};
  };
  opening.output = channels(outputs, info.defaultLowOutputLatency);
  opening.input = channels(std::max(inputs, 0), info.defaultLowInputLatency);
  opening.sample_rate = request.sample_rate;
  const bool can = request.sample_rate > 0.0 &&
                   Pa_IsFormatSupported(opening.inputs(), &opening.output, request.sample_rate) == paFormatIsSupported;
  if (!can) opening.sample_rate = info.defaultSampleRate;
  return opening;
}

Result<std::unique_ptr<AudioDevice>> open_stream(const Opening& opening) {
  const DeviceInfo& info = opening.device.info;
  auto side = std::make_unique<StreamSide>(opening.input.channelCount, opening.output.channelCount);
  PaStream* stream = nullptr;
  const PaError error = Pa_OpenStream(&stream, opening.inputs(), &opening.output, opening.sample_rate, opening.block,
                                      paNoFlag, on_block, side.get());
  if (error != paNoError) return refusal(info, error);
  Pa_SetStreamFinishedCallback(stream, on_finished);
  if (info.host == "ALSA") PaAlsa_EnableRealtimeScheduling(stream, 1);
  const PaStreamInfo* opened = Pa_GetStreamInfo(stream);
  DeviceFormat format{.host = info.host,
                      .name = info.name,
                      .inputs = opening.input.channelCount,
                      .outputs = opening.output.channelCount,
                      .sample_rate = opened != nullptr ? opened->sampleRate : opening.sample_rate,
                      .block = static_cast<int>(opening.block)};
  return std::unique_ptr<AudioDevice>(std::make_unique<PortAudioDevice>(stream, std::move(side), std::move(format)));
}

Result<std::unique_ptr<AudioDevice>> open_now(const DeviceRequest& request) {
  if (const auto begun = begin_portaudio(); !begun) return begun.error();
  const auto opened = [&]() -> Result<std::unique_ptr<AudioDevice>> {
    const auto device = choose_device(portaudio_devices(), request);
    if (!device) return device.error();
    return open_stream(plan_opening(*device, request));
  };
  auto result = opened();
  if (!result) end_portaudio();
  return result;
}

/// Asks PortAudio on a thread that can be left behind. `answer` must own all that it touches.
template <typename T>
std::optional<T> ask_portaudio(const std::function<T()>& answer) {
  if (portaudio_is_stuck()) return std::nullopt;
  const auto given = std::make_shared<std::optional<T>>();
  const StderrShut quiet;
  if (run_bounded(kOpenLimit, [given, answer](const auto&) { given->emplace(answer()); })) return std::move(*given);
  portaudio_got_stuck();
  return std::nullopt;
}

}  // namespace

std::vector<DeviceInfo> list_portaudio_devices() {
  const auto devices = ask_portaudio<std::vector<DeviceInfo>>([] {
    std::vector<DeviceInfo> infos;
    if (!begin_portaudio()) return infos;
    for (const KnownDevice& device : portaudio_devices()) infos.push_back(device.info);
    end_portaudio();
    return infos;
  });
  return devices.value_or(std::vector<DeviceInfo>{});
}

Result<std::unique_ptr<AudioDevice>> open_portaudio_device(const DeviceRequest& request) {
  if (request.block < 0 || request.block > kMaxBlock)
    return Error{"--block", std::to_string(request.block) + " frames is not possible",
                 "give 1 to " + std::to_string(kMaxBlock) + ", or 0 for the device's own"};
  using Answer = Result<std::unique_ptr<AudioDevice>>;
  auto answer = ask_portaudio<Answer>([request] { return open_now(request); });
  if (!answer) return stuck_error();
  return std::move(*answer);
}

}  // namespace busbar
