#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "engine/control/commands/command.hpp"
#include "engine/core/result.hpp"
#include "engine/core/strip_params.hpp"
#include "engine/core/units.hpp"

namespace busbar {

/// Reads the value of an edit as what its address wants. What is wrong leaves the target as it is; the first refusal
/// is kept.
class EditedValue {
 public:
  explicit EditedValue(const Edit& edit) : edit_(edit) {}

  void level(Decibels& target, Range range);
  void number(double& target, Range range, std::string_view unit = "");
  void flag(bool& target);
  void text(std::string& target);
  void refuse(std::string what, std::string mend);

  const Edit& edit() const noexcept { return edit_; }
  /// The value if it is a text, else null.
  const std::string* word() const noexcept { return std::get_if<std::string>(&edit_.value); }
  const std::optional<Error>& error() const noexcept { return error_; }

 private:
  const Edit& edit_;
  std::optional<Error> error_;
};

}  // namespace busbar
