#include "engine/files/lane_table.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace busbar {

namespace {

constexpr std::size_t kBatch = 16;  // lanes taken between two looks at all of them
/// How far before audio a late lane goes on, in frames: about 0.1 s, in which the first pages come and the track may
/// fade in.
constexpr Frames kLead = 4096;

/// Small gaps are left to grow, unless someone waits for them: a page at a time is cheapest.
bool is_hungry(const FileLane& lane, int needed) {
  const SourceFeed& feed = *lane.feed();
  return lane.ahead() < needed || feed.room() >= std::clamp(feed.capacity() / 2, 1, AudioFile::kPageFrames);
}

}  // namespace

void LaneTable::add(const std::shared_ptr<SourceFeed>& feed, std::shared_ptr<const LaneClips> clips, Frames from) {
  lanes_.push_back(std::make_unique<FileLane>(feed, std::move(clips), from));
  most_lanes_ = std::max(most_lanes_, lanes_.size());
}

std::shared_ptr<SourceFeed> LaneTable::spare(int channels, int capacity) {
  const auto size = static_cast<int>(std::bit_ceil(static_cast<unsigned>(std::max(capacity, 1))));
  const auto found = std::ranges::find_if(
      spares_, [&](const auto& feed) { return feed->channels() == channels && feed->capacity() == size; });
  if (found == spares_.end()) return nullptr;
  std::shared_ptr<SourceFeed> feed = std::move(*found);
  spares_.erase(found);
  feed->restart();
  return feed;
}

std::vector<std::unique_ptr<FileLane>> LaneTable::drop_unheld() {
  const auto kept =
      std::ranges::stable_partition(lanes_, [](const auto& lane) { return lane->taken || lane->is_held(); });
  std::vector<std::unique_ptr<FileLane>> dropped(std::make_move_iterator(kept.begin()),
                                                 std::make_move_iterator(kept.end()));
  lanes_.erase(kept.begin(), kept.end());
  // As many as a jump may need that begins all lanes anew; the oldest give way to the size that is in use now. To
  // copy the pointer counts up, which comes after the last holder's counting down: it is done with the samples.
  for (const auto& lane : dropped) spares_.push_back(lane->feed());
  if (spares_.size() > most_lanes_)
    spares_.erase(spares_.begin(), spares_.end() - static_cast<std::ptrdiff_t>(most_lanes_));
  return dropped;
}

std::vector<FileLane*> LaneTable::take(int needed) {
  std::vector<const AudioFile*> busy;
  for (const auto& lane : lanes_)
    if (lane->taken && lane->file() != nullptr) busy.push_back(lane->file());
  std::vector<std::pair<Frames, FileLane*>> waiting;  // with what it has: audio takes from it meanwhile
  for (const auto& lane : lanes_) {
    if (lane->taken || !is_hungry(*lane, needed)) continue;
    lane->aim(needed > 0 ? 0 : kLead);
    if (lane->file() == nullptr || std::ranges::find(busy, lane->file()) == busy.end())
      waiting.emplace_back(lane->ahead(), lane.get());
  }
  std::vector<FileLane*> taken;
  if (waiting.empty()) return taken;
  std::ranges::stable_sort(waiting, {}, &std::pair<Frames, FileLane*>::first);
  const auto& [least, first] = waiting.front();
  for (const auto& [ahead, lane] : waiting) {
    if (taken.size() == kBatch || ahead >= least + AudioFile::kPageFrames) break;
    if (lane->file() == first->file()) taken.push_back(lane);
  }
  for (FileLane* lane : taken) lane->taken = true;
  return taken;
}

bool LaneTable::is_any_hungry(int needed) const {
  return std::ranges::any_of(lanes_, [=](const auto& lane) { return !lane->taken && is_hungry(*lane, needed); });
}

bool LaneTable::have_all(int frames) const {
  return std::ranges::all_of(lanes_, [=](const auto& lane) { return lane->ahead() >= frames || !lane->is_held(); });
}

bool LaneTable::can_all_hold(int frames) const {
  return std::ranges::all_of(lanes_, [=](const auto& lane) { return lane->feed()->capacity() >= frames; });
}

}  // namespace busbar
