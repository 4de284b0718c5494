#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/core/audio_block.hpp"
#include "engine/core/result.hpp"
#include "engine/core/units.hpp"
#include "engine/files/audio_file_info.hpp"
#include "engine/files/rate_cache.hpp"
#include "engine/files/sound_reader.hpp"

namespace busbar {

/// What is in a WAV, RF64, W64 or FLAC file. The length is what can be read, not what the header says.
Result<AudioFileInfo> probe_audio_file(const std::filesystem::path& file);

/// An audio file at the session's sample rate, read page by page by any number of reader threads. A few decoded pages
/// of all channels are kept, so tracks that share a poly file decode it once as long as they stay close together.
class AudioFile {
 public:
  static constexpr int kPageFrames = 4096;

  /// Converts a file of another rate first, see RateCache. Errors name the file, not the track.
  static Result<std::shared_ptr<AudioFile>> open(const std::filesystem::path& file, double session_rate,
                                                 const RateCache& cache);

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Frames and rate as the session sees them.
  const AudioFileInfo& info() const noexcept { return info_; }
  /// As the file on disk has them.
  const AudioFileInfo& source_info() const noexcept { return source_info_; }
  /// Samples that were not finite and became 0 before a conversion. (Files at the session's rate are passed as they
  /// are; the engine replaces and reports those samples.)
  Frames replaced_samples() const noexcept { return replaced_samples_; }

  /// Fills `out` with the frames [first, first + out.frames()) of one or two channels, counted from 0. Before the
  /// first and after the last frame is silence, and so is a channel that the file lacks. Where the file cannot be read
  /// is silence too, and an Error is returned that says where.
  Result<void> read(const std::array<int, 2>& channels, Frames first, const AudioBlock& out);

  /// How often a page had to be decoded so far.
  std::int64_t pages_decoded() const noexcept { return pages_decoded_.load(std::memory_order_relaxed); }

 private:
  struct Page {
    Frames number = -1;
    std::uint64_t last_use = 0;
    std::vector<float> samples;  // [channels][kPageFrames]
    std::optional<Error> error;
  };

  AudioFile(std::filesystem::path path, std::unique_ptr<SoundReader> reader, AudioFileInfo source_info,
            Frames replaced_samples);
  Page& page(Frames number);
  void decode(Page& page);

  std::filesystem::path path_;
  AudioFileInfo info_;
  AudioFileInfo source_info_;
  Frames replaced_samples_;

  std::mutex mutex_;  // guards all below
  std::unique_ptr<SoundReader> reader_;
  std::vector<Page> pages_;
  std::vector<float> interleaved_;
  std::uint64_t uses_ = 0;
  std::atomic<std::int64_t> pages_decoded_{0};
};

/// Opens each file once, however many tracks use it and under whatever names. Control threads, one at a time.
class AudioFilePool {
 public:
  AudioFilePool(double session_rate, RateCache cache) : session_rate_(session_rate), cache_(std::move(cache)) {}
  /// As AudioFile::open; the same object while anyone still holds it and the file has not changed.
  Result<std::shared_ptr<AudioFile>> open(const std::filesystem::path& file);

 private:
  double session_rate_;
  RateCache cache_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::pair<FileStamp, std::weak_ptr<AudioFile>>> files_;
};

}  // namespace busbar
