#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace busbar::cli {

/// What a key of the terminal stands for.
enum class Key : std::uint8_t {
  play,
  back,
  forward,
  start,
  loop,
  up,
  down,
  mute,
  undo,
  redo,
  solo,
  louder,
  softer,
  marker,
  help,
  quit
};

struct KeyPress {
  Key key = Key::help;
  int marker = 0;  ///< of Key::marker: 1 … 9
  friend bool operator==(const KeyPress&, const KeyPress&) = default;
};

/// Makes key presses of the bytes that a terminal sends. Arrows and such come as sequences that begin like the Esc
/// key; only silence behind it tells the two apart. What it does not know is skipped.
class KeyReader {
 public:
  /// What arrived by `now_s`, in any portions; also to be called when nothing did.
  void feed(std::string_view bytes, double now_s);
  /// The next press, if one is complete.
  std::optional<KeyPress> next();

 private:
  void byte(char c);
  void end_of_sequence(char last);

  std::deque<KeyPress> pressed_;
  std::string sequence_;  ///< begun, from its Esc on
  double last_byte_s_ = 0.0;
};

}  // namespace busbar::cli
