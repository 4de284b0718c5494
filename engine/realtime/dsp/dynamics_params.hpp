#pragma once
#include <span>
#include <string_view>

#include "engine/core/param_spec.hpp"

namespace busbar {

// What the tables of dynamics processors have in common. Gains and thresholds travel frame by frame.

constexpr ParamSpec decibel_param(ParamIndex index, std::string_view key, std::string_view label, float min, float max,
                                  float start) noexcept {
  return {.index = index,
          .key = key,
          .label = label,
          .unit = Unit::decibels,
          .min = min,
          .max = max,
          .start = start,
          .travel = Travel::frame};
}

constexpr ParamSpec time_param(ParamIndex index, std::string_view key, std::string_view label, float min, float max,
                               float start) noexcept {
  return {.index = index,
          .key = key,
          .label = label,
          .unit = Unit::milliseconds,
          .min = min,
          .max = max,
          .start = start,
          .taper = Taper::log};
}

constexpr ParamSpec choice_param(ParamIndex index, std::string_view key, std::string_view label,
                                 std::span<const std::string_view> names, float start = 0.0f,
                                 Travel travel = Travel::jump) noexcept {
  return {.index = index,
          .key = key,
          .label = label,
          .kind = ParamKind::choice,
          .max = static_cast<float>(names.size() - 1),
          .start = start,
          .travel = travel,
          .choices = names};
}

/// Where the filters of a side chain are switched off, and stand at first.
inline constexpr float kKeyLowCutOff = 10.0f, kKeyHighCutOff = 20000.0f;

constexpr ParamSpec key_low_cut_param(ParamIndex index, std::string_view key) noexcept {
  return {.index = index,
          .key = key,
          .label = "Key low cut (10: off)",
          .unit = Unit::hertz,
          .min = kKeyLowCutOff,
          .max = 500.0f,
          .start = kKeyLowCutOff,
          .taper = Taper::log};
}

constexpr ParamSpec key_high_cut_param(ParamIndex index, std::string_view key) noexcept {
  return {.index = index,
          .key = key,
          .label = "Key high cut (20000: off)",
          .unit = Unit::hertz,
          .min = 500.0f,
          .max = kKeyHighCutOff,
          .start = kKeyHighCutOff,
          .taper = Taper::log};
}

constexpr ParamSpec lookahead_param(ParamIndex index) noexcept {
  return {.index = index,
          .key = "lookahead_ms",
          .label = "Look-ahead",
          .unit = Unit::milliseconds,
          .max = 5.0f,
          .travel = Travel::plan};
}

}  // namespace busbar
