#include "engine/source_opener.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "engine/control/model/audio_place.hpp"
#include "engine/files/audio_file.hpp"
#include "engine/files/rate_cache.hpp"

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

/// Files that are open, for all tracks.
struct SourceOpener::Files {
  Files(SourceOpener& opener, const std::filesystem::path& cache_folder)
      : pool(opener.rate_, RateCache(cache_folder.empty() ? RateCache::default_folder() : cache_folder,
                                     [&opener](const std::filesystem::path&, double done) {
                                       if (opener.on_progress) opener.on_progress(done);
                                     })) {}

  AudioFilePool pool;
  std::map<std::filesystem::path, std::shared_ptr<AudioFile>> known;
};

/// The opening of one track's files.
class SourceOpener::Opening {
 public:
  Opening(SourceOpener& opener, const Strip& track) : opener_(opener), options_(opener.options_), track_(track) {}

  ReadySource open(const WavSource& source) {
    ready_.state = std::make_shared<SourceState>();
    ready_.state->kind = SourceState::Kind::file;
    std::vector<OpenClip> clips;
    int channels = 0;
    for (const Clip& clip : source.clips) {
      if (channels == 0 && !clip.channels.empty()) channels = static_cast<int>(clip.channels.size());
      std::optional<OpenClip> open = open_clip(clip);
      if (!open) continue;
      if (channels != 0 && open->channels != channels)
        fail(clip.file,
             "has " + std::to_string(open->channels) + " channel(s) where the track's other clips have " +
                 std::to_string(channels),
             "pick the same number with \"channels\"");
      channels = open->channels;
      clips.push_back(std::move(*open));
    }
    ready_.state->channels = std::clamp(channels, 1, 2);
    const auto lanes = spread_on_lanes(std::move(clips));
    if (lanes.size() > kMaxLanes)
      fail(source.clips.front().file, "is one of more than " + std::to_string(kMaxLanes) + " clips that sound at once",
           "put them on several tracks");
    else
      for (const std::vector<OpenClip>& clips_of_lane : lanes) add_lane(clips_of_lane);
    return std::move(ready_);
  }

 private:
  std::optional<OpenClip> open_clip(const Clip& clip) {
    const std::shared_ptr<AudioFile> file = open_file(clip.file);
    const double rate = opener_.rate_;
    OpenClip open{.place = {.file = file,
                            .channels = {0, 0},
                            .start = to_frames(clip.start_s, rate),
                            .offset = to_frames(clip.offset_s, rate),
                            .length = 0},
                  .gain = to_gain(clip.gain).value,
                  .channels = 1};
    if (clip.length_s) note_end(open.place.start + to_frames(*clip.length_s, rate));
    if (file == nullptr) return std::nullopt;
    const Frames rest = std::max<Frames>(0, file->info().frames - open.place.offset);
    open.place.length = clip.length_s ? to_frames(*clip.length_s, rate) : rest;
    note_end(open.place.start + open.place.length);
    if (!pick_channels(clip, file->info().channels, open)) return std::nullopt;
    return open;
  }

  void note_end(Frames of_clip) { ready_.state->end = std::max(ready_.state->end, std::max<Frames>(of_clip, 0)); }

  bool pick_channels(const Clip& clip, int in_file, OpenClip& open) {
    std::vector<int> picked = clip.channels;
    if (picked.empty()) {
      if (in_file > 2) {
        fail(clip.file, "has " + std::to_string(in_file) + " channels and the clip picks none",
             "add \"channels\" with one or two of them");
        return false;
      }
      picked = in_file == 1 ? std::vector{1} : std::vector{1, 2};
    }
    open.channels = static_cast<int>(picked.size());
    for (std::size_t c = 0; c < picked.size() && c < 2; ++c) {
      if (picked[c] > in_file) {
        fail(clip.file, "has no channel " + std::to_string(picked[c]) + ", only " + std::to_string(in_file),
             "pick channels from 1 to " + std::to_string(in_file));
        return false;
      }
      open.place.channels[c] = picked[c] - 1;
    }
    return true;
  }

  std::shared_ptr<AudioFile> open_file(const std::string& name) {
    const std::filesystem::path path = options_.folder / name;
    // Only files that are open are known: one that could not be opened may have been mended since.
    auto& known = opener_.files_->known;
    if (const auto found = known.find(path); found != known.end()) return found->second;
    if (opener_.on_file) opener_.on_file(path);
    if (!options_.allow_outside && leaves_by_link(options_.folder, name)) {
      fail(name, std::string(kLeavesByLink), std::string(kLeavesMend));
      return nullptr;
    }
    std::error_code ignored;
    const bool missing = !std::filesystem::exists(path, ignored);
    if (missing) {
      report({path.string(), "there is no such file", "put it there, or render with --allow-missing"}, true);
      return nullptr;
    }
    auto file = opener_.files_->pool.open(path);
    if (!file) {
      report(file.error(), false);
      return nullptr;
    }
    ready_.files.push_back(path);
    if ((*file)->source_info().cut_short)
      warn({path.string(), "is cut short: its header announces more sound than there is",
            "replace it with a complete copy; what is there is played"});
    if (const Frames replaced = (*file)->replaced_samples(); replaced > 0)
      warn({path.string(), std::to_string(replaced) + " samples are not finite numbers",
            "they were replaced by silence"});
    return known[path] = *file;
  }

  Error of_track(const Error& error) const {
    return {error.where + " (track '" + track_.id + "')", error.what, error.mend};
  }
  void warn(const Error& warning) { ready_.findings.warnings.push_back(of_track(warning)); }
  void report(const Error& error, bool missing) {
    const bool forgiven = missing ? options_.allow_missing : options_.allow_unreadable;
    auto& list = forgiven ? ready_.findings.warnings : ready_.findings.errors;
    Error told = of_track(error);
    if (forgiven) told.mend = "the track is silent there";
    list.push_back(std::move(told));
  }
  void fail(const std::string& file, std::string what, std::string mend) {
    ready_.findings.errors.push_back(of_track({(options_.folder / file).string(), std::move(what), std::move(mend)}));
  }

  void add_lane(const std::vector<OpenClip>& clips) {
    Lane lane;
    LaneClips places;
    for (const OpenClip& clip : clips) {
      places.push_back(clip.place);
      lane.clips.push_back({clip.place.start, clip.place.start + clip.place.length, clip.gain});
    }
    ready_.state->file.lanes.push_back(std::move(lane));
    ready_.lanes.push_back(std::move(places));
  }

  SourceOpener& opener_;
  const SourceOptions& options_;
  const Strip& track_;
  ReadySource ready_;
};

SourceOpener::SourceOpener(double sample_rate, SourceOptions options)
    : on_progress(options.progress),
      rate_(sample_rate),
      options_(std::move(options)),
      files_(std::make_unique<Files>(*this, options_.cache_folder)) {}
SourceOpener::~SourceOpener() = default;

ReadySource SourceOpener::open(const Strip& track) {
  if (const auto* tone = std::get_if<ToneSource>(&*track.source))
    return {tone_source(*tone, track.id, rate_), {}, {}, {}};
  if (const auto* input = std::get_if<InputSource>(&*track.source)) return {input_source(*input), {}, {}, {}};
  return Opening(*this, track).open(std::get<WavSource>(*track.source));
}

bool needs_files(const Strip& track) {
  const auto* wav = track.source ? std::get_if<WavSource>(&*track.source) : nullptr;
  return wav != nullptr && !wav->clips.empty();
}

}  // namespace busbar
