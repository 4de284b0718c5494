#pragma once
#include <filesystem>
#include <optional>
#include <string>

#include "engine/core/result.hpp"

namespace busbar {

/// A small text file that carries its own SHA-256, so that a damaged one is never taken for a good one.
Result<void> write_sealed(const std::filesystem::path& file, const std::string& text);
/// Nothing if the file is not there or not as it was written.
std::optional<std::string> read_sealed(const std::filesystem::path& file);

}  // namespace busbar
