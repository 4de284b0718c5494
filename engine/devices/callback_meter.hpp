#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "engine/devices/audio_device.hpp"

namespace busbar {

/// Time that only goes forward, in ns. No system call: the kernel maps the clock into the process.
std::int64_t monotonic_ns() noexcept;

/// Counts callbacks. The audio thread alone writes, others read whenever they like: each number is right by itself,
/// though one callback may be in some of them and not yet in others.
class CallbackMeter {
 public:
  /// Audio thread, behind each callback: its frames, whether the device told of lost sound before it, and how long it
  /// took in ns.
  void note(int frames, bool flagged, std::int64_t took_ns) noexcept;

  CallbackCounts counts() const noexcept;

 private:
  std::atomic<std::uint64_t> callbacks_{0}, flagged_{0};
  std::atomic<Frames> frames_{0};
  std::atomic<int> longest_block_{0};
  std::array<std::atomic<std::uint64_t>, CallbackCounts::kDurations> durations_{};
  std::atomic<std::int64_t> longest_ns_{0}, before_flag_ns_{0};
  std::int64_t last_ns_ = 0;  // audio thread only
};

}  // namespace busbar
