#pragma once
#include <array>
#include <vector>

#include "cli/demo/drums.hpp"

namespace busbar::demo {

/// Channels of the drum recording.
enum DrumMic : std::size_t {
  kKickInMic,
  kKickOutMic,
  kSnareTopMic,
  kSnareBottomMic,
  kHatsMic,
  kTomMic,
  kFloorTomMic,
  kOverheadLeft,
  kOverheadRight,
  kRoomLeft,
  kRoomRight,
  kDrumMics
};

/// The microphones around the kit. Each hears every source: nearer ones sooner, louder and brighter, the room
/// late and with its echoes; the one under the snare hears it with opposite polarity.
class DrumMics {
 public:
  DrumMics();
  /// The lines that the drummer fills for a bar of that many frames; they are silent at first.
  std::array<Line, kDrumSources> sources(int frames);
  /// Adds what the microphones hear of the lines just filled.
  void record(const std::array<Line, kDrumMics>& out);

 private:
  struct Path {
    DrumSource source;
    DrumMic mic;
    double gain;
    int delay;    ///< frames
    OnePole air;  ///< the further, the duller
  };
  /// Four delay lines that feed each other through a Householder matrix (J.-M. Jot): the room's tail.
  struct Tail {
    std::array<std::vector<double>, 4> lines;
    std::array<std::size_t, 4> at{};
    std::array<OnePole, 4> walls{OnePole(4200.0), OnePole(3900.0), OnePole(3600.0), OnePole(3300.0)};
    Tail();
    void add_to(Line left, Line right);
  };
  void hear(Path& path, Line out);

  static constexpr int kPast = 2048;  // frames kept of the bar before: the longest way is shorter
  std::vector<Path> paths_;
  std::array<std::vector<double>, kDrumSources> lines_;
  Tail tail_;
};

}  // namespace busbar::demo
