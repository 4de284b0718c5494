#include "engine/files/file_lane.hpp"

#include <algorithm>
#include <utility>

namespace busbar {

namespace {

Frames end_of(const LaneClip& clip) { return clip.start + clip.length; }

/// Frames up to the end of the page that holds frame `in_file`; a whole page before the file begins.
Frames rest_of_page(Frames in_file) {
  return AudioFile::kPageFrames - (in_file > 0 ? in_file % AudioFile::kPageFrames : 0);
}

}  // namespace

FileLane::FileLane(std::shared_ptr<SourceFeed> feed, std::shared_ptr<const LaneClips> clips, Frames from)
    : feed_(std::move(feed)), clips_(std::move(clips)), from_(from) {}

const LaneClip* FileLane::clip_from(Frames frame) {
  while (next_clip_ < clips_->size() && end_of((*clips_)[next_clip_]) <= frame) ++next_clip_;
  return next_clip_ < clips_->size() ? &(*clips_)[next_clip_] : nullptr;
}

void FileLane::aim(Frames lead) {
  if (ahead() < 0) feed_->skip_to(rejoin_at(lead));
  const Frames now = at();
  const LaneClip* clip = clip_from(now);
  clip_ = clip != nullptr && now >= clip->start ? clip : nullptr;
  if (clip_ != nullptr)
    steps_end_ = std::min(now + rest_of_page(clip->offset + now - clip->start), end_of(*clip));
  else
    steps_end_ = std::min(now + AudioFile::kPageFrames, clip != nullptr ? clip->start : now + AudioFile::kPageFrames);
}

/// A frame of the feed. Never more than half a feed before audio, or there would be no room to write to. To begin with
/// a whole page is cheapest, and it keeps lanes that share a file together.
Frames FileLane::rejoin_at(Frames lead) {
  const Frames consumed = feed_->consumed();
  const Frames furthest = feed_->capacity() / 2;
  const Frames to = consumed + std::min(lead, furthest);
  if (lead == 0) return to;
  const LaneClip* clip = clip_from(from_ + to);
  const Frames in_file = clip == nullptr ? 0 : clip->offset + from_ + to - clip->start;
  const Frames page = to + rest_of_page(in_file) % AudioFile::kPageFrames;
  return page <= consumed + furthest ? page : to;
}

Result<void> FileLane::step() {
  const Frames now = at();
  const AudioBlock block = feed_->back(static_cast<int>(steps_end_ - now));
  Result<void> result;
  if (clip_ != nullptr)
    result = clip_->file->read(clip_->channels, clip_->offset + now - clip_->start, block);
  else
    for (int c = 0; c < block.channels(); ++c) std::ranges::fill(block.channel(c), 0.0f);
  feed_->publish(block.frames());
  return result;
}

}  // namespace busbar
