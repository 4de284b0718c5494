#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/devices/audio_device.hpp"

namespace busbar {

/// Notices when a device no longer calls: at once where the system says so, else by its counter of callbacks. A device
/// that is silent for a moment is spoken of; one that stays so is lost.
class DeviceWatch {
 public:
  explicit DeviceWatch(std::string name) : name_(std::move(name)) {}

  /// To be called every few milliseconds. Returns what a person should know.
  std::vector<Error> look(const AudioDevice& device);
  bool silent() const noexcept { return silent_; }
  bool lost() const noexcept { return lost_; }
  int longest_block() const noexcept { return longest_block_; }

 private:
  std::string name_;
  std::uint64_t callbacks_ = 0;
  int longest_block_ = 0;
  double quiet_s_ = 0.0;
  std::optional<std::chrono::steady_clock::time_point> last_look_;
  bool silent_ = false;
  bool lost_ = false;
};

/// Share of the time that a thread computes, over the last second or so.
class LoadMeter {
 public:
  /// `cpu_s`: processor time the thread has used so far.
  double follow(double cpu_s);

 private:
  std::optional<std::chrono::steady_clock::time_point> since_;
  double cpu_s_ = 0.0;
  double load_ = 0.0;
};

}  // namespace busbar
