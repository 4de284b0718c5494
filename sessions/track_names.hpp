#pragma once
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace busbar {

/// The words of a track's name in lower case: `SnrTop_02` gives snr, top, 02.
std::vector<std::string> words_of_name(std::string_view name);

/// True if a word of the name is one of `wanted`: itself, its plural, or run together with other words of `known`.
bool matches_any(const std::vector<std::string>& words, const std::vector<std::string>& wanted,
                 const std::set<std::string, std::less<>>& known);

/// A file's name without folder, audio extension and leading number: `audio/01_Kick In.wav` gives `Kick In`.
std::string name_from_path(std::string_view path);

}  // namespace busbar
