#include "engine/control/model/param_value.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

namespace busbar {

namespace {

std::string shown(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

/// Behind a number; a session writes the ratio 4:1 as 4.
std::string unit_of(const ParamSpec& spec) {
  const std::string unit(spec.unit == Unit::ratio ? "" : symbol(spec.unit));
  return unit.empty() ? unit : " " + unit;
}

template <typename Numbers>
std::string joined(const Numbers& numbers, const char* between) {
  std::string list;
  for (const float number : numbers) list += (list.empty() ? "" : between) + shown(static_cast<double>(number));
  return list;
}

std::string list_of(std::span<const std::string_view> choices) {
  std::string list;
  for (const std::string_view choice : choices) list += (list.empty() ? "\"" : ", \"") + std::string(choice) + "\"";
  return list;
}

/// All that may be given where a number may stand: its range or its steps, and names beside them.
std::string allowed_of(const ParamSpec& spec) {
  const std::string text = spec.steps.empty() ? "give a number from " + shown(static_cast<double>(spec.min)) + " to " +
                                                    shown(static_cast<double>(spec.max)) + unit_of(spec)
                                              : "give one of " + joined(spec.steps, ", ") + unit_of(spec);
  return spec.choices.empty() ? text : text + ", or " + list_of(spec.choices);
}

std::optional<Error> check_number(const ParamSpec& spec, double number) {
  // The table's ends are floats: a session's 0.1 lies below 0.1f, and is meant as it.
  const auto held = static_cast<float>(std::clamp(number, -1e30, 1e30));
  if (!(held >= spec.min && held <= spec.max)) return Error{"", shown(number) + " is out of range", allowed_of(spec)};
  if (spec.whole && number != std::floor(number))
    return Error{"", shown(number) + " is not a whole number", "give " + shown(std::round(number))};
  if (spec.steps.empty()) return std::nullopt;
  const auto distance = [&](float step) { return std::fabs(static_cast<double>(step) - number); };
  const double least = distance(*std::ranges::min_element(spec.steps, {}, distance));
  if (least <= 1e-6 * std::fabs(number)) return std::nullopt;
  std::vector<float> nearest;  // two, half-way between them
  std::ranges::copy_if(spec.steps, std::back_inserter(nearest),
                       [&](float step) { return distance(step) <= least * (1.0 + 1e-6); });
  return Error{"", shown(number) + " is between the steps of this control",
               "the nearest is " + joined(nearest, " or ") + "; " + allowed_of(spec)};
}

}  // namespace

std::optional<Error> check_param(const ParamSpec& spec, const ParamValue& value) {
  if (const auto* word = std::get_if<std::string>(&value)) {
    if (std::ranges::find(spec.choices, *word) != spec.choices.end()) return std::nullopt;
    if (!spec.choices.empty())
      return Error{"", "there is no choice \"" + *word + "\"",
                   spec.kind == ParamKind::choice ? "give one of " + list_of(spec.choices) : allowed_of(spec)};
    return Error{"", "\"" + *word + "\" is a text",
                 spec.kind == ParamKind::flag ? "give true or false" : allowed_of(spec)};
  }
  if (spec.kind == ParamKind::choice) return Error{"", "this wants a word", "give one of " + list_of(spec.choices)};
  const bool is_flag = std::holds_alternative<bool>(value);
  if (is_flag != (spec.kind == ParamKind::flag))
    return Error{"", is_flag ? "this is not a switch" : "this is a switch",
                 is_flag ? allowed_of(spec) : "give true or false"};
  return is_flag ? std::nullopt : check_number(spec, std::get<double>(value));
}

}  // namespace busbar
