#pragma once
#include <algorithm>
#include <array>
#include <string_view>

namespace busbar {

inline constexpr std::string_view kMasterId = "master";

/// Words that addresses and outputs use themselves, so no strip or group may take them as its id.
inline constexpr std::array<std::string_view, 8> kReservedIds = {"none",    "vca",      "mute_group", "scene",
                                                                 "monitor", "talkback", "session",    "transport"};

/// True for `[a-z0-9_-]{1,64}`.
constexpr bool is_well_formed_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

constexpr bool is_reserved_id(std::string_view id) noexcept {
  return std::ranges::find(kReservedIds, id) != kReservedIds.end();
}

}  // namespace busbar
