#include "engine/files/disk_reader.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "engine/files/lane_table.hpp"

namespace busbar {

namespace {

using Clock = FileLane::Clock;

constexpr auto kLook = std::chrono::milliseconds(4);
constexpr auto kPatience = std::chrono::milliseconds(100);  // with a thread that ought to end
constexpr auto kSlow = std::chrono::seconds(1);

std::string seconds(Clock::duration time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(time).count());
  return text;
}

}  // namespace

/// What the threads work on. Each of them holds it, so that one that comes out of a read after everybody has left
/// still finds its lane.
struct DiskReader::Crew {
  std::mutex mutex;                                     // guards all below, but not the inside of a lane that is taken
  std::condition_variable look, help, ready, farewell;  // for the leader, its helpers, `wait_until_ready`, `stop`
  LaneTable table;
  std::set<const AudioFile*> files;  // seen so far
  unsigned run = 0;                  // counts `stop`: threads of a run that is over end
  bool led = false;                  // a thread waits as the leader
  int needed = 0;                    // frames that someone waits for
  std::vector<Error> problems;
  std::set<std::string> unreadable, slow;  // files that were reported

  void work(unsigned of_run, bool& ended);
  bool work_once(std::unique_lock<std::mutex>& lock, unsigned of_run);
  void read(const std::vector<FileLane*>& lanes, std::unique_lock<std::mutex>& lock, unsigned of_run);
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  void count_files(const LaneClips& clips, std::size_t most);
  void note_slow(const AudioFile& file, Clock::duration time, const char* how);
};

void DiskReader::Crew::work(unsigned of_run, bool& ended) {
  std::unique_lock lock(mutex);
  while (run == of_run)
    if (!work_once(lock, of_run)) wait_for_work(lock);
  ended = true;
  farewell.notify_all();
  ready.notify_all();  // it may have held what the one who waits there can read now
}

/// Whether there was something to do. Before it is done, another thread is made the leader.
bool DiskReader::Crew::work_once(std::unique_lock<std::mutex>& lock, unsigned of_run) {
  auto dropped = table.drop_unheld();
  const auto lanes = table.take(needed);
  if (dropped.empty() && lanes.empty()) return false;
  if (!led) help.notify_one();
  if (!dropped.empty()) {
    lock.unlock();
    dropped.clear();
    lock.lock();
  }
  read(lanes, lock, of_run);
  if (needed > 0 && table.have_all(needed)) ready.notify_all();
  return true;
}

/// One thread looks again after a while, the others sleep until it has found work and needs a new leader.
void DiskReader::Crew::wait_for_work(std::unique_lock<std::mutex>& lock) {
  if (led) return help.wait(lock);
  led = true;
  look.wait_for(lock, kLook);
  led = false;
}

void DiskReader::Crew::read(const std::vector<FileLane*>& lanes, std::unique_lock<std::mutex>& lock, unsigned of_run) {
  for (FileLane* lane : lanes) {
    if (run == of_run) {
      const Clock::time_point begin = Clock::now();
      lane->inside = begin;
      lock.unlock();
      const Result<void> result = lane->step();
      lock.lock();
      lane->inside.reset();
      if (!result && unreadable.insert(result.error().where).second) problems.push_back(result.error());
      if (lane->file() != nullptr) note_slow(*lane->file(), Clock::now() - begin, "did not answer");
    }
    lane->taken = false;
  }
}

void DiskReader::Crew::note_slow(const AudioFile& file, Clock::duration time, const char* how) {
  if (time <= kSlow || !slow.insert(file.path().string()).second) return;
  problems.push_back({file.path().string(), std::string("the disk ") + how + " for " + seconds(time),
                      "put it on a disk that is always awake and near"});
}

/// Up to `most`. An address may come again for another file, which is then not counted: there is one thread less.
void DiskReader::Crew::count_files(const LaneClips& clips, std::size_t most) {
  const AudioFile* last = nullptr;
  for (std::size_t n = 0; n < clips.size() && files.size() < most; ++n)
    if (clips[n].file.get() != last) files.insert(last = clips[n].file.get());
}

DiskReader::DiskReader(int most_threads) : most_threads_(std::max(most_threads, 1)), crew_(std::make_shared<Crew>()) {}
DiskReader::~DiskReader() { stop(); }

std::shared_ptr<SourceFeed> DiskReader::add_lane(LaneClips clips, int channels, Frames from, int read_ahead_frames) {
  return add_lane(std::make_shared<const LaneClips>(std::move(clips)), channels, from, read_ahead_frames);
}

std::shared_ptr<SourceFeed> DiskReader::add_lane(std::shared_ptr<const LaneClips> clips, int channels, Frames from,
                                                 int read_ahead_frames) {
  if (clips == nullptr) clips = std::make_shared<const LaneClips>();
  std::vector<std::unique_ptr<FileLane>> dropped;  // destroyed when the lock is gone
  std::unique_lock lock(crew_->mutex);
  dropped = crew_->table.drop_unheld();
  std::shared_ptr<SourceFeed> feed = crew_->table.spare(channels, read_ahead_frames);
  if (feed == nullptr) {
    lock.unlock();
    feed = std::make_shared<SourceFeed>(channels, read_ahead_frames);
    lock.lock();
  }
  crew_->count_files(*clips, static_cast<std::size_t>(most_threads_));
  crew_->table.add(feed, std::move(clips), from);
  if (running_) hire();
  crew_->look.notify_one();
  return feed;
}

void DiskReader::start() {
  const std::lock_guard lock(crew_->mutex);
  running_ = true;
  hire();
}

/// A thread for each file, and one for the lanes that are silent while all of those are stuck. The mutex is held.
void DiskReader::hire() {
  const int wanted = std::min(most_threads_, static_cast<int>(crew_->files.size()) + 1);
  while (static_cast<int>(members_.size()) < wanted) {
    auto ended = std::make_shared<bool>(false);
    try {
      std::thread thread([crew = crew_, run = crew_->run, ended] { crew->work(run, *ended); });
      members_.push_back({std::move(thread), std::move(ended)});
    } catch (const std::system_error& refusal) {
      if (members_.empty())
        crew_->problems.push_back({"disk reader", std::string("cannot start a thread: ") + refusal.what(),
                                   "end other programs, or allow more threads and locked memory"});
      return;
    }
  }
}

Result<void> DiskReader::wait_until_ready(int frames) {
  Crew& crew = *crew_;
  std::unique_lock lock(crew.mutex);
  if (!crew.table.can_all_hold(frames))
    return Error{"disk reader", "is asked for more frames than a feed can hold", "make the read-ahead longer"};
  crew.needed = frames;
  while (!crew.table.have_all(frames)) {
    if (members_.empty() && crew.work_once(lock, crew.run)) continue;
    crew.look.notify_one();
    crew.ready.wait(lock);
  }
  crew.needed = 0;
  // Fill up behind the caller's back, rather than at the next look.
  if (crew.table.is_any_hungry(0)) crew.look.notify_one();
  return {};
}

void DiskReader::stop() {
  std::unique_lock lock(crew_->mutex);
  ++crew_->run;
  running_ = false;
  std::vector<Member> ending = std::exchange(members_, {});
  for (auto* all : {&crew_->look, &crew_->help, &crew_->ready}) all->notify_all();
  const auto has_ended = [](const Member& member) { return *member.ended; };
  crew_->farewell.wait_for(lock, kPatience, [&] { return std::ranges::all_of(ending, has_ended); });
  const auto stuck = std::ranges::partition(ending, has_ended);
  lock.unlock();
  for (Member& member : stuck) member.thread.detach();
  ending.erase(stuck.begin(), stuck.end());
  for (Member& member : ending) member.thread.join();
}

std::vector<Error> DiskReader::take_problems() {
  const std::lock_guard lock(crew_->mutex);
  for (const auto& lane : crew_->table.lanes())
    if (lane->inside && lane->file() != nullptr)
      crew_->note_slow(*lane->file(), Clock::now() - *lane->inside, "has not answered");
  return std::exchange(crew_->problems, {});
}

}  // namespace busbar
