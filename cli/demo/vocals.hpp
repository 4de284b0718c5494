#pragma once
#include <memory>

#include "cli/demo/dsp.hpp"

namespace busbar::demo {

/// A lead voice and two backing voices that join in the choruses, each with its own microphone.
/// They sing vowels, take breath between phrases, and rest where a singer would.
class Vocals {
 public:
  Vocals();
  ~Vocals();
  void play(const Bar& bar, Line lead, Line high, Line low);

 private:
  struct Choir;
  std::unique_ptr<Choir> choir_;
};

}  // namespace busbar::demo
