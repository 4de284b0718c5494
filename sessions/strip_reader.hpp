#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "engine/control/model/strip.hpp"
#include "sessions/object_reader.hpp"

namespace busbar {

inline constexpr std::size_t kMaxStrips = 4096;
inline constexpr std::size_t kMaxSends = 256;    ///< of one strip
inline constexpr std::size_t kMaxInserts = 64;   ///< of one strip
inline constexpr std::size_t kMaxClips = 65536;  ///< of one track
inline constexpr std::size_t kMaxParams = 1024;  ///< of one insert

/// What the parts of a strip need to know of the rest.
struct StripContext {
  Report& report;
  bool allow_outside = false;
  std::set<std::string, std::less<>> cues = {};  ///< sends into these have tap `pre` unless said otherwise
};

/// Read one part of a session; what is wrong is in the report, and what could not be read has its default.
/// `where` is the pointer of the part.
Strip read_strip(const nlohmann::json& value, bool is_track, const std::string& where, StripContext& context);
Send read_send(const nlohmann::json& value, const std::string& where, StripContext& context);
InsertSlot read_insert(const nlohmann::json& value, const std::string& where, StripContext& context);
/// How the inserts of a chain preset of that name come into a session.
std::string chain_mend(const nlohmann::json& name);
Clip read_clip(const nlohmann::json& value, const std::string& where, StripContext& context);
Source read_source(const nlohmann::json& value, const std::string& where, StripContext& context);
ToHardware read_hardware(const nlohmann::json& value, const std::string& where, Report& report);

/// Some keys of a strip or send, from its reader; what is absent stays as it is.
void read_mix_values(ObjectReader& reader, Strip& strip);  ///< trim_db … solo_safe, those of `kStripParams`
void read_output(ObjectReader& reader, Strip& strip);
void read_send_pan(ObjectReader& reader, Send& send);

/// The ids of the cues of a session, before its buses are read.
std::set<std::string, std::less<>> ids_of_cues(const nlohmann::json& session);

/// Why a session may not name that audio file, or nothing if it may. Looks at the text alone.
std::optional<Error> check_audio_path(std::string_view path, bool allow_outside);

}  // namespace busbar
