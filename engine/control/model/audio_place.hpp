#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace busbar {

/// True if the file that a clip names lies outside the session's folder because a symbolic link leads there; it asks
/// the disk. A name that leaves by its own words, by "/" or "..", is another matter, which the text alone tells.
bool leaves_by_link(const std::filesystem::path& folder, const std::string& name);

/// What is said of one, and how to mend it.
inline constexpr std::string_view kLeavesByLink = "the path leaves the session's folder through a symbolic link";
inline constexpr std::string_view kLeavesMend = "move the file into the folder, or allow it with --allow-outside";

}  // namespace busbar
