#include "engine/reel_loader.hpp"

#include <algorithm>
#include <utility>

namespace busbar {

namespace {

/// Holders of a source that no mixer has yet: who asked for it, and who looks. Nobody waits for it to be ready.
constexpr long kUnheard = 2;

}  // namespace

void ReelLoader::add(const std::shared_ptr<SourceState>& source, std::size_t lane, std::vector<LaneClip> clips) {
  lanes_.push_back({source, lane, std::make_shared<const std::vector<LaneClip>>(std::move(clips))});
}

void ReelLoader::load(std::size_t reel, Frames from) {
  std::erase_if(lanes_, [](const LoadedLane& lane) { return lane.source.expired(); });
  for (const LoadedLane& lane : lanes_)
    if (const auto source = lane.source.lock()) load(lane, *source, reel, from);
}

void ReelLoader::load(std::size_t reel, Frames from, const SourceState& joined) {
  for (const LoadedLane& lane : lanes_)
    if (const auto source = lane.source.lock(); source.get() == &joined) load(lane, *source, reel, from);
}

void ReelLoader::load(const LoadedLane& lane, SourceState& source, std::size_t reel, Frames from) {
  source.file.begins[reel] = from;
  source.file.lanes[lane.lane].feeds[reel] = reader_.add_lane(lane.clips, source.channels, from, read_ahead_);
}

void ReelLoader::unload(std::size_t reel) {
  for (const LoadedLane& lane : lanes_)
    if (const auto source = lane.source.lock()) source->file.lanes[lane.lane].feeds[reel] = nullptr;
}

int ReelLoader::ready(std::size_t reel) const {
  int least = std::numeric_limits<int>::max();
  for (const LoadedLane& lane : lanes_) {
    const auto source = lane.source.lock();
    if (source.use_count() <= kUnheard) continue;
    if (const auto& feed = source->file.lanes[lane.lane].feeds[reel]; feed != nullptr)
      least = std::min(least, feed->available());
  }
  return least;
}

}  // namespace busbar
