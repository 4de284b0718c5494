#pragma once
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/core/units.hpp"
#include "engine/files/audio_file.hpp"
#include "engine/handover/source_feed.hpp"

namespace busbar {

/// A stretch of a file on the time line of its lane. It sounds in [start, start + length) of the session's time,
/// from frame `offset` of the file on; beyond the file's end is silence.
struct LaneClip {
  std::shared_ptr<AudioFile> file;
  std::array<int, 2> channels{};  ///< of the file, counted from 0; a mono lane takes the first
  Frames start = 0;
  Frames offset = 0;
  Frames length = 0;
};
using LaneClips = std::vector<LaneClip>;  ///< in order of time, not overlapping

/// A stream of clips into a feed: frame n of the feed is frame from + n of the session, whatever happened on the way.
/// It goes on in steps: first `aim`, then `step`, which touches no file but the one that `aim` named. One thread at a
/// time writes; whose turn it is, is the matter of the LaneTable.
class FileLane {
 public:
  using Clock = std::chrono::steady_clock;

  FileLane(std::shared_ptr<SourceFeed> feed, std::shared_ptr<const LaneClips> clips, Frames from);

  const std::shared_ptr<SourceFeed>& feed() const noexcept { return feed_; }
  bool is_held() const noexcept { return feed_.use_count() > 1; }
  /// Frames from the one that audio takes next to the one that is written next; below 0 if audio is past it.
  Frames ahead() const noexcept { return feed_->written() - feed_->consumed(); }

  /// Decides what the next step does. If audio is past what is written, the stream goes on about `lead` frames before
  /// audio, at the beginning of a page where the feed is long enough.
  void aim(Frames lead);
  /// What the next step reads; null: silence.
  AudioFile* file() const noexcept { return clip_ == nullptr ? nullptr : clip_->file.get(); }
  /// Silence up to the next clip, or a clip up to the end of a page of its file. An Error if that could not be read;
  /// it is silence then.
  Result<void> step();

  bool taken = false;                         ///< a thread has it in hand
  std::optional<Clock::time_point> inside{};  ///< since when that thread is in `step`

 private:
  Frames at() const noexcept { return from_ + feed_->written(); }
  /// The first clip that has not ended at a frame of the session; null: none is left. Never asked backwards.
  const LaneClip* clip_from(Frames frame);
  Frames rejoin_at(Frames lead);

  std::shared_ptr<SourceFeed> feed_;
  std::shared_ptr<const LaneClips> clips_;
  Frames from_;
  std::size_t next_clip_ = 0;       // the first that has not ended
  const LaneClip* clip_ = nullptr;  // that the next step reads
  Frames steps_end_ = 0;            // where the next step ends at the latest, frames of the session
};

}  // namespace busbar
