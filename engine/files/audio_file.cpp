#include "engine/files/audio_file.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <span>

#include "engine/core/strip_params.hpp"

namespace busbar {

namespace {

/// A header with a rate of 1 Hz would ask for a conversion to terabytes.
constexpr Range kFileRates{1000.0, 1'536'000.0};
constexpr std::size_t kPageBudget = std::size_t{16} << 20;  // bytes per file; two pages are kept in any case

std::size_t page_samples(const AudioFileInfo& info) {
  return static_cast<std::size_t>(info.channels) * AudioFile::kPageFrames;
}

void deinterleave(std::span<const float> in, std::size_t channels, std::size_t frames, float* out) {
  constexpr std::size_t kTile = 64;  // frames whose lines stay in the first cache while all channels are taken
  for (std::size_t from = 0; from < frames; from += kTile) {
    const std::size_t to = std::min(from + kTile, frames);
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = from; i < to; ++i) out[c * AudioFile::kPageFrames + i] = in[i * channels + c];
  }
}

}  // namespace

Result<AudioFileInfo> probe_audio_file(const std::filesystem::path& file) {
  const auto reader = SoundReader::open(file);
  if (!reader) return reader.error();
  return (*reader)->info();
}

Result<std::shared_ptr<AudioFile>> AudioFile::open(const std::filesystem::path& file, double session_rate,
                                                   const RateCache& cache) {
  auto reader = SoundReader::open(file);
  if (!reader) return reader.error();
  const AudioFileInfo source = (*reader)->info();
  if (static_cast<double>(source.sample_rate) == session_rate)
    return std::shared_ptr<AudioFile>(new AudioFile(file, std::move(*reader), source, 0));
  if (!kFileRates.holds(source.sample_rate))
    return Error{file.string(), "announces a sample rate of " + std::to_string(source.sample_rate) + " Hz",
                 "replace it with a good copy"};
  auto converted = cache.open(file, session_rate);
  if (!converted) return converted.error();
  return std::shared_ptr<AudioFile>(
      new AudioFile(file, std::move(converted->reader), source, converted->replaced_samples));
}

AudioFile::AudioFile(std::filesystem::path path, std::unique_ptr<SoundReader> reader, AudioFileInfo source_info,
                     Frames replaced_samples)
    : path_(std::move(path)),
      info_(reader->info()),
      source_info_(std::move(source_info)),
      replaced_samples_(replaced_samples),
      reader_(std::move(reader)),
      pages_(std::clamp<std::size_t>(kPageBudget / (page_samples(info_) * sizeof(float)), 2, 4)) {}

Result<void> AudioFile::read(const std::array<int, 2>& channels, Frames first, const AudioBlock& out) {
  const std::lock_guard lock(mutex_);
  Result<void> result;
  int done = 0;
  while (done < out.frames()) {
    const Frames at = first + done;
    const Frames number = at / kPageFrames;
    const bool outside = at < 0 || at >= info_.frames;
    const Frames page_end = std::min<Frames>((number + 1) * kPageFrames, info_.frames);
    const Frames end = at < 0 ? 0 : outside ? first + out.frames() : page_end;
    const int count = static_cast<int>(std::min<Frames>(end - at, out.frames() - done));
    const Page* from = outside ? nullptr : &page(number);
    for (int c = 0; c < out.channels(); ++c) {
      float* to = out.channel(c).data() + done;
      const auto channel = static_cast<std::size_t>(channels[static_cast<std::size_t>(c)]);
      if (from == nullptr || channel >= static_cast<std::size_t>(info_.channels))
        std::fill_n(to, count, 0.0f);
      else
        std::copy_n(from->samples.data() + channel * kPageFrames + at % kPageFrames, count, to);
    }
    if (from != nullptr && from->error && result) result = *from->error;
    done += count;
  }
  return result;
}

/// The page, decoded now unless it is among the few that are kept; the one not used for longest makes room.
AudioFile::Page& AudioFile::page(Frames number) {
  auto found = std::ranges::find(pages_, number, &Page::number);
  if (found == pages_.end()) {
    found = std::ranges::min_element(pages_, {}, &Page::last_use);
    found->number = number;
    decode(*found);
  }
  found->last_use = ++uses_;
  return *found;
}

/// What lies behind the end of the file is never copied, so it may keep whatever was there.
void AudioFile::decode(Page& page) {
  page.samples.resize(page_samples(info_));
  const Frames first = page.number * kPageFrames;
  const int frames = static_cast<int>(std::min<Frames>(kPageFrames, info_.frames - first));
  Result<void> result;
  if (info_.channels == 1) {
    result = reader_->read(first, frames, page.samples.data());
  } else {
    interleaved_.resize(page_samples(info_));
    result = reader_->read(first, frames, interleaved_.data());
    deinterleave(interleaved_, static_cast<std::size_t>(info_.channels), static_cast<std::size_t>(frames),
                 page.samples.data());
  }
  pages_decoded_.fetch_add(1, std::memory_order_relaxed);
  page.error.reset();
  if (!result) page.error = Error{path_.string(), result.error().what, result.error().mend};
}

Result<std::shared_ptr<AudioFile>> AudioFilePool::open(const std::filesystem::path& file) {
  const auto descriptor = open_regular_file(file);
  if (!descriptor) return descriptor.error();
  const auto stamp = stamp_of(*descriptor, file);
  if (!stamp) return stamp.error();
  auto& [known, held] = files_[{stamp->device, stamp->inode}];
  if (auto open = held.lock(); open != nullptr && known == *stamp) return open;
  auto opened = AudioFile::open(file, session_rate_, cache_);
  if (!opened) return opened;
  known = *stamp;
  held = *opened;
  return opened;
}

}  // namespace busbar
