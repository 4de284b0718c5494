#include "engine/control/model/param_value.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace busbar {

namespace {

std::string shown(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

std::string with_unit(double number, const ParamSpec& spec) {
  const std::string_view unit = symbol(spec.unit);
  return shown(number) + (unit.empty() ? "" : " ") + std::string(unit);
}

std::string range_of(const ParamSpec& spec) {
  return "give a number from " + shown(static_cast<double>(spec.min)) + " to " +
         with_unit(static_cast<double>(spec.max), spec);
}

std::string list_of(std::span<const std::string_view> choices) {
  std::string list;
  for (const std::string_view choice : choices) list += (list.empty() ? "\"" : ", \"") + std::string(choice) + "\"";
  return list;
}

std::optional<Error> check_number(const ParamSpec& spec, double number) {
  // The table's ends are floats: a session's 0.1 lies below 0.1f, and is meant as it.
  const auto held = static_cast<float>(std::clamp(number, -1e30, 1e30));
  if (!(held >= spec.min && held <= spec.max)) return Error{"", shown(number) + " is out of range", range_of(spec)};
  if (spec.whole && number != std::floor(number))
    return Error{"", shown(number) + " is not a whole number", "give " + shown(std::round(number))};
  if (spec.steps.empty()) return std::nullopt;
  const float nearest = *std::ranges::min_element(
      spec.steps, {}, [&](float step) { return std::fabs(static_cast<double>(step) - number); });
  if (std::fabs(static_cast<double>(nearest) - number) <= 1e-6 * std::fabs(number)) return std::nullopt;
  return Error{"", shown(number) + " is between the steps of this control",
               "the nearest is " + with_unit(static_cast<double>(nearest), spec)};
}

}  // namespace

std::optional<Error> check_param(const ParamSpec& spec, const ParamValue& value) {
  if (const auto* word = std::get_if<std::string>(&value)) {
    if (std::ranges::find(spec.choices, *word) != spec.choices.end()) return std::nullopt;
    if (spec.choices.empty())
      return Error{"", "\"" + *word + "\" is a text",
                   spec.kind == ParamKind::flag ? "give true or false" : range_of(spec)};
    return Error{"", "there is no choice \"" + *word + "\"", "give one of " + list_of(spec.choices)};
  }
  if (spec.kind == ParamKind::choice) return Error{"", "this wants a word", "give one of " + list_of(spec.choices)};
  const bool is_flag = std::holds_alternative<bool>(value);
  if (is_flag != (spec.kind == ParamKind::flag))
    return Error{"", is_flag ? "this is not a switch" : "this is a switch",
                 is_flag ? range_of(spec) : "give true or false"};
  return is_flag ? std::nullopt : check_number(spec, std::get<double>(value));
}

}  // namespace busbar
