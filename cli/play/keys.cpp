#include "cli/play/keys.hpp"

namespace busbar::cli {
namespace {

constexpr char kEscape = '\033';
// A sequence arrives in one go, or nearly; a person needs longer between Esc and another key.
constexpr double kSilenceBehindEscape = 0.05;

constexpr std::size_t kLongestSequence = 32;  // of those we know; the rest of a longer one is skipped too

std::optional<KeyPress> plain_key(char c) {
  switch (c) {
    case ' ':
      return KeyPress{Key::play};
    case '0':
      return KeyPress{Key::start};
    case 'l':
      return KeyPress{Key::loop};
    case '\t':
      return KeyPress{Key::down};
    case 'm':
      return KeyPress{Key::mute};
    case 'u':
      return KeyPress{Key::undo};
    case 'r':
      return KeyPress{Key::redo};
    case 's':
      return KeyPress{Key::solo};
    case '+':
    case '=':
      return KeyPress{Key::louder};
    case '-':
      return KeyPress{Key::softer};
    case '?':
      return KeyPress{Key::help};
    case 'q':
      return KeyPress{Key::quit};
    default:
      break;
  }
  if (c >= '1' && c <= '9') return KeyPress{Key::marker, c - '0'};
  return std::nullopt;
}

// The last letter of `ESC [ … x` and `ESC O x`; modifiers stand before it and are passed over.
std::optional<Key> sequence_key(const std::string& sequence, char last) {
  switch (last) {
    case 'A':
      return Key::up;
    case 'B':
      return Key::down;
    case 'C':
      return Key::forward;
    case 'D':
      return Key::back;
    case 'H':
      return Key::start;
    case 'Z':  // Shift-Tab
      return Key::up;
    default:
      break;
  }
  if (sequence == "\033[1~" || sequence == "\033[7~") return Key::start;
  return std::nullopt;
}

}  // namespace

void KeyReader::feed(std::string_view bytes, double now_s) {
  for (const char c : bytes) byte(c);
  if (!bytes.empty()) last_byte_s_ = now_s;
  if (sequence_.empty() || now_s - last_byte_s_ < kSilenceBehindEscape) return;
  // Nothing followed. Looked at only once all that had arrived is read, so a program held up does not take an arrow
  // for Esc.
  if (sequence_.size() == 1) pressed_.push_back({Key::quit});
  sequence_.clear();
}

std::optional<KeyPress> KeyReader::next() {
  if (pressed_.empty()) return std::nullopt;
  const KeyPress press = pressed_.front();
  pressed_.pop_front();
  return press;
}

void KeyReader::byte(char c) {
  if (c == kEscape) {  // also in the midst of a sequence: what was before it is broken off
    sequence_ = c;
  } else if (sequence_.empty()) {
    if (const auto press = plain_key(c)) pressed_.push_back(*press);
  } else if (sequence_.size() == 1) {
    sequence_ += c;
    if (c != '[' && c != 'O') sequence_.clear();  // Alt and a key
  } else {
    if (sequence_.size() < kLongestSequence) sequence_ += c;
    const bool linux_function_key = sequence_ == "\033[[";  // one letter more
    const bool is_last = c >= 0x40 && c <= 0x7e && !linux_function_key;
    if (is_last) end_of_sequence(c);
    if (c < 0x20) sequence_.clear();
  }
}

void KeyReader::end_of_sequence(char last) {
  if (!sequence_.starts_with("\033[["))
    if (const auto key = sequence_key(sequence_, last)) pressed_.push_back({*key});
  sequence_.clear();
}

}  // namespace busbar::cli
