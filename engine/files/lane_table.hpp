#pragma once
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/files/file_lane.hpp"

namespace busbar {

/// The lanes of a reader: which of them are next, and the feeds that are kept for lanes to come. Not locked by itself.
class LaneTable {
 public:
  /// A lane begins; `feed` is new or from `spare`.
  void add(const std::shared_ptr<SourceFeed>& feed, std::shared_ptr<const LaneClips> clips, Frames from);
  /// A feed that nobody uses any more, at frame 0 and with unknown samples in it; null if none is of this size.
  std::shared_ptr<SourceFeed> spare(int channels, int capacity);
  /// Takes out the lanes whose feeds nobody else holds, and keeps their feeds as spares. To be destroyed by the caller
  /// where it may take time: it may close files. A lane in some thread's hands stays until it is given back.
  std::vector<std::unique_ptr<FileLane>> drop_unheld();

  /// The lanes that one thread reads next: the emptiest one that waits for no thread, and those within a page of it
  /// that read from the same file, so that it is decoded once. Nobody gets a file that another thread is in.
  /// `needed`: frames that someone waits for, or 0.
  std::vector<FileLane*> take(int needed);

  bool is_any_hungry(int needed) const;
  /// Whether each lane has `frames` before it, or can hold them.
  bool have_all(int frames) const;
  bool can_all_hold(int frames) const;

  const std::vector<std::unique_ptr<FileLane>>& lanes() const noexcept { return lanes_; }
  std::size_t spares() const noexcept { return spares_.size(); }

 private:
  std::vector<std::unique_ptr<FileLane>> lanes_;
  std::vector<std::shared_ptr<SourceFeed>> spares_;
  std::size_t most_lanes_ = 0;  // at the same time, so far
};

}  // namespace busbar
