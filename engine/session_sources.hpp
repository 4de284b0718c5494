#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "engine/control/control_loop.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "engine/files/disk_reader.hpp"
#include "engine/reel_loader.hpp"
#include "engine/source_opener.hpp"

namespace busbar {

/// The tracks' sources, opened: files, test signals and hardware inputs. Files stream once a reel is loaded.
struct SessionSources {
  SessionSources(double sample_rate, const SourceOptions& options);

  /// Opens what a track plays, here and now. What its files are at fault of goes to `findings`; errors refuse the
  /// track.
  OpenedSource open(const Strip& track) { return adopt(opener->open(track)); }
  /// Takes in what was opened, wherever that was.
  OpenedSource adopt(ReadySource ready);

  Sources sources;
  TrackChannels channels;
  std::vector<std::filesystem::path> files;  ///< each once
  std::shared_ptr<SourceOpener> opener;      ///< also that of a thread which opens
  std::unique_ptr<DiskReader> reader;
  std::unique_ptr<ReelLoader> reels;
  Findings findings;
};

/// Channels of each track as its files say; 1 where they cannot be read. Opens no more than headers.
TrackChannels probe_channels(const Mixer& mixer, const std::filesystem::path& folder);

/// Opens all that the tracks of a mixer play, and its talkback. Each file is opened once, however many tracks use it.
std::unique_ptr<SessionSources> open_sources(const Mixer& mixer, const SourceOptions& options);

}  // namespace busbar
