#pragma once
#include <optional>

#include "engine/control/model/insert_slot.hpp"
#include "engine/core/param_spec.hpp"
#include "engine/core/result.hpp"

namespace busbar {

/// Why a parameter may not have that value (`where` is left empty), or nothing if it may.
std::optional<Error> check_param(const ParamSpec& spec, const ParamValue& value);

}  // namespace busbar
