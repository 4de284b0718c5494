#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/core/result.hpp"

namespace busbar {

/// The bytes of a regular file, at most `kMaxJsonBytes` and one more. `what` names the file it ought to be.
Result<std::string> read_bytes(const std::filesystem::path& file, std::string_view what);

/// Puts bytes in place of a file, or makes it, so that at every moment the old or the new one is whole on disk: a
/// temporary file in the same folder, fsync, rename, fsync of the folder. `what` names the file: "the preset".
Result<void> replace_bytes(const std::filesystem::path& file, std::string_view bytes, std::string_view what);

}  // namespace busbar
