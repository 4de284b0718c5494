#pragma once
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "engine/files/audio_file.hpp"

namespace busbar {

/// What came in when a session was played, as `InputRecorder` has left it, for a device without hardware.
class RecordedInputs {
 public:
  /// Opens the files of all inputs in `folder` up to the highest that is there. Warns of those that the session uses
  /// and that are not there: they are silent. An error for a folder without any, and for files of another rate.
  static Result<std::unique_ptr<RecordedInputs>> open(const std::filesystem::path& folder, const Mixer& mixer,
                                                      std::vector<Error>& warnings);

  const std::vector<std::filesystem::path>& files() const noexcept { return paths_; }
  /// The engine frames [first, first + frames), at most kMaxBlock, one pointer per hardware input. Valid until the next
  /// call.
  Result<std::span<const float* const>> read(Frames first, int frames);

 private:
  RecordedInputs() = default;
  std::vector<std::filesystem::path> paths_;
  std::vector<std::shared_ptr<AudioFile>> files_;  // by input; null: silence
  std::vector<std::vector<float>> samples_;
  std::vector<const float*> pointers_;
};

}  // namespace busbar
