#include "engine/reel_loader.hpp"

#include <algorithm>
#include <utility>

namespace busbar {

void ReelLoader::add(std::shared_ptr<SourceState> source, std::size_t lane, std::vector<LaneClip> clips) {
  lanes_.push_back({std::move(source), lane, std::make_shared<const std::vector<LaneClip>>(std::move(clips))});
}

void ReelLoader::load(std::size_t reel, Frames from) {
  for (const LoadedLane& lane : lanes_)
    lane.feed(reel) = reader_.add_lane(lane.clips, lane.source->channels, from, read_ahead_);
}

void ReelLoader::unload(std::size_t reel) {
  for (const LoadedLane& lane : lanes_) lane.feed(reel) = nullptr;
}

int ReelLoader::ready(std::size_t reel) const {
  int least = std::numeric_limits<int>::max();
  for (const LoadedLane& lane : lanes_)
    if (const auto& feed = lane.feed(reel); feed != nullptr) least = std::min(least, feed->available());
  return least;
}

}  // namespace busbar
