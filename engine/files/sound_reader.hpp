#pragma once
#include <filesystem>
#include <memory>

#include "engine/core/result.hpp"
#include "engine/files/audio_file_info.hpp"
#include "engine/files/descriptor.hpp"

struct sf_private_tag;

namespace busbar {

/// One open WAV, RF64, W64 or FLAC file, by libsndfile. Used by one thread at a time.
/// Shape   interleaved, all channels, at the file's own rate
/// Units   full scale is 1.0; integers of up to 24 bits and 32-bit floats come out exact as float, all as double
/// Errors  where = the file; a header that announces more than there is gives the true length where that can be
///         found (uncompressed files) and an error where it cannot
class SoundReader {
 public:
  static Result<std::unique_ptr<SoundReader>> open(const std::filesystem::path& file);
  /// From a descriptor standing anywhere; `name` is for errors.
  static Result<std::unique_ptr<SoundReader>> open(Descriptor file, const std::filesystem::path& name);

  const AudioFileInfo& info() const noexcept { return info_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  /// Reads the frames [first, first + frames), which must lie in the file. Reading on where the last call ended
  /// needs no seek. On an error all of `out` is silence.
  Result<void> read(Frames first, int frames, float* out);
  Result<void> read(Frames first, int frames, double* out);

 private:
  struct Close {
    void operator()(sf_private_tag* file) const;
  };
  using Handle = std::unique_ptr<sf_private_tag, Close>;

  SoundReader(Descriptor file, Handle handle, AudioFileInfo info, std::filesystem::path path, bool compressed);
  template <typename Sample>
  Result<void> read_as(Frames first, int frames, Sample* out);
  Result<void> check_length();
  bool has_frame(Frames frame);
  Error unreadable(Frames frame) const;
  void reopen();

  Descriptor file_;
  Handle handle_;
  AudioFileInfo info_;
  std::filesystem::path path_;
  bool compressed_;
  Frames position_ = 0;  ///< where the handle stands; -1 if that is not known
};

}  // namespace busbar
