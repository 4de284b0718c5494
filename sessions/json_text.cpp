#include "sessions/json_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <numeric>

namespace busbar {

namespace {

using nlohmann::json;

/// `line 3, column 7` of a byte, both counted from 1, columns in characters.
std::string place_of(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::string_view row = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  const auto column = std::ranges::count_if(row, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return "line " + std::to_string(line) + ", column " + std::to_string(column + 1);
}

/// The byte at which lists and objects nest too deep. Looked for before the parse, where the place is still known.
std::optional<std::size_t> find_too_deep(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) return i;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

/// Builds the value and minds what the package's own builder lets pass: doubled keys and endless files.
class Builder : public json::json_sax_t {
 public:
  explicit Builder(ParsedJson& result, std::string_view text) : result_(result), text_(text) {}

  bool null() override { return put(nullptr) != nullptr; }
  bool boolean(bool value) override { return put(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return put(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return put(value) != nullptr; }
  bool number_float(number_float_t value, const string_t&) override { return put(value) != nullptr; }
  bool string(string_t& value) override { return put(std::move(value)) != nullptr; }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    level.key = std::move(name);
    level.is_doubled = level.container->contains(level.key);
    if (level.is_doubled && result_.errors.size() < kMaxDoubled)
      result_.errors.push_back(
          {pointer(), "the key \"" + level.key.substr(0, 64) + "\" stands twice in this object", "keep one of them"});
    return true;
  }
  bool parse_error(std::size_t position, const std::string& last, const nlohmann::detail::exception& fault) override {
    const std::string what = what_of(fault.what(), last);
    const bool is_end = what.find("unexpected end of input") != std::string::npos;
    // A token that is whole is shown at its start, a broken one where it breaks; `position` counts what is read.
    const bool is_token = what.find("unexpected") != std::string::npos || what.starts_with("the number");
    const std::size_t back = is_token ? last.size() : 1;
    const std::size_t byte = is_end ? text_.size() : position - std::min(back, position);
    result_.errors.push_back({place_of(text_, byte), what,
                              is_end ? "the text ends too early: a bracket, brace or quote is not closed"
                                     : "look at this place and just before it"});
    return false;
  }

 private:
  struct Level {
    json* container;
    std::string key = {};
    bool is_doubled = false;
  };
  static constexpr std::size_t kMaxDoubled = 1000;

  template <typename Value>
  json* put(Value&& value) {
    if (++count_ > kMaxJsonValues) {
      result_.errors.push_back(
          {"", "the file holds more than " + std::to_string(kMaxJsonValues) + " values", "split the session"});
      return nullptr;
    }
    if (levels_.empty()) return &(result_.value = std::forward<Value>(value));
    Level& level = levels_.back();
    if (level.container->is_array()) {
      level.container->push_back(std::forward<Value>(value));
      return &level.container->back();
    }
    if (level.is_doubled) return &doubled_.emplace_back(std::forward<Value>(value));
    return &((*level.container)[level.key] = std::forward<Value>(value));
  }
  bool open(json container) {
    json* place = put(std::move(container));
    if (place != nullptr) levels_.push_back({place});
    return place != nullptr;
  }
  bool close() {
    levels_.pop_back();
    return true;
  }
  std::string pointer() const {
    std::string text;
    for (const Level& level : levels_)
      text += "/" +
              (level.container->is_array() ? std::to_string(level.container->size() - 1) : pointer_segment(level.key));
    return text;
  }
  /// The reason alone, of the package's `[json.exception…] parse error at line…: syntax error while parsing… - reason`.
  static std::string what_of(std::string_view message, const std::string& last) {
    if (message.find("number overflow") != std::string_view::npos)
      return "the number " + last.substr(0, 40) + " is too large";
    const std::size_t reason = message.find(" - ");
    std::string what(reason == std::string_view::npos ? message : message.substr(reason + 3));
    if (const std::size_t read = what.find("; last read: "); read != std::string::npos) what.resize(read);
    return "this is not JSON: " + what;
  }

  ParsedJson& result_;
  std::string_view text_;
  std::vector<Level> levels_;
  std::deque<json> doubled_;  // parsed to the end, so that the parser stays in step, then thrown away
  std::size_t count_ = 0;
};

std::optional<Error> refuse_as_text(std::string_view text) {
  if (text.size() > kMaxJsonBytes)
    return Error{"", "the text is larger than 64 MiB", "split the session, or check that this is the right file"};
  const bool utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  if (utf16 || text.find('\0') != std::string_view::npos)
    return Error{"", "this is not UTF-8 text", "save it as UTF-8"};
  if (const auto deep = find_too_deep(text))
    return Error{place_of(text, *deep), "lists and objects are nested deeper than " + std::to_string(kMaxJsonDepth),
                 "make it flatter"};
  return std::nullopt;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;  // not inside a character
  return std::string(text.substr(0, most)) + "…";
}

}  // namespace

ParsedJson parse_json(std::string_view text) {
  ParsedJson result;
  if (auto error = refuse_as_text(text)) {
    result.errors.push_back(std::move(*error));
    return result;
  }
  Builder builder(result, text);
  try {
    result.is_whole = json::sax_parse(text, &builder);
  } catch (const json::exception& fault) {
    result.errors.push_back({"", std::string("this is not JSON: ") + fault.what(), "check the file"});
  }
  return result;
}

std::string pointer_segment(std::string_view key) {
  std::string segment;
  for (const char c : shortened(key, 64)) {
    if (c == '~')
      segment += "~0";
    else if (c == '/')
      segment += "~1";
    else
      segment += c;
  }
  return segment;
}

std::string shown_value(const json& value) {
  if (value.is_string()) return "\"" + shortened(value.get_ref<const std::string&>(), 48) + "\"";
  if (value.is_number_float()) return number_text(value.get<double>());
  if (value.is_array()) return "a list";
  if (value.is_object()) return "an object";
  return value.dump();
}

std::string number_text(double number) {
  char text[40];
  const bool is_whole = number == std::floor(number) && std::fabs(number) < 1e15;
  if (is_whole && std::signbit(number) && number == 0.0) return "-0.0";  // JSON's -0 would read back as +0
  const auto end = is_whole ? std::to_chars(text, text + sizeof text, static_cast<long long>(number))
                            : std::to_chars(text, text + sizeof text, number);
  return {text, end.ptr};
}

std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& words) {
  if (word.size() > 64) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string_view other : words) {
    const bool is_part = word.size() >= 3 && (other.starts_with(word) || word.starts_with(other));
    const std::size_t distance = is_part ? 1 : edit_distance(word, other);
    if (distance < least && distance < std::max(word.size(), other.size())) {
      best = other;
      least = distance;
    }
  }
  return best;
}

}  // namespace busbar
