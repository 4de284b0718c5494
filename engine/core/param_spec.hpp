#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace busbar {

using ParamIndex = std::uint16_t;

enum class Unit : std::uint8_t { none, decibels, hertz, seconds, milliseconds, percent, frames, semitones, ratio };
enum class Taper : std::uint8_t { linear, log };

/// What a parameter's value may be in a session: a number, one of named choices, or a switch.
enum class ParamKind : std::uint8_t { number, choice, flag };

/// How a change of the parameter travels to the audio thread.
enum class Travel : std::uint8_t {
  grid,   ///< smoothed, one value per 16-frame cell: coefficients and times
  frame,  ///< smoothed, one value per frame (`ProcessArgs::curve`): anything that is a gain
  jump,   ///< lands at once; the processor itself keeps it free of clicks
  plan,   ///< changes the latency or the shape, so it travels as a new plan
};

/// One parameter of a processor, declared once: the window draws from it, JSON and MIDI address it by `key`.
/// Values are floats in `unit`; a choice is the index of its name; a switch is 0 or 1.
struct ParamSpec {
  ParamIndex index = 0;
  std::string_view key;
  std::string_view label;
  Unit unit = Unit::none;
  ParamKind kind = ParamKind::number;
  float min = 0.0f;
  float max = 1.0f;
  float start = 0.0f;
  Taper taper = Taper::linear;
  Travel travel = Travel::grid;
  bool whole = false;                 ///< whole numbers only
  std::span<const float> steps = {};  ///< the allowed values, rising, if only some are
  /// Names, for kind == choice. They may join a number ("auto"): then the value is the name's place, which must lie
  /// below `min`, and the parameter travels as a jump or a plan.
  std::span<const std::string_view> choices = {};
  /// The session's tempo in beats per minute. Nobody sets it by hand, no file or menu has it: the engine does.
  bool is_tempo = false;
};

/// The parameter that every processor which keeps time with the session declares under some index.
constexpr ParamSpec tempo_param(ParamIndex index) noexcept {
  return {.index = index,
          .key = "tempo",
          .label = "Tempo",
          .min = 20.0f,
          .max = 999.0f,
          .start = 120.0f,
          .travel = Travel::jump,
          .is_tempo = true};
}

/// `dB`, `Hz`, `ms` …: what is printed behind a number.
constexpr std::string_view symbol(Unit unit) noexcept {
  switch (unit) {
    case Unit::none:
      return "";
    case Unit::decibels:
      return "dB";
    case Unit::hertz:
      return "Hz";
    case Unit::seconds:
      return "s";
    case Unit::milliseconds:
      return "ms";
    case Unit::percent:
      return "%";
    case Unit::frames:
      return "samples";
    case Unit::semitones:
      return "st";
    case Unit::ratio:
      return ":1";
  }
  return "";
}

}  // namespace busbar
