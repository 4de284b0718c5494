#pragma once
#include <memory>

#include "cli/demo/dsp.hpp"

namespace busbar::demo {

/// An electric bass in eighths: the DI box, and its amplifier with a microphone 25 cm away.
class Bass {
 public:
  Bass();
  ~Bass();
  void play(const Bar& bar, Line di, Line amp);

 private:
  struct Rig;
  std::unique_ptr<Rig> rig_;
};

}  // namespace busbar::demo
