#include "engine/control/commands/edit_value.hpp"

#include <array>
#include <cstdio>
#include <utility>

namespace busbar {

namespace {

/// The longest name that a session holds, in bytes.
constexpr std::size_t kMaxText = 4096;

}  // namespace

void EditedValue::level(Decibels& target, Range range) {
  if (const std::string* said = word(); said != nullptr && *said == "-inf")
    target = kMinusInfinity;
  else
    number(target.value, range, " dB, or \"-inf\"");
}

void EditedValue::number(double& target, Range range, std::string_view unit) {
  const double* value = std::get_if<double>(&edit_.value);
  if (value != nullptr && range.holds(*value)) {
    target = *value;
    return;
  }
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "give a number from %g to %g", range.min, range.max);
  refuse(value == nullptr ? "this wants a number" : "the value is out of range", text.data() + std::string(unit));
}

void EditedValue::flag(bool& target) {
  if (const bool* value = std::get_if<bool>(&edit_.value))
    target = *value;
  else
    refuse("this is a switch", "give true or false");
}

void EditedValue::text(std::string& target) {
  const std::string* value = word();
  if (value == nullptr)
    refuse("this wants a text", "put it in quotes");
  else if (value->size() > kMaxText)
    refuse("this text is longer than " + std::to_string(kMaxText) + " bytes", "shorten it");
  else
    target = *value;
}

void EditedValue::refuse(std::string what, std::string mend) {
  if (!error_) error_ = Error{edit_.address, std::move(what), std::move(mend)};
}

}  // namespace busbar
