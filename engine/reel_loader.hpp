#pragma once
#include <limits>
#include <memory>
#include <vector>

#include "engine/files/disk_reader.hpp"
#include "engine/realtime/path/10_source.hpp"

namespace busbar {

/// The lanes of all files of a session, and how reels are loaded with them: a feed per lane that begins at the reel's
/// place. Control thread; only reels that the audio thread does not play.
class ReelLoader {
 public:
  /// `read_ahead`: frames of each feed, at least.
  ReelLoader(DiskReader& reader, int read_ahead) : reader_(reader), read_ahead_(read_ahead) {}

  /// Takes in a lane; its clips in order, not overlapping. The source has the lane's gains already.
  void add(const std::shared_ptr<SourceState>& source, std::size_t lane, std::vector<LaneClip> clips);

  /// Begins to read all lanes from session frame `from` on.
  void load(std::size_t reel, Frames from);
  /// The same for the lanes of one source, which has joined since the reel was loaded.
  void load(std::size_t reel, Frames from, const SourceState& source);
  /// Lets go of a reel's feeds.
  void unload(std::size_t reel);
  /// Frames that the emptiest of a reel's feeds has; the most there can be if there are no files.
  int ready(std::size_t reel) const;
  /// Frames that a feed holds.
  int capacity() const noexcept { return read_ahead_; }

 private:
  /// Its source is gone when no plan plays it any more.
  struct LoadedLane {
    std::weak_ptr<SourceState> source;
    std::size_t lane = 0;
    std::shared_ptr<const std::vector<LaneClip>> clips;
  };
  void load(const LoadedLane& lane, SourceState& source, std::size_t reel, Frames from);
  DiskReader& reader_;
  int read_ahead_;
  std::vector<LoadedLane> lanes_;
};

}  // namespace busbar
