#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "engine/control/model/insert_slot.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// Where a send takes its copy: before the inserts, after them, or after fader and mute.
enum class Tap : std::uint8_t { input, pre, post };

/// A copy of a strip's signal, at its own level, into an aux, cue or group.
struct Send {
  std::string to;
  Decibels level;
  Tap tap = Tap::post;
  std::optional<double> pan;  ///< a pan of its own; none: follows the strip's pan and width (`"strip"`)
  bool on = true;
  bool parallel = false;  ///< meant to reach the master a second time, so `check` does not warn
  Extras extras;
  friend bool operator==(const Send&, const Send&) = default;
};

/// What a send without `pan` gets: `post` follows the strip, the others are centred.
inline std::optional<double> default_send_pan(Tap tap) {
  return tap == Tap::post ? std::nullopt : std::optional<double>(0.0);
}

}  // namespace busbar
