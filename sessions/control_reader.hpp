#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "engine/control/model/mixer.hpp"
#include "sessions/object_reader.hpp"

namespace busbar {

inline constexpr std::size_t kMaxGroups = 1024;   ///< VCAs, and mute groups
inline constexpr std::size_t kMaxMembers = 8192;  ///< of one of them
inline constexpr std::size_t kMaxScenes = 4096;
inline constexpr Range kFadeRange{0.0, 60.0};  ///< of a scene, in seconds
inline constexpr std::size_t kMaxMarkers = 65536;

/// Reads what stands beside the strips: vcas, mute_groups, scenes, monitor, talkback, io, transport.
void read_control_sections(ObjectReader& session, Mixer& mixer);

/// One part beside the strips; `where` is its pointer. How it fits the others is not looked at.
Vca read_vca(const nlohmann::json& value, const std::string& where, Report& report);
MuteGroup read_mute_group(const nlohmann::json& value, const std::string& where, Report& report);
Monitor read_monitor(const nlohmann::json& value, const std::string& where, Report& report);
Talkback read_talkback(const nlohmann::json& value, const std::string& where, Report& report);
Io read_io(const nlohmann::json& value, const std::string& where, Report& report);
Transport read_transport(const nlohmann::json& value, const std::string& where, Report& report);

/// One scene; `where` is its pointer. What its values say is not looked at.
Scene read_scene(const nlohmann::json& value, const std::string& where, Report& report);

/// Warns of scopes and recall-safe words that are not known, of scenes whose recall would be refused, and of values
/// that a recall leaves out, since what they are for is not there or out of the scene's scope.
void check_scenes(const Mixer& mixer, Report& report);

/// What is wrong with a word of a strip's `recall_safe`, or of a scene's `scope`; nothing if it means something.
std::optional<Error> wrong_safe_word(const Strip& strip, std::string_view word, bool with_mend = true);
std::optional<Error> wrong_scope_word(std::string_view word, bool with_mend = true);

}  // namespace busbar
