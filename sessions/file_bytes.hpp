#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/core/result.hpp"

namespace busbar {

/// The bytes of a regular file, at most `kMaxJsonBytes` and one more. `what` names the file it ought to be.
Result<std::string> read_bytes(const std::filesystem::path& file, std::string_view what);

}  // namespace busbar
