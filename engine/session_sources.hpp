#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/control/plan/compile_plan.hpp"
#include "engine/core/result.hpp"
#include "engine/files/disk_reader.hpp"

namespace busbar {

struct SourceOptions {
  std::filesystem::path folder;        ///< of the session: clips' files are relative to it
  std::filesystem::path cache_folder;  ///< for converted files; empty: the user's
  Frames start = 0;                    ///< session frame at which reading begins
  int read_ahead = 2 * 8192;           ///< frames
  bool allow_missing = false;          ///< a missing file is silence and a warning, not an error
};

/// The tracks' sources, opened: files, test signals and hardware inputs, ready to stream from `start`.
struct SessionSources {
  Sources sources;
  TrackChannels channels;
  std::vector<std::filesystem::path> files;  ///< each once
  Frames end = 0;                            ///< where the last clip ends
  bool has_clips = false;
  std::unique_ptr<DiskReader> reader;
  Findings findings;  ///< errors: nothing may run
};

/// Channels of each track as its files say; 1 where they cannot be read. Opens no more than headers.
TrackChannels probe_channels(const Mixer& mixer, const std::filesystem::path& folder);

/// Opens all that the tracks of a mixer play. Each file is opened once, however many tracks use it.
SessionSources open_sources(const Mixer& mixer, const SourceOptions& options);

}  // namespace busbar
