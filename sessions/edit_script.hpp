#pragma once
#include <cstddef>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "engine/control/commands/command.hpp"
#include "engine/core/result.hpp"

namespace busbar {

inline constexpr std::size_t kMaxBatch = 65536;  ///< edits of one batch

/// Edits in order of time, and the lines that could not be read (`where` is `FILE:LINE`).
struct EditScript {
  std::vector<TimedEdit> edits;
  std::vector<Error> errors;
};

/// Reads an edit script: one JSON object a line, blank lines skipped, in order of time. A line that is wrong, or that
/// goes back in time, is reported and left out; the rest goes on. Seconds become frames by rounding to the nearest at
/// `sample_rate`. Whether an address exists is not looked at here. `name` stands for the file in messages.
EditScript read_edit_script_text(std::string_view text, double sample_rate, std::string_view name = "script");

/// The same from a file. One that cannot be read gives no edits and one error.
EditScript read_edit_script_file(const std::filesystem::path& file, double sample_rate);

/// A value as the line of a script has it, as that of an edit.
EditValue edit_value_of(const nlohmann::json& value);

}  // namespace busbar
