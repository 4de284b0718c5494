#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::test {

/// Who may include whom: the picture in docs/architecture.md, as tables (in the .cpp) and what checks them.
struct SourceText {
  std::string path;  ///< from the root of the project, like engine/core/units.hpp
  std::string text;
};

/// All sources of ours under engine, sessions, cli and gui, sorted by path.
std::vector<SourceText> read_sources(const std::filesystem::path& root);

/// One line per `#include` that the picture does not have, and per word in engine/realtime that the audio thread has
/// no business with: file:line, what, and what would be right. Empty if all is well.
std::vector<std::string> broken_rules(const SourceText& source);

/// Exceptions of the tables that no source makes use of any more.
std::vector<std::string> idle_exceptions(const std::vector<SourceText>& sources);

}  // namespace busbar::test
