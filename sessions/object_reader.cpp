#include "sessions/object_reader.hpp"

#include <algorithm>
#include <cmath>

#include "sessions/json_text.hpp"

namespace busbar {

namespace {

using nlohmann::json;

std::string range_text(Range range) { return number_text(range.min) + " … " + number_text(range.max); }

/// `"loud" stands where a number is wanted`.
std::string not_a(std::string_view wanted, const json& found) {
  return shown_value(found) + " stands where " + std::string(wanted) + " is wanted";
}

}  // namespace

bool read_number(const json& value, double& target, Range range, std::string_view mend, const std::string& where,
                 Report& report) {
  if (!value.is_number()) {
    report.error(where, not_a("a number", value), std::string(mend));
    return false;
  }
  const double number = value.get<double>();
  if (!range.holds(number)) {
    report.error(where, shown_value(value) + " is outside " + range_text(range), std::string(mend));
    return false;
  }
  target = number;
  return true;
}

bool read_level(const json& value, Decibels& target, Range range, const std::string& where, Report& report) {
  if (value.is_string() && value.get_ref<const std::string&>() == "-inf") {
    target = kMinusInfinity;
    return true;
  }
  const std::string mend =
      "give a level in dB from " + number_text(range.min) + " to " + number_text(range.max) + ", or \"-inf\"";
  return read_number(value, target.value, range, mend, where, report);
}

bool read_text(const json& value, std::string& target, const std::string& where, Report& report) {
  if (!value.is_string()) {
    report.error(where, not_a("a text", value), "put it in quotes");
    return false;
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > kMaxText) {
    report.error(where, "this text is longer than " + std::to_string(kMaxText) + " bytes", "shorten it");
    return false;
  }
  target = text;
  return true;
}

bool read_channel(const json& value, int& target, const std::string& where, Report& report) {
  double number = 0.0;
  const std::string mend = "give the number of a channel, counted from 1";
  if (!read_number(value, number, {1, kMaxChannel}, mend, where, report)) return false;
  if (number != std::floor(number)) {
    report.error(where, number_text(number) + " is not a whole number", mend);
    return false;
  }
  target = static_cast<int>(number);
  return true;
}

ObjectReader::ObjectReader(const json& value, std::string where, std::string_view what, Report& report)
    : where_(std::move(where)), report_(report) {
  if (value.is_object())
    object_ = &value;
  else
    report.error(where_, not_a(what, value), "write it in braces: { … }");
}

std::string ObjectReader::at(std::string_view key) const { return where_ + "/" + pointer_segment(key); }

const json* ObjectReader::take(std::string_view key) {
  known_.push_back(key);
  if (object_ == nullptr) return nullptr;
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

const json* ObjectReader::take_or_null(std::string_view key) {
  const json* value = take(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json* ObjectReader::need(std::string_view key, std::string_view mend) {
  const json* value = take(key);
  if (value == nullptr && is_object())
    report_.error(at(key), "\"" + std::string(key) + "\" is missing", std::string(mend));
  return value;
}

void ObjectReader::level(std::string_view key, Decibels& target, Range range) {
  if (const json* value = take(key)) read_level(*value, target, range, at(key), report_);
}

void ObjectReader::number(std::string_view key, double& target, Range range, std::string_view mend) {
  if (const json* value = take(key)) read_number(*value, target, range, mend, at(key), report_);
}

void ObjectReader::seconds(std::string_view key, double& target) {
  number(key, target, kTimeRange,
         "give seconds from " + number_text(kTimeRange.min) + " to " + number_text(kTimeRange.max));
}

void ObjectReader::flag(std::string_view key, bool& target) {
  const json* value = take(key);
  if (value == nullptr) return;
  if (value->is_boolean())
    target = value->get<bool>();
  else
    report_.error(at(key), not_a("a switch", *value), "give true or false");
}

void ObjectReader::text(std::string_view key, std::string& target) {
  if (const json* value = take(key)) read_text(*value, target, at(key), report_);
}

void ObjectReader::need_text(std::string_view key, std::string& target, std::string_view mend) {
  if (const json* value = need(key, mend)) read_text(*value, target, at(key), report_);
}

const json* ObjectReader::list(std::string_view key, std::size_t most, std::string_view of_what) {
  const json* value = take(key);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    report_.error(at(key), not_a("a list of " + std::string(of_what), *value), "write it in brackets: [ … ]");
    return nullptr;
  }
  if (value->size() <= most) return value;
  report_.error(at(key),
                std::to_string(value->size()) + " " + std::string(of_what) + " are more than the " +
                    std::to_string(most) + " that fit",
                "take some away");
  return nullptr;
}

void ObjectReader::texts(std::string_view key, std::vector<std::string>& target, std::size_t most) {
  const json* values = list(key, most, "texts");
  if (values == nullptr) return;
  target.resize(values->size());
  for (std::size_t i = 0; i < values->size(); ++i)
    read_text((*values)[i], target[i], at(key) + "/" + std::to_string(i), report_);
}

void ObjectReader::channels(std::string_view key, std::vector<int>& target) {
  const json* values = list(key, kMaxChannel, "channels");
  if (values == nullptr) return;
  std::vector<int> read(values->size());
  bool is_good = true;
  for (std::size_t i = 0; i < values->size(); ++i)
    is_good = read_channel((*values)[i], read[i], at(key) + "/" + std::to_string(i), report_) && is_good;
  if (is_good && read.empty()) report_.error(at(key), "the list of channels is empty", "give one or two channels");
  if (is_good) target = std::move(read);
}

void ObjectReader::wrong_word(std::string where, const json& value, const std::vector<std::string_view>& words) {
  std::string mend = "give ";
  for (const std::string_view word : words)
    mend += (word == words.front() ? "\"" : word == words.back() ? " or \"" : ", \"") + std::string(word) + "\"";
  if (!value.is_string()) return report_.error(std::move(where), not_a("a word", value), std::move(mend));
  const std::string_view nearest = nearest_word(value.get_ref<const std::string&>(), words);
  if (!nearest.empty() && words.size() > 1) mend += "; did you mean \"" + std::string(nearest) + "\"?";
  report_.error(std::move(where), shown_value(value) + " is not one of the words known here", std::move(mend));
}

Extras ObjectReader::finish() {
  if (object_ == nullptr) return {};
  json unknown = json::object();
  for (const auto& [key, value] : object_->items()) {
    if (std::ranges::find(known_, key) != known_.end()) continue;
    const std::string_view nearest = report_.shows_more_warnings() ? nearest_word(key, known_) : "";
    report_.warning(at(key), "this key is not known, so it does nothing; it is kept",
                    nearest.empty() ? "" : "did you mean \"" + std::string(nearest) + "\"?");
    unknown[key] = value;
  }
  return unknown.empty() ? Extras{} : unknown.dump();
}

}  // namespace busbar
