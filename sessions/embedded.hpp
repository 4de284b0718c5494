#pragma once
#include <span>
#include <string_view>

namespace busbar {

/// A data file that the build puts into the program (sessions/embed.cmake).
struct EmbeddedFile {
  std::string_view name;  ///< path below the folder of its kind, without extension
  std::string_view text;
};

/// The files of sessions/templates/, in order of name.
std::span<const EmbeddedFile> embedded_templates() noexcept;

/// The files of sessions/presets/, in order of path: the name of one is `TYPE/KEY`.
std::span<const EmbeddedFile> embedded_presets() noexcept;

}  // namespace busbar
