// Opens the audio device and does nothing in its callback: the yardstick that tells how many xruns are the machine's
// own.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "engine/devices/audio_device.hpp"

namespace {

struct Nothing final : busbar::AudioCallback {
  void render(const busbar::DeviceBlock& block) noexcept override {
    for (float* out : block.outputs)
      if (out != nullptr) std::fill_n(out, block.frames, 0.0f);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 10.0;
  auto device = busbar::open_audio_device({.name = "JACK", .sample_rate = 48000.0});
  Nothing nothing;
  if (!device || !(*device)->start(nothing)) return 1;
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const auto counts = (*device)->counts();
  std::printf("{\"callbacks\": %llu, \"xruns\": %llu, \"cpu_s\": %f}\n",
              static_cast<unsigned long long>(counts.callbacks), static_cast<unsigned long long>(counts.flagged),
              (*device)->thread().cpu_s);
  (*device)->stop();
  return 0;
}
