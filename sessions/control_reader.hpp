#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>

#include "engine/control/model/mixer.hpp"
#include "sessions/object_reader.hpp"

namespace busbar {

inline constexpr std::size_t kMaxGroups = 1024;   ///< VCAs, and mute groups
inline constexpr std::size_t kMaxMembers = 8192;  ///< of one of them
inline constexpr std::size_t kMaxScenes = 4096;
inline constexpr std::size_t kMaxMarkers = 65536;

/// Reads what stands beside the strips: vcas, mute_groups, scenes, monitor, talkback, io, transport.
void read_control_sections(ObjectReader& session, Mixer& mixer);

/// Warns of scenes that hold values for strips and groups the mixer does not have.
void check_scene_values(const Mixer& mixer, Report& report);

}  // namespace busbar
