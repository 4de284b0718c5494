#pragma once
#include <memory>

#include "cli/demo/dsp.hpp"

namespace busbar::demo {

/// Three electric guitars through amplifier and cabinet, each with one microphone: a driven one that strums, a clean
/// one that picks the chords apart, and a lead that plays a tune in the intro and over the last bars.
class Guitars {
 public:
  Guitars();
  ~Guitars();
  void play(const Bar& bar, Line strummed, Line picked, Line lead);

 private:
  struct Stage;
  std::unique_ptr<Stage> stage_;
};

}  // namespace busbar::demo
