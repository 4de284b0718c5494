#pragma once
#include <CLI/CLI.hpp>

namespace busbar::cli {

/// A finite number of seconds from 0 to `most`; CLI::Range lets "nan" pass.
CLI::Validator seconds_to(double most);

/// A text that is not empty, as a file's name.
CLI::Validator not_empty();

}  // namespace busbar::cli
