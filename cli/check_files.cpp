#include "cli/check_files.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "cli/print.hpp"
#include "engine/files/audio_file.hpp"

namespace busbar::cli {
namespace {

namespace fs = std::filesystem;

/// A file as it was found, looked at once however many clips use it.
struct Found {
  bool missing = false;
  std::optional<AudioFileInfo> info;
  Error error;
};

class Checker {
 public:
  Checker(const Mixer& mixer, const fs::path& folder) : mixer_(mixer), folder_(folder) {}

  FileReport run() {
    for (std::size_t t = 0; t < mixer_.tracks.size(); ++t) check_track(*mixer_.tracks[t], t);
    add_rate_notes();
    return std::move(report_);
  }

 private:
  /// A clip on its way through the checks.
  struct Place {
    const Strip& track;
    const Clip& clip;
    std::string pointer;
    std::string name() const { return "'" + clip.file + "' of track '" + track.id + "'"; }
  };

  void check_track(const Strip& track, std::size_t index) {
    int& channels = report_.channels.emplace(track.id, 1).first->second;
    if (!track.source) return;
    if (const auto* input = std::get_if<InputSource>(&*track.source))
      channels = static_cast<int>(std::clamp<std::size_t>(input->channels.size(), 1, 2));
    const auto* wav = std::get_if<WavSource>(&*track.source);
    if (wav == nullptr) return;
    int seen = 0;
    for (std::size_t c = 0; c < wav->clips.size(); ++c) {
      const std::string pointer = "/tracks/" + std::to_string(index) + "/source/clips/" + std::to_string(c);
      const int of_clip = check_clip({track, wav->clips[c], pointer});
      if (of_clip == 0) continue;
      if (seen != 0 && seen != of_clip) add_mixed_error({track, wav->clips[c], pointer}, of_clip, seen);
      seen = of_clip;
    }
    channels = seen == 0 ? 1 : seen;
  }

  void add_mixed_error(const Place& at, int of_clip, int before) {
    report_.findings.errors.push_back(
        {at.pointer,
         at.name() + " gives " + count_text(static_cast<std::size_t>(of_clip), "channel") + ", the clip before it " +
             std::to_string(before),
         "all clips of a track have the same channel count; pick the same number with \"channels\" or use two tracks"});
  }

  /// The channels that the clip gives: 1 or 2, or 0 if that cannot be known.
  int check_clip(const Place& at) {
    const Found& file = find(at.clip.file);
    const auto picked = static_cast<int>(at.clip.channels.size());
    if (at.clip.length_s) note_end(at.clip.start_s + *at.clip.length_s);
    if (file.missing) {
      report_.findings.warnings.push_back({at.pointer, at.name() + " is missing",
                                           "put the file at " + (folder_ / at.clip.file).string() +
                                               ", or render with --allow-missing to leave it silent"});
      return picked;
    }
    if (!file.info) {
      report_.findings.errors.push_back({at.pointer, at.name() + " " + file.error.what, file.error.mend});
      return picked;
    }
    if (file.info->cut_short)
      report_.findings.warnings.push_back({at.pointer,
                                           at.name() + " is cut short: its header announces more sound than there is",
                                           "replace it with a complete copy; what is there is played"});
    check_range(at, *file.info);
    return check_channels(at, file.info->channels);
  }

  void check_range(const Place& at, const AudioFileInfo& info) {
    const double length_s = static_cast<double>(info.frames) / info.sample_rate;
    if (!at.clip.length_s) note_end(at.clip.start_s + std::max(0.0, length_s - at.clip.offset_s));
    if (info.frames == 0)
      report_.findings.warnings.push_back({at.pointer, at.name() + " is empty", "record it again, or remove the clip"});
    else if (at.clip.offset_s >= length_s)
      report_.findings.warnings.push_back({at.pointer + "/offset_s",
                                           "the clip begins " + number_text(at.clip.offset_s) + " s into " + at.name() +
                                               ", which lasts " + number_text(length_s) + " s, so it is silent",
                                           "make offset_s smaller, or remove the clip"});
  }

  int check_channels(const Place& at, int in_file) {
    if (at.clip.channels.empty()) {
      if (in_file <= 2) return in_file;
      report_.findings.errors.push_back({at.pointer, at.name() + " has " + std::to_string(in_file) + " channels",
                                         "pick one or two of them, like \"channels\": [1]"});
      return 0;
    }
    for (const int channel : at.clip.channels)
      if (channel > in_file)
        report_.findings.errors.push_back({at.pointer + "/channels",
                                           at.name() + " has no channel " + std::to_string(channel) + ", only " +
                                               count_text(static_cast<std::size_t>(in_file), "channel"),
                                           in_file == 1 ? "pick channel 1, or leave \"channels\" out"
                                                        : "pick channels from 1 to " + std::to_string(in_file)});
    return static_cast<int>(at.clip.channels.size());
  }

  const Found& find(const std::string& name) {
    const auto [entry, is_new] = files_.try_emplace(name);
    Found& found = entry->second;
    if (!is_new) return found;
    std::error_code ignored;
    const fs::path path = folder_ / name;
    found.missing = !fs::exists(path, ignored);
    if (found.missing) return found;
    if (auto info = probe_audio_file(path))
      found.info = *info;
    else
      found.error = info.error();
    return found;
  }

  void note_end(double end_s) { report_.end_s = std::max(report_.end_s, end_s); }

  void add_rate_notes() {
    std::map<int, std::size_t> by_rate;
    for (const auto& [name, found] : files_)
      if (found.info && found.info->sample_rate != mixer_.sample_rate) ++by_rate[found.info->sample_rate];
    for (const auto& [rate, count] : by_rate)
      report_.notes.push_back(count_text(count, "file") + " at " + std::to_string(rate) + " Hz will be converted to " +
                              number_text(mixer_.sample_rate) + " Hz once, when first used");
  }

  const Mixer& mixer_;
  const fs::path& folder_;
  FileReport report_;
  std::map<std::string, Found> files_;
};

}  // namespace

FileReport check_files(const Mixer& mixer, const fs::path& folder) { return Checker(mixer, folder).run(); }

}  // namespace busbar::cli
