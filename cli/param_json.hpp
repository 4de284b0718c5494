#pragma once
#include "cli/json.hpp"
#include "engine/control/model/insert_slot.hpp"

namespace busbar::cli {

/// A number, a switch or a word, as a session writes it.
inline Json to_json(const ParamValue& value) {
  return std::visit([](const auto& held) { return Json(held); }, value);
}

}  // namespace busbar::cli
