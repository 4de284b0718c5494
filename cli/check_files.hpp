#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/core/result.hpp"

namespace busbar::cli {

/// What the audio files of a session are like.
struct FileReport {
  Findings findings;               ///< errors: a file is broken or does not fit; warnings: it is missing
  std::vector<std::string> notes;  ///< what happens anyway and is good to know
  TrackChannels channels;          ///< 1 or 2 for each track
  double end_s = 0.0;              ///< where the last clip ends
};

/// Opens every file that a session names (its header only) and compares it with the clips that use it.
/// `folder` is that of the session file; `where` of a finding is a JSON pointer.
FileReport check_files(const Mixer& mixer, const std::filesystem::path& folder);

}  // namespace busbar::cli
