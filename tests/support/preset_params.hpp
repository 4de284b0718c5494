#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/control/model/insert_slot.hpp"
#include "engine/realtime/insert.hpp"
#include "tests/support/param_play.hpp"

namespace busbar::test {

/// The parameters of an insert as its processor gets them, by the words of the session file: names by their place.
inline std::vector<float> params_of(const InsertType& type, const InsertSlot& slot) {
  std::vector<float> params = start_values(type);
  for (const auto& [key, value] : slot.params) {
    const ParamSpec* spec = find_param(type, key);
    if (spec == nullptr) {
      ADD_FAILURE() << type.key << " has no " << key;
      continue;
    }
    float& target = params[spec->index];
    if (const double* number = std::get_if<double>(&value)) target = static_cast<float>(*number);
    if (const bool* on = std::get_if<bool>(&value)) target = *on ? 1.0f : 0.0f;
    if (const auto* word = std::get_if<std::string>(&value)) {
      const auto place = std::ranges::find(spec->choices, *word);
      EXPECT_NE(place, spec->choices.end()) << type.key << " " << key << " " << *word;
      target = static_cast<float>(place - spec->choices.begin());
    }
  }
  return params;
}

}  // namespace busbar::test
