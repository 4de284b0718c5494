#pragma once
#include <array>
#include <memory>

#include "cli/demo/dsp.hpp"

namespace busbar::demo {

/// What makes sound in a drum kit, each heard by every microphone. A snare's wires sound beneath it.
enum DrumSource : std::size_t { kKick, kSnareHead, kSnareWires, kHats, kTom, kFloorTom, kCymbals, kDrumSources };

/// The drummer: plays the pattern of each part and gives the dry sound of each source.
class Drummer {
 public:
  Drummer();
  ~Drummer();
  /// Adds a bar to `out`, one line per source, all of the bar's length.
  void play(const Bar& bar, const std::array<Line, kDrumSources>& out);

 private:
  struct Kit;
  std::unique_ptr<Kit> kit_;
};

/// A tambourine in the choruses, with its own microphone.
class Tambourine {
 public:
  Tambourine();
  ~Tambourine();
  void play(const Bar& bar, Line out);

 private:
  struct Hand;
  std::unique_ptr<Hand> hand_;
};

}  // namespace busbar::demo
