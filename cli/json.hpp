#pragma once
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace busbar::cli {

/// A JSON value to be printed. Objects keep the order they were written in; a number that is not finite
/// becomes `null` (the level of silence).
///
///     print_json(Json::Object{{"ok", true}, {"peak_dbfs", -3.2}, {"files", Json::Array{"a.wav", "b.wav"}}});
class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;
  using Content = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(std::same_as<bool> auto yes) : content_(yes) {}
  template <std::integral I>
  requires(!std::same_as<I, bool>) Json(I number) : content_(static_cast<std::int64_t>(number)) {}
  template <std::floating_point F>
  Json(F number) : content_(static_cast<double>(number)) {}
  Json(const char* text) : content_(std::string(text)) {}
  Json(std::string_view text) : content_(std::string(text)) {}
  Json(std::string text) : content_(std::move(text)) {}
  Json(Array items) : content_(std::move(items)) {}
  Json(Object members) : content_(std::move(members)) {}

  const Content& content() const noexcept { return content_; }

 private:
  Content content_ = nullptr;
};

/// The text of a value, indented by two; bytes that are not UTF-8 are replaced.
std::string to_text(const Json& value);

/// The value of a JSON text, the members of its objects in order of name; null if the text is not JSON.
Json json_value(std::string_view text);

/// One JSON value and a line break to stdout.
void print_json(const Json& value);

}  // namespace busbar::cli
