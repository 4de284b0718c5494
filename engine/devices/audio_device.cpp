#include "engine/devices/audio_device.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/devices/portaudio_device.hpp"

namespace busbar {

double CallbackCounts::edge_s(std::size_t n) noexcept { return 1e-6 * std::exp2(static_cast<double>(n) / 6.0); }

double CallbackCounts::percentile_s(double share) const noexcept {
  // Of the sizes themselves: `callbacks` may be one ahead of or behind them.
  const auto all = std::accumulate(durations.begin(), durations.end(), std::uint64_t{0});
  if (all == 0) return 0.0;
  const double wanted = std::clamp(share, 0.0, 1.0) * static_cast<double>(all);
  std::uint64_t below = 0;
  for (std::size_t n = 0; n + 1 < kDurations; ++n) {
    below += durations[n];
    if (below > 0 && static_cast<double>(below) >= wanted) return std::min(edge_s(n), longest_s);
  }
  return longest_s;
}

std::vector<DeviceInfo> list_audio_devices() { return list_portaudio_devices(); }

Result<std::unique_ptr<AudioDevice>> open_audio_device(const DeviceRequest& request) {
  return open_portaudio_device(request);
}

}  // namespace busbar
