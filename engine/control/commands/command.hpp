#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/core/units.hpp"

namespace busbar {

/// JSON that only the receiver can read (a whole strip, an insert), as text.
struct JsonText {
  std::string text;
  friend bool operator==(const JsonText&, const JsonText&) = default;
};

/// The value of an edit: nothing (null), a switch, a number, a word, or a structure.
using EditValue = std::variant<std::monostate, bool, double, std::string, JsonText>;

enum class EditOp : std::uint8_t { set, add, remove, move, batch, undo, redo };

/// One edit, as scripts, the window, MIDI and remotes all say it.
struct Edit {
  EditOp op = EditOp::set;
  std::string address;
  EditValue value;
  std::optional<int> index;  ///< where an `add` or `move` goes
  std::vector<Edit> edits;   ///< the parts of a batch
  std::string gesture;       ///< edits that share it are one undo step
  bool compensate = false;   ///< `set` of a trim: what follows it makes up for it, see staging_trim.hpp
  friend bool operator==(const Edit&, const Edit&) = default;
};

/// A line of an edit script.
struct TimedEdit {
  Frames at = 0;  ///< engine frames since the start of the run
  int line = 0;   ///< counted from 1
  Edit edit;
};

}  // namespace busbar
