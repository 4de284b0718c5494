#include "engine/files/disk_reader.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace busbar {

namespace {

constexpr auto kLook = std::chrono::milliseconds(2);
constexpr std::size_t kBatch = 16;  // lanes filled between two looks at all of them

Frames end_of(const LaneClip& clip) { return clip.start + clip.length; }

}  // namespace

DiskReader::DiskReader(int threads) : thread_count_(std::max(threads, 1)) {}
DiskReader::~DiskReader() { stop(); }

std::shared_ptr<SourceFeed> DiskReader::add_lane(std::vector<LaneClip> clips, int channels, Frames from,
                                                 int read_ahead_frames) {
  auto feed = std::make_shared<SourceFeed>(channels, read_ahead_frames);
  auto lane = std::make_unique<Lane>();
  lane->feed = feed;
  lane->clips = std::move(clips);
  lane->from = from;
  const std::lock_guard lock(mutex_);
  lanes_.push_back(std::move(lane));
  wake_.notify_one();
  return feed;
}

void DiskReader::start() {
  const std::lock_guard lock(mutex_);
  stopping_ = false;
  while (static_cast<int>(threads_.size()) < thread_count_) threads_.emplace_back([this] { work(); });
}

void DiskReader::stop() {
  std::vector<std::thread> ending;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ending.swap(threads_);
    wake_.notify_all();
    ready_.notify_all();
  }
  for (std::thread& thread : ending) thread.join();
}

std::vector<Error> DiskReader::take_problems() {
  const std::lock_guard lock(mutex_);
  return std::exchange(problems_, {});
}

Result<void> DiskReader::wait_until_ready(int frames) {
  std::unique_lock lock(mutex_);
  if (std::ranges::any_of(lanes_, [frames](const auto& lane) { return lane->feed->capacity() < frames; }))
    return Error{"disk reader", "is asked for more frames than a feed can hold", "make the read-ahead longer"};
  needed_ = frames;
  while (!all_ready(frames)) {
    if (threads_.empty()) {
      fill_all(take_lanes(), lock);
    } else {
      wake_.notify_all();
      ready_.wait(lock);
    }
  }
  needed_ = 0;
  // Fill up behind the caller's back, rather than at the next look.
  if (std::ranges::any_of(lanes_, [this](const auto& lane) { return is_hungry(*lane); })) wake_.notify_one();
  return {};
}

void DiskReader::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto lanes = take_lanes();
    if (lanes.empty()) wake_.wait_for(lock, kLook);
    fill_all(lanes, lock);
    if (needed_ > 0) ready_.notify_all();
  }
}

/// The lanes that are within a page of the emptiest one, so that tracks of one file stay on the same page. Lanes
/// whose feed nobody else holds are dropped. The mutex is held.
std::vector<DiskReader::Lane*> DiskReader::take_lanes() {
  std::erase_if(lanes_, [](const auto& lane) { return !lane->busy && lane->feed.use_count() == 1; });
  std::vector<std::pair<int, Lane*>> waiting;
  for (const auto& lane : lanes_)
    if (is_hungry(*lane)) waiting.emplace_back(lane->feed->available(), lane.get());
  std::ranges::stable_sort(waiting, {}, &std::pair<int, Lane*>::first);
  std::vector<Lane*> lanes;
  for (const auto& [available, lane] : waiting) {
    if (lanes.size() == kBatch || available >= waiting.front().first + AudioFile::kPageFrames) break;
    lane->busy = true;
    lanes.push_back(lane);
  }
  return lanes;
}

void DiskReader::fill_all(const std::vector<Lane*>& lanes, std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  for (Lane* lane : lanes) fill(*lane);
  lock.lock();
  for (Lane* lane : lanes) lane->busy = false;
}

/// Small gaps are left to grow, unless someone waits for them: a page at a time is cheapest.
bool DiskReader::is_hungry(const Lane& lane) const {
  const SourceFeed& feed = *lane.feed;
  return !lane.busy &&
         (feed.available() < needed_ || feed.room() >= std::min(AudioFile::kPageFrames, feed.capacity() / 2));
}

bool DiskReader::all_ready(int frames) const {
  return std::ranges::all_of(lanes_, [frames](const auto& lane) { return lane->feed->available() >= frames; });
}

/// One step of a lane: silence up to the next clip, or a clip up to the end of a page of its file. The lane is busy,
/// so it is this thread's alone.
void DiskReader::fill(Lane& lane) {
  const Frames at = lane.from + lane.feed->written();
  while (lane.next_clip < lane.clips.size() && end_of(lane.clips[lane.next_clip]) <= at) ++lane.next_clip;
  const LaneClip* clip = lane.next_clip < lane.clips.size() ? &lane.clips[lane.next_clip] : nullptr;
  Frames limit = AudioFile::kPageFrames;
  if (clip == nullptr || at < clip->start) {
    if (clip != nullptr) limit = std::min(limit, clip->start - at);
    const AudioBlock block = lane.feed->back(static_cast<int>(limit));
    for (int c = 0; c < block.channels(); ++c) std::ranges::fill(block.channel(c), 0.0f);
    lane.feed->publish(block.frames());
    return;
  }
  const Frames in_file = clip->offset + at - clip->start;
  if (in_file > 0) limit -= in_file % AudioFile::kPageFrames;
  const AudioBlock block = lane.feed->back(static_cast<int>(std::min(limit, end_of(*clip) - at)));
  if (auto read = clip->file->read(clip->channels, in_file, block); !read) note_problem(read.error());
  lane.feed->publish(block.frames());
}

void DiskReader::note_problem(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (reported_.insert(error.where).second) problems_.push_back(error);
}

}  // namespace busbar
