#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/control/control_loop.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "engine/files/disk_reader.hpp"
#include "engine/reel_loader.hpp"

namespace busbar {

struct SourceOptions {
  std::filesystem::path folder;               ///< of the session: clips' files are relative to it
  std::filesystem::path cache_folder;         ///< for converted files; empty: the user's
  int read_ahead = 0;                         ///< frames; 0: what the longest block needs
  bool allow_missing = false;                 ///< a missing file is silence and a warning, not an error
  bool allow_unreadable = false;              ///< likewise a file that is no sound file: the show goes on without it
  std::function<void(double)> progress = {};  ///< of converting a file, 0 … 1
};

class SourceOpener;

/// The tracks' sources, opened: files, test signals and hardware inputs. Files stream once a reel is loaded.
struct SessionSources {
  SessionSources(double sample_rate, SourceOptions options);
  ~SessionSources();
  SessionSources(const SessionSources&) = delete;
  SessionSources& operator=(const SessionSources&) = delete;

  /// Opens what a track plays. What its files are at fault of goes to `findings`; errors refuse the track.
  OpenedSource open(const Strip& track);

  Sources sources;
  TrackChannels channels;
  std::vector<std::filesystem::path> files;  ///< each once
  std::unique_ptr<DiskReader> reader;
  std::unique_ptr<ReelLoader> reels;
  Findings findings;

 private:
  std::unique_ptr<SourceOpener> opener_;
};

/// Channels of each track as its files say; 1 where they cannot be read. Opens no more than headers.
TrackChannels probe_channels(const Mixer& mixer, const std::filesystem::path& folder);

/// Opens all that the tracks of a mixer play, and its talkback. Each file is opened once, however many tracks use it.
std::unique_ptr<SessionSources> open_sources(const Mixer& mixer, const SourceOptions& options);

}  // namespace busbar
