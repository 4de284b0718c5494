#pragma once
#include <string>

#include "engine/core/units.hpp"

namespace busbar {

/// What an audio file holds.
struct AudioFileInfo {
  int channels = 0;
  int sample_rate = 0;
  Frames frames = 0;
  bool cut_short = false;  ///< the header announces more sound than there is
  std::string format;      ///< for people: "WAV 24-bit", "FLAC 16-bit", "RF64 32-bit float"
};

}  // namespace busbar
