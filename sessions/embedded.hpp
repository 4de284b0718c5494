#pragma once
#include <span>
#include <string_view>

namespace busbar {

/// A data file that the build puts into the program (sessions/embed.cmake).
struct EmbeddedFile {
  std::string_view name;  ///< without folder and extension
  std::string_view text;
};

/// The files of sessions/templates/, in order of name.
std::span<const EmbeddedFile> embedded_templates() noexcept;

}  // namespace busbar
