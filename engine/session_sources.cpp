#include "engine/session_sources.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/files/audio_file.hpp"
#include "engine/realtime/render_block.hpp"

namespace busbar {

namespace {

/// Offline: a block, the fade that a track in need would take, and a page that is on its way.
int least_read_ahead(double sample_rate) {
  return static_cast<int>(kMaxBlock + to_frames(kMoveSeconds, sample_rate) + AudioFile::kPageFrames);
}

}  // namespace

SessionSources::SessionSources(double sample_rate, const SourceOptions& options)
    : opener(std::make_shared<SourceOpener>(sample_rate, options)),
      reader(std::make_unique<DiskReader>()),
      reels(std::make_unique<ReelLoader>(*reader, std::max(options.read_ahead, least_read_ahead(sample_rate)))) {}

OpenedSource SessionSources::adopt(ReadySource ready) {
  for (std::size_t lane = 0; lane < ready.lanes.size(); ++lane)
    reels->add(ready.state, lane, std::move(ready.lanes[lane]));
  std::ranges::move(ready.files, std::back_inserter(files));
  std::ranges::move(ready.findings.errors, std::back_inserter(findings.errors));
  std::ranges::move(ready.findings.warnings, std::back_inserter(findings.warnings));
  const int channels_of_it = ready.state->channels;
  return {std::move(ready.state), channels_of_it};
}

TrackChannels probe_channels(const Mixer& mixer, const std::filesystem::path& folder) {
  TrackChannels channels;
  for (const auto& track : mixer.tracks) {
    int& count = channels.emplace(track->id, 1).first->second;
    if (const auto* input = std::get_if<InputSource>(&*track->source)) count = static_cast<int>(input->channels.size());
    const auto* wav = std::get_if<WavSource>(&*track->source);
    for (std::size_t c = 0, known = 0; wav != nullptr && c < wav->clips.size() && known == 0; ++c) {
      const Clip& clip = wav->clips[c];
      if (!clip.channels.empty())
        known = clip.channels.size();
      else if (const auto info = probe_audio_file(folder / clip.file))
        known = static_cast<std::size_t>(info->channels);
      count = static_cast<int>(known);
    }
    count = std::clamp(count, 1, 2);
  }
  return channels;
}

std::unique_ptr<SessionSources> open_sources(const Mixer& mixer, const SourceOptions& options) {
  auto opened = std::make_unique<SessionSources>(mixer.sample_rate, options);
  const auto add = [&](const Strip& track) {
    OpenedSource source = opened->open(track);
    opened->channels[track.id] = source.channels;
    opened->sources[track.id] = std::move(source.state);
  };
  for (const auto& track : mixer.tracks) add(*track);
  if (const auto talkback = talkback_strip(mixer)) add(*talkback);
  return opened;
}

}  // namespace busbar
