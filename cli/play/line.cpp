#include "cli/play/line.hpp"

#include <algorithm>
#include <array>

namespace busbar::cli {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

// The code point at the front of a text that is not empty; `?` for a byte that begins none.
CodePoint first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 && lead < 0xF5 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (bytes == 1 || lead >= 0xF5 || text.size() < bytes) return {U'?', 1};
  char32_t value = lead & (0x7Fu >> bytes);
  for (std::size_t n = 1; n < bytes; ++n) {
    const auto next = static_cast<unsigned char>(text[n]);
    if ((next & 0xC0u) != 0x80u) return {U'?', 1};
    value = value << 6 | (next & 0x3Fu);
  }
  return {value, bytes};
}

struct Span {
  char32_t from, to;
};

bool within(char32_t c, const auto& spans) {
  return std::ranges::any_of(spans, [c](const Span& span) { return c >= span.from && c <= span.to; });
}

// Marks that sit on the character before, after Unicode's general categories Mn and Cf.
constexpr auto kNoWidth = std::to_array<Span>({{0x300, 0x36F},
                                               {0x1AB0, 0x1AFF},
                                               {0x1DC0, 0x1DFF},
                                               {0x200B, 0x200D},
                                               {0x20D0, 0x20FF},
                                               {0xFE00, 0xFE0F},
                                               {0xFE20, 0xFE2F}});
// East Asian wide and fullwidth characters and emoji, after Unicode's EastAsianWidth.
constexpr auto kWide = std::to_array<Span>({{0x1100, 0x115F},
                                            {0x2E80, 0x303E},
                                            {0x3041, 0x33FF},
                                            {0x3400, 0x4DBF},
                                            {0x4E00, 0x9FFF},
                                            {0xA000, 0xA4CF},
                                            {0xAC00, 0xD7A3},
                                            {0xF900, 0xFAFF},
                                            {0xFE30, 0xFE6F},
                                            {0xFF00, 0xFF60},
                                            {0xFFE0, 0xFFE6},
                                            {0x1F300, 0x1F64F},
                                            {0x1F680, 0x1F6FF},
                                            {0x1F900, 0x1F9FF},
                                            {0x20000, 0x3FFFD}});
// Moves the cursor, or turns the direction of writing.
constexpr auto kControl =
    std::to_array<Span>({{0, 0x1F}, {0x7F, 0x9F}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}});

std::size_t columns_of(char32_t c) { return within(c, kNoWidth) ? 0 : within(c, kWide) ? 2 : 1; }

// As it may be written: nothing that moves the cursor, no broken UTF-8.
std::string harmless(std::string_view text) {
  std::string result;
  for (; !text.empty(); text.remove_prefix(first_of(text).bytes)) {
    const CodePoint c = first_of(text);
    if (within(c.value, kControl))
      result += ' ';
    else if (c.bytes == 1)
      result += static_cast<char>(c.value);
    else
      result += text.substr(0, c.bytes);
  }
  return result;
}

// The front of a text that fits into `width` columns, with the marks on its last character.
std::string_view front_of(std::string_view text, std::size_t width) {
  std::size_t end = 0;
  for (std::size_t used = 0; end < text.size();) {
    const CodePoint c = first_of(text.substr(end));
    used += columns_of(c.value);
    if (used > width) break;
    end += c.bytes;
  }
  return text.substr(0, end);
}

std::string ascii(std::string_view text) {
  std::string result;
  for (; !text.empty(); text.remove_prefix(first_of(text).bytes)) {
    const CodePoint c = first_of(text);
    if (c.value < 0x80)
      result += static_cast<char>(c.value);
    else
      result += std::string(columns_of(c.value), c.value == U'█' ? '#' : c.value == U'·' ? '.' : '?');
  }
  return result;
}

std::string_view code_of(Style style) {
  switch (style) {
    case Style::plain:
      return "";
    case Style::faint:
      return "\033[2m";
    case Style::strong:
      return "\033[1m";
    case Style::good:
      return "\033[32m";
    case Style::warm:
      return "\033[33m";
    case Style::hot:
      return "\033[1;31m";
    case Style::chosen:
      return "\033[7m";
    case Style::alarm:
      return "\033[1;37;41m";
  }
  return "";
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (; !text.empty(); text.remove_prefix(first_of(text).bytes)) columns += columns_of(first_of(text).value);
  return columns;
}

std::string fitted(std::string_view text, std::size_t width, Align align) {
  const std::string whole = harmless(text);
  std::string shown = whole;
  if (columns_of(whole) > width) {
    shown = front_of(whole, width - std::min<std::size_t>(width, 1));
    if (width > 0) shown += "…";
  }
  const std::string gap(width - columns_of(shown), ' ');
  return align == Align::left ? shown + gap : gap + shown;
}

Line& Line::add(std::string_view text, Style style) {
  std::string shown = harmless(text);
  if (shown.empty()) return *this;
  width_ += columns_of(shown);
  if (!pieces_.empty() && pieces_.back().style == style)
    pieces_.back().text += shown;
  else
    pieces_.push_back({std::move(shown), style});
  return *this;
}

Line& Line::fill(std::size_t width, Style style) {
  if (width_ < width) add(std::string(width - width_, ' '), style);
  return *this;
}

Line& Line::fit(std::size_t width) {
  while (width_ > width) {
    Piece last = std::move(pieces_.back());
    pieces_.pop_back();
    width_ -= columns_of(last.text);
    if (width_ < width) {
      add(fitted(last.text, width - width_), last.style);
      break;
    }
  }
  return fill(width);
}

std::string Line::text() const {
  std::string text;
  for (const Piece& piece : pieces_) text += piece.text;
  return text;
}

std::string Line::coded(const Look& look) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    const std::string_view code = look.colours ? code_of(piece.style) : std::string_view();
    text += code;
    text += look.utf8 ? piece.text : ascii(piece.text);
    if (!code.empty()) text += "\033[0m";
  }
  return text;
}

}  // namespace busbar::cli
