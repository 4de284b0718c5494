#pragma once
#include <string_view>

#include "engine/core/param_spec.hpp"

namespace busbar {

/// The type that the engine runs through the interface, see path/35_hardware_loop.hpp.
inline constexpr std::string_view kHardwareInsert = "hardware_insert";

/// Its parameters. Channels are those printed on the interface; 0: none.
namespace hardware {
enum : ParamIndex { kSendLeft, kSendRight, kReturnLeft, kReturnRight, kSendDb, kReturnDb, kLatencySamples, kPing };
inline constexpr float kMostChannels = 64.0f;
inline constexpr float kLongestLatency = 96000.0f;
}  // namespace hardware

}  // namespace busbar
