#pragma once
#include <string>

#include "engine/control/commands/command.hpp"

namespace busbar {

/// The line of an edit script that says this edit, without a line break; `read_edit_script_text` makes the same edit of
/// it, numbers to the bit. Structures keep their text, line breaks made spaces. What no script can say is written as
/// near as it goes: a level of minus infinity as the word "-inf", other numbers that are not finite and structures that
/// are not JSON as null, bytes that are not UTF-8 replaced.
std::string write_edit_line(const TimedEdit& edit);

}  // namespace busbar
