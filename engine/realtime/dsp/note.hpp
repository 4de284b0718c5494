#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace busbar {

/// Lengths of notes as a menu lists them, long ones first.
inline constexpr auto kNoteNames = std::to_array<std::string_view>(
    {"whole_dotted", "whole", "half_dotted", "whole_triplet", "half", "quarter_dotted", "half_triplet", "quarter",
     "eighth_dotted", "quarter_triplet", "eighth", "sixteenth_dotted", "eighth_triplet", "sixteenth",
     "thirty_second_dotted", "sixteenth_triplet", "thirty_second", "thirty_second_triplet"});

/// The same in beats; a beat is a quarter.
inline constexpr std::array<double, kNoteNames.size()> kNoteBeats = {
    6.0,       4.0, 3.0,   8.0 / 3.0, 2.0,  1.5,    4.0 / 3.0, 1.0,   0.75,
    2.0 / 3.0, 0.5, 0.375, 1.0 / 3.0, 0.25, 0.1875, 1.0 / 6.0, 0.125, 1.0 / 12.0};

inline constexpr std::size_t kQuarterNote = 7, kEighthNote = 10;

/// Seconds of a note, given by its place in the list, at a tempo in beats per minute.
constexpr double note_seconds(float note, float tempo_bpm) noexcept {
  return 60.0 / static_cast<double>(tempo_bpm) * kNoteBeats[static_cast<std::size_t>(note)];
}

}  // namespace busbar
