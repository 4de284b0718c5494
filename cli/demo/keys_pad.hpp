#pragma once
#include <memory>

#include "cli/demo/dsp.hpp"

namespace busbar::demo {

/// An electric piano: sine oscillators that modulate each other, panned to and fro by its tremolo.
class Keys {
 public:
  Keys();
  ~Keys();
  void play(const Bar& bar, Line left, Line right);

 private:
  struct Hands;
  std::unique_ptr<Hands> hands_;
};

/// A wide string pad: detuned saws behind a filter that opens with the song.
class Pad {
 public:
  Pad();
  ~Pad();
  void play(const Bar& bar, Line left, Line right);

 private:
  struct Rack;
  std::unique_ptr<Rack> rack_;
};

}  // namespace busbar::demo
