#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/print.hpp"

namespace busbar::cli {

/// What the terminal can show.
struct Look {
  bool colours = true;
  bool utf8 = true;  ///< else everything beyond ASCII is replaced
};

enum class Style : std::uint8_t { plain, faint, strong, good, warm, hot, chosen, alarm };

/// Columns of a text on a terminal: wide characters take two, combining ones none.
std::size_t columns_of(std::string_view text);

/// `text` in exactly `width` columns: cut with `…` or filled up with spaces. Control characters become spaces and
/// broken UTF-8 `?`, so no name can move the cursor.
std::string fitted(std::string_view text, std::size_t width, Align align = Align::left);

/// One line of the screen: pieces of text, each in a style.
class Line {
 public:
  Line& add(std::string_view text, Style style = Style::plain);
  /// Spaces up to column `width`, if it is shorter.
  Line& fill(std::size_t width, Style style = Style::plain);
  /// Cuts or fills to exactly `width` columns.
  Line& fit(std::size_t width);

  std::size_t width() const noexcept { return width_; }
  bool empty() const noexcept { return width_ == 0; }
  /// What is to be read, without styles.
  std::string text() const;
  /// With the terminal's codes for the styles.
  std::string coded(const Look& look) const;

 private:
  struct Piece {
    std::string text;
    Style style;
  };
  std::vector<Piece> pieces_;
  std::size_t width_ = 0;
};

}  // namespace busbar::cli
