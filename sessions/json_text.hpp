#pragma once
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.hpp"

namespace busbar {

/// What no file may exceed, so that none can exhaust memory or the stack.
inline constexpr std::size_t kMaxJsonBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxJsonDepth = 64;
inline constexpr std::size_t kMaxJsonValues = 2'000'000;

struct ParsedJson {
  nlohmann::json value;
  std::vector<Error> errors;
  bool is_whole = false;  ///< false: the text is not JSON or breaks a limit, and `value` means nothing
};

/// Parses UTF-8 JSON text within the limits; never throws on bad text. A key that stands twice in an object is an
/// error (the first is kept). `where` is a line and column, or the pointer of a doubled key.
ParsedJson parse_json(std::string_view text);

/// A key as a segment of a JSON pointer: `/` and `~` escaped, and shortened if it is very long.
std::string pointer_segment(std::string_view key);

/// A value for a message: `7`, `"loud"`, `true`, `null`, `a list`, `an object`.
std::string shown_value(const nlohmann::json& value);

/// The shortest text that reads back as the same number; whole numbers without a point.
std::string number_text(double number);

/// The word of a list that is most like `word`, or empty if none is like it.
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace busbar
