#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "engine/files/file_lane.hpp"
#include "engine/realtime/path/10_source.hpp"

namespace busbar {

struct SourceOptions {
  std::filesystem::path folder;               ///< of the session: clips' files are relative to it
  std::filesystem::path cache_folder;         ///< for converted files; empty: the user's
  int read_ahead = 0;                         ///< frames; 0: what the longest block needs
  bool allow_missing = false;                 ///< a missing file is silence and a warning, not an error
  bool allow_unreadable = false;              ///< likewise a file that is no sound file: the show goes on without it
  bool allow_outside = false;                 ///< links may lead out of the session's folder
  std::function<void(double)> progress = {};  ///< of converting a file, 0 … 1
};

/// What a track plays with its files open, before it is at any reel.
struct ReadySource {
  std::shared_ptr<SourceState> state;
  std::vector<LaneClips> lanes;              ///< of the state's lanes
  std::vector<std::filesystem::path> files;  ///< that were opened for it
  Findings findings;                         ///< errors refuse the track
};

/// Opens what tracks play, each file once. It may take as long as a disk does, and touches nothing but files and
/// itself, so it may be done on any thread, one at a time.
class SourceOpener {
 public:
  SourceOpener(double sample_rate, SourceOptions options);
  ~SourceOpener();
  SourceOpener(const SourceOpener&) = delete;
  SourceOpener& operator=(const SourceOpener&) = delete;

  /// Test signals and hardware inputs may be opened beside another thread's call: they need none of what is kept here.
  ReadySource open(const Strip& track);

  /// Told on the thread that opens: which file is next, and how far a conversion is, 0 … 1.
  std::function<void(const std::filesystem::path&)> on_file;
  std::function<void(double)> on_progress;

 private:
  struct Files;
  class Opening;

  const double rate_;
  const SourceOptions options_;
  std::unique_ptr<Files> files_;
};

/// True if a track's source cannot be had without a disk.
bool needs_files(const Strip& track);

}  // namespace busbar
