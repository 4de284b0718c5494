#pragma once
#include <array>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
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

/// Fills the feeds of the audio thread from files, on threads of its own; the emptiest feed first.
/// Control calls everything here. The audio thread only ever touches the feeds: it cannot wake the reader, which
/// therefore looks every 2 ms while all feeds are full. Whoever renders offline calls `wait_until_ready` instead,
/// before each block.
class DiskReader {
 public:
  explicit DiskReader(int threads = 1);
  ~DiskReader();
  DiskReader(const DiskReader&) = delete;
  DiskReader& operator=(const DiskReader&) = delete;

  /// A stream that begins at session frame `from` and never ends: the clips, in order and not overlapping, and
  /// zeros where there is none. `channels` is 1 or 2; the feed has room for `read_ahead_frames` at least. It is read
  /// until nobody else holds the feed. Also while running.
  std::shared_ptr<SourceFeed> add_lane(std::vector<LaneClip> clips, int channels, Frames from, int read_ahead_frames);

  void start();

  /// Blocks until every lane has `frames` to read. Without running threads it reads here. Only from the thread that
  /// consumes the feeds. Errors of reading are not returned here but collected: the lanes go on with silence.
  Result<void> wait_until_ready(int frames);

  /// Ends the threads. The feeds keep what they have; `start` goes on from there.
  void stop();

  /// What could not be read since the last call, each file once in the life of the reader.
  std::vector<Error> take_problems();

 private:
  struct Lane {
    std::shared_ptr<SourceFeed> feed;
    std::vector<LaneClip> clips;
    Frames from = 0;
    std::size_t next_clip = 0;  // the first that has not ended
    bool busy = false;          // a thread is filling it
  };

  void work();
  std::vector<Lane*> take_lanes();
  void fill_all(const std::vector<Lane*>& lanes, std::unique_lock<std::mutex>& lock);
  bool is_hungry(const Lane& lane) const;
  bool all_ready(int frames) const;
  void fill(Lane& lane);
  void note_problem(const Error& error);

  const int thread_count_;
  std::mutex mutex_;  // guards all below, but not the inside of a busy lane
  std::condition_variable wake_, ready_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::vector<std::thread> threads_;
  bool stopping_ = false;
  int needed_ = 0;  // frames that someone waits for
  std::vector<Error> problems_;
  std::set<std::string> reported_;
};

}  // namespace busbar
