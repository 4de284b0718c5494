#pragma once
#include <array>

#include "engine/core/param_spec.hpp"

namespace busbar {

/// A range of numbers that a session may hold; levels may also be `"-inf"`.
struct Range {
  double min, max;
  constexpr bool holds(double x) const noexcept { return x >= min && x <= max; }
};

inline constexpr Range kSampleRateRange{8000.0, 384000.0};
inline constexpr Range kLevelRange{-120.0, 12.0};  // trim, fader, send
inline constexpr Range kClipGainRange{-120.0, 60.0};
inline constexpr Range kPanRange{-1.0, 1.0};
inline constexpr Range kWidthRange{0.0, 2.0};
inline constexpr Range kMixRange{0.0, 1.0};
inline constexpr Range kSummingDriveRange{0.0, 24.0};
inline constexpr Range kTempoRange{20.0, 999.0};
inline constexpr Range kCeilingRange{-60.0, 0.0};
inline constexpr double kUsualCeiling = -0.3;  ///< of a hardware output, in dBFS
inline constexpr double kCueCeiling = -6.0;    ///< of a cue's: it ends in somebody's ears

/// The values of a strip that can be moved while it plays. The window, MIDI and scripts address them by key.
enum class StripParam : ParamIndex { trim_db, polarity, fader_db, pan, width, mute, solo, solo_safe };

inline constexpr auto kStripParams = std::to_array<ParamSpec>({
    {.index = 0, .key = "trim_db", .label = "Trim", .unit = Unit::decibels, .min = -120, .max = 12, .start = 0},
    {.index = 1, .key = "polarity", .label = "Polarity", .kind = ParamKind::flag},
    {.index = 2, .key = "fader_db", .label = "Fader", .unit = Unit::decibels, .min = -120, .max = 12, .start = 0},
    {.index = 3, .key = "pan", .label = "Pan", .min = -1, .max = 1, .start = 0},
    {.index = 4, .key = "width", .label = "Width", .min = 0, .max = 2, .start = 1},
    {.index = 5, .key = "mute", .label = "Mute", .kind = ParamKind::flag},
    {.index = 6, .key = "solo", .label = "Solo", .kind = ParamKind::flag},
    {.index = 7, .key = "solo_safe", .label = "Solo safe", .kind = ParamKind::flag},
});

enum class SendParam : ParamIndex { level_db, pan, on };

inline constexpr auto kSendParams = std::to_array<ParamSpec>({
    {.index = 0, .key = "level_db", .label = "Level", .unit = Unit::decibels, .min = -120, .max = 12, .start = 0},
    {.index = 1, .key = "pan", .label = "Pan", .min = -1, .max = 1, .start = 0},
    {.index = 2, .key = "on", .label = "On", .kind = ParamKind::flag, .start = 1},
});

}  // namespace busbar
