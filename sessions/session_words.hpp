#pragma once
#include <array>
#include <string_view>

#include "engine/control/model/mixer.hpp"
#include "sessions/object_reader.hpp"

/// The words that stand for choices in a session, for reading and for writing.
namespace busbar {

inline constexpr auto kTapWords =
    std::to_array<Word<Tap>>({{"input", Tap::input}, {"pre", Tap::pre}, {"post", Tap::post}});
inline constexpr auto kSummingWords =
    std::to_array<Word<Summing>>({{"clean", Summing::clean}, {"console", Summing::console}});
inline constexpr auto kWaveWords =
    std::to_array<Word<Wave>>({{"sine", Wave::sine}, {"pink", Wave::pink}, {"white", Wave::white}});
inline constexpr auto kBusWords = std::to_array<Word<StripKind>>(
    {{"group", StripKind::group}, {"aux", StripKind::aux}, {"cue", StripKind::cue}, {"master", StripKind::master}});
inline constexpr auto kSoloWords =
    std::to_array<Word<SoloMode>>({{"in_place", SoloMode::in_place}, {"pfl", SoloMode::pfl}, {"afl", SoloMode::afl}});

template <typename Value, std::size_t N>
constexpr std::string_view word_of(const std::array<Word<Value>, N>& words, Value value) {
  for (const Word<Value>& word : words)
    if (word.value == value) return word.text;
  return {};
}

}  // namespace busbar
