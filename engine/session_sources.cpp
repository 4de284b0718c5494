#include "engine/session_sources.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

#include "engine/files/audio_file.hpp"
#include "engine/files/rate_cache.hpp"
#include "engine/realtime/render_block.hpp"

namespace busbar {

namespace {

/// Clips of one track that may sound at once: each needs a stream of its own.
constexpr std::size_t kMaxLanes = 64;

/// A clip in frames, with its file open.
struct OpenClip {
  LaneClip place;
  double gain;
  int channels;
};

std::uint64_t hash_of(std::string_view id) {
  std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a: the same noise for a track on every run
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::shared_ptr<SourceState> tone_source(const ToneSource& tone, const std::string& id, double sample_rate) {
  auto state = std::make_shared<SourceState>();
  state->kind = SourceState::Kind::tone;
  state->tone.wave = static_cast<ToneSourceState::Wave>(tone.wave);
  state->tone.cycles_per_frame = tone.hz / sample_rate;
  state->tone.amplitude = to_gain(tone.level).value;
  state->tone.seed = hash_of(id);
  state->tone.pink.front().tune(sample_rate);
  state->tone.pink.fill(state->tone.pink.front());
  return state;
}

std::shared_ptr<SourceState> input_source(const InputSource& input) {
  auto state = std::make_shared<SourceState>();
  state->kind = SourceState::Kind::input;
  state->channels = static_cast<int>(std::clamp<std::size_t>(input.channels.size(), 1, 2));
  for (std::size_t c = 0; c < static_cast<std::size_t>(state->channels) && c < input.channels.size(); ++c)
    state->input.channels[c] = input.channels[c] - 1;
  return state;
}

/// Puts clips on as few lanes as hold them without overlap; each lane in order of time.
std::vector<std::vector<OpenClip>> spread_on_lanes(std::vector<OpenClip> clips) {
  std::ranges::stable_sort(clips, {}, [](const OpenClip& c) { return c.place.start; });
  std::vector<std::vector<OpenClip>> lanes;
  for (OpenClip& clip : clips) {
    if (clip.place.length <= 0) continue;
    if (lanes.size() > kMaxLanes) break;
    const auto free = std::ranges::find_if(lanes, [&](const std::vector<OpenClip>& lane) {
      return lane.back().place.start + lane.back().place.length <= clip.place.start;
    });
    if (free != lanes.end())
      free->push_back(std::move(clip));
    else
      lanes.push_back({std::move(clip)});
  }
  return lanes;
}

}  // namespace

class SourceOpener {
 public:
  SourceOpener(double sample_rate, SourceOptions options, SessionSources& opened)
      : rate_(sample_rate),
        options_(std::move(options)),
        pool_(rate_, RateCache(options_.cache_folder.empty() ? RateCache::default_folder() : options_.cache_folder,
                               [this](const std::filesystem::path&, double done) {
                                 if (options_.progress) options_.progress(done);
                               })),
        opened_(opened) {
    // Offline: a block, the fade that a track in need would take, and a page that is on its way.
    const Frames least = kMaxBlock + to_frames(kMoveSeconds, rate_) + AudioFile::kPageFrames;
    opened_.reader = std::make_unique<DiskReader>();
    opened_.reels =
        std::make_unique<ReelLoader>(*opened_.reader, std::max(options_.read_ahead, static_cast<int>(least)));
  }

  OpenedSource open(const Strip& track) {
    std::shared_ptr<SourceState> state;
    if (const auto* tone = std::get_if<ToneSource>(&*track.source))
      state = tone_source(*tone, track.id, rate_);
    else if (const auto* input = std::get_if<InputSource>(&*track.source))
      state = input_source(*input);
    else
      state = file_source(track, std::get<WavSource>(*track.source));
    const int channels = state->channels;
    return {std::move(state), channels};
  }

 private:
  std::shared_ptr<SourceState> file_source(const Strip& track, const WavSource& source) {
    auto state = std::make_shared<SourceState>();
    state->kind = SourceState::Kind::file;
    std::vector<OpenClip> clips;
    int channels = 0;
    for (const Clip& clip : source.clips) {
      if (channels == 0 && !clip.channels.empty()) channels = static_cast<int>(clip.channels.size());
      std::optional<OpenClip> open = open_clip(track, clip, state->end);
      if (!open) continue;
      if (channels != 0 && open->channels != channels)
        fail(track, clip.file,
             "has " + std::to_string(open->channels) + " channel(s) where the track's other clips have " +
                 std::to_string(channels),
             "pick the same number with \"channels\"");
      channels = open->channels;
      clips.push_back(std::move(*open));
    }
    state->channels = std::clamp(channels, 1, 2);
    const auto lanes = spread_on_lanes(std::move(clips));
    if (lanes.size() > kMaxLanes) {
      fail(track, source.clips.front().file,
           "is one of more than " + std::to_string(kMaxLanes) + " clips that sound at once",
           "put them on several tracks");
      return state;
    }
    for (const std::vector<OpenClip>& clips_of_lane : lanes) add_lane(clips_of_lane, state);
    return state;
  }

  std::optional<OpenClip> open_clip(const Strip& track, const Clip& clip, Frames& end) {
    std::shared_ptr<AudioFile> file = open_file(track, clip.file);
    const double rate = rate_;
    OpenClip open{.place = {.file = file,
                            .channels = {0, 0},
                            .start = to_frames(clip.start_s, rate),
                            .offset = to_frames(clip.offset_s, rate),
                            .length = 0},
                  .gain = to_gain(clip.gain).value,
                  .channels = 1};
    if (clip.length_s) note_end(end, open.place.start + to_frames(*clip.length_s, rate));
    if (file == nullptr) return std::nullopt;
    const Frames rest = std::max<Frames>(0, file->info().frames - open.place.offset);
    open.place.length = clip.length_s ? to_frames(*clip.length_s, rate) : rest;
    note_end(end, open.place.start + open.place.length);
    if (!pick_channels(track, clip, file->info().channels, open)) return std::nullopt;
    return open;
  }

  static void note_end(Frames& end, Frames of_clip) { end = std::max(end, std::max<Frames>(of_clip, 0)); }

  bool pick_channels(const Strip& track, const Clip& clip, int in_file, OpenClip& open) {
    std::vector<int> picked = clip.channels;
    if (picked.empty()) {
      if (in_file > 2) {
        fail(track, clip.file, "has " + std::to_string(in_file) + " channels and the clip picks none",
             "add \"channels\" with one or two of them");
        return false;
      }
      picked = in_file == 1 ? std::vector{1} : std::vector{1, 2};
    }
    open.channels = static_cast<int>(picked.size());
    for (std::size_t c = 0; c < picked.size() && c < 2; ++c) {
      if (picked[c] > in_file) {
        fail(track, clip.file, "has no channel " + std::to_string(picked[c]) + ", only " + std::to_string(in_file),
             "pick channels from 1 to " + std::to_string(in_file));
        return false;
      }
      open.place.channels[c] = picked[c] - 1;
    }
    return true;
  }

  std::shared_ptr<AudioFile> open_file(const Strip& track, const std::string& name) {
    const std::filesystem::path path = options_.folder / name;
    // Only files that are open are known: one that could not be opened may have been mended since.
    if (const auto known = files_.find(path); known != files_.end()) return known->second;
    std::error_code ignored;
    const bool missing = !std::filesystem::exists(path, ignored);
    if (missing) {
      report(track, {path.string(), "there is no such file", "put it there, or render with --allow-missing"}, true);
      return nullptr;
    }
    auto file = pool_.open(path);
    if (!file) {
      report(track, file.error(), false);
      return nullptr;
    }
    opened_.files.push_back(path);
    if ((*file)->source_info().cut_short)
      opened_.findings.warnings.push_back(
          of_track(track, {path.string(), "is cut short: its header announces more sound than there is",
                           "replace it with a complete copy; what is there is played"}));
    if (const Frames replaced = (*file)->replaced_samples(); replaced > 0)
      opened_.findings.warnings.push_back(
          of_track(track, {path.string(), std::to_string(replaced) + " samples are not finite numbers",
                           "they were replaced by silence"}));
    return files_[path] = *file;
  }

  static Error of_track(const Strip& track, const Error& error) {
    return {error.where + " (track '" + track.id + "')", error.what, error.mend};
  }
  void report(const Strip& track, const Error& error, bool missing) {
    const bool forgiven = missing ? options_.allow_missing : options_.allow_unreadable;
    auto& list = forgiven ? opened_.findings.warnings : opened_.findings.errors;
    Error told = of_track(track, error);
    if (forgiven) told.mend = "the track is silent there";
    list.push_back(std::move(told));
  }
  void fail(const Strip& track, const std::string& file, std::string what, std::string mend) {
    opened_.findings.errors.push_back(
        of_track(track, {(options_.folder / file).string(), std::move(what), std::move(mend)}));
  }

  void add_lane(const std::vector<OpenClip>& clips, const std::shared_ptr<SourceState>& state) {
    Lane lane;
    std::vector<LaneClip> places;
    for (const OpenClip& clip : clips) {
      places.push_back(clip.place);
      lane.clips.push_back({clip.place.start, clip.place.start + clip.place.length, clip.gain});
    }
    state->file.lanes.push_back(std::move(lane));
    opened_.reels->add(state, state->file.lanes.size() - 1, std::move(places));
  }

  const double rate_;
  const SourceOptions options_;
  AudioFilePool pool_;
  SessionSources& opened_;
  std::map<std::filesystem::path, std::shared_ptr<AudioFile>> files_;
};

SessionSources::SessionSources(double sample_rate, SourceOptions options)
    : opener_(std::make_unique<SourceOpener>(sample_rate, std::move(options), *this)) {}
SessionSources::~SessionSources() = default;

OpenedSource SessionSources::open(const Strip& track) { return opener_->open(track); }

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
