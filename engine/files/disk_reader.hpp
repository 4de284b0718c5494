#pragma once
#include <memory>
#include <thread>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/core/units.hpp"
#include "engine/files/file_lane.hpp"
#include "engine/handover/source_feed.hpp"

namespace busbar {

/// Fills the feeds of the audio thread from files, on threads of its own; the emptiest feed first.
/// Control calls everything here. The audio thread only ever touches the feeds: it cannot wake a reader, so one of the
/// threads looks at all feeds every few milliseconds, and the others sleep until there is work for them.
/// No lane waits for the disk of another one: there are as many threads as files, and a file that one of them is in is
/// left alone by the rest. A lane that is too late goes on where audio will be, at the right frames.
/// Whoever renders offline calls `wait_until_ready` before each block and misses nothing.
class DiskReader {
 public:
  static constexpr int kMostThreads = 32;
  explicit DiskReader(int most_threads = kMostThreads);
  ~DiskReader();  ///< as `stop`
  DiskReader(const DiskReader&) = delete;
  DiskReader& operator=(const DiskReader&) = delete;

  /// A stream that begins at session frame `from` and never ends: the clips, and zeros where there is none. `channels`
  /// is 1 or 2; the feed has room for `read_ahead_frames` at least. It is read until nobody else holds the feed, which
  /// is then kept for a lane to come. Null clips are none. Also while running, and cheap enough to be called for every
  /// track of a locate.
  std::shared_ptr<SourceFeed> add_lane(std::shared_ptr<const LaneClips> clips, int channels, Frames from,
                                       int read_ahead_frames);
  std::shared_ptr<SourceFeed> add_lane(LaneClips clips, int channels, Frames from, int read_ahead_frames);

  void start();

  /// Blocks until every lane has `frames` before it. Without running threads it reads here. Only from the thread that
  /// consumes the feeds. Errors of reading are not returned here but collected: the lanes go on with silence.
  Result<void> wait_until_ready(int frames);

  /// Ends the threads, within a moment even if one of them is stuck in a read: that one lives on by itself until the
  /// disk answers. The feeds keep what they have; `start` goes on from there.
  void stop();

  /// What could not be read since the last call, and which disk did not answer for more than a second, even if it has
  /// not answered yet: each file once in the life of the reader.
  std::vector<Error> take_problems();

 private:
  struct Crew;
  struct Member {
    std::thread thread;
    std::shared_ptr<bool> ended;
  };
  void hire();

  const int most_threads_;
  std::shared_ptr<Crew> crew_;   // also the threads', which may outlive this
  std::vector<Member> members_;  // guarded by the crew's mutex
  bool running_ = false;
};

}  // namespace busbar
