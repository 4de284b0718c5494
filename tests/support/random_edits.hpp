#pragma once
#include <functional>
#include <optional>
#include <random>
#include <string>

#include "engine/control/commands/command.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {

/// How a random session is made.
struct SessionShape {
  int tracks = 7;
  int buses = 6;
  bool has_monitor = true;  ///< and a talkback
};

/// A console by chance: sines, noises, hardware inputs and stereo samples (`mem`) into groups, auxes, a cue and the
/// master, with inserts, sends, a VCA, a mute group, a scene. It passes all rules.
MixerBuilder random_session(unsigned seed, const SessionShape& shape);

/// Edits by chance: of all kinds that an address can name, and about one in four is to be refused. The same seed gives
/// the same edits on any machine.
class RandomEdits {
 public:
  explicit RandomEdits(unsigned seed) : random_(seed) {}

  /// The next edit on a mixer as it is now. Undo and redo are among them.
  Edit next(const Mixer& mixer);
  /// Frames until the edit after it: often none, so that several share a frame.
  Frames pause();
  /// Edits that it denies are passed over; parts of batches are asked about one by one.
  std::function<bool(const Edit&)> allows;

  /// 0 … end − 1.
  int below(int end) { return static_cast<int>(random_() % static_cast<unsigned>(end)); }

 private:
  bool one_in(int n) { return below(n) == 0; }
  template <typename T>
  T pick(std::initializer_list<T> from) {
    return *(from.begin() + below(static_cast<int>(from.size())));
  }
  std::string number(double least, double most);
  std::string level() { return one_in(12) ? pick<std::string>({"13", "\"-inf\"", "\"loud\""}) : number(-40, 2); }
  std::string flag() { return pick<std::string>({"true", "false"}); }
  std::string strip(const Mixer& mixer, int buses_only = 0);
  std::string insert_of(const Mixer& mixer, const std::string& strip);
  std::string send_of(const Mixer& mixer, const std::string& strip);
  std::string target(const Mixer& mixer);
  std::string insert_json();
  std::string strip_json(const Mixer& mixer, bool track);
  std::string source_json();
  std::optional<int> place() { return one_in(2) ? std::nullopt : std::optional(below(4)); }

  Edit one(const Mixer& mixer);
  Edit of_strip_value(const Mixer& mixer);
  Edit of_send(const Mixer& mixer);
  Edit of_insert(const Mixer& mixer);
  Edit of_route(const Mixer& mixer);
  Edit of_strips(const Mixer& mixer);
  Edit of_groups(const Mixer& mixer);
  Edit of_scenes(const Mixer& mixer);
  Edit of_sections(const Mixer& mixer);
  Edit of_nonsense(const Mixer& mixer);

  std::mt19937 random_;
};

}  // namespace busbar::test
