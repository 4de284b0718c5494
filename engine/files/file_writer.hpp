#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/core/result.hpp"
#include "engine/core/units.hpp"

namespace busbar {

enum class FileFormat : std::uint8_t { wav16, wav24, wav32f, flac };  ///< flac has 24 bits

struct WriterOptions {
  std::filesystem::path path;
  FileFormat format = FileFormat::wav24;
  int channels = 2;
  int sample_rate = 48000;
  bool dither = true;  ///< of integer formats; else plain rounding to the nearest
};

struct WrittenFile {
  std::filesystem::path path;
  Frames frames = 0;
  Frames clipped_samples = 0;        ///< samples beyond the range of an integer format
  std::optional<Frames> first_clip;  ///< the first frame with one
  std::string sha256;                ///< of the samples as a WAV's data chunk holds them, whatever the format
};

/// Writes one audio file, by one thread. What is written stays under a hidden name beside the target until `commit`
/// renames it, so the target is never half a file. The bytes depend on the samples and options alone.
class FileWriter {
 public:
  /// Refuses a target that exists and is not a regular file (a folder, a device), and a folder that is not there or
  /// cannot be written to. An existing file is replaced at commit.
  static Result<std::unique_ptr<FileWriter>> create(const WriterOptions& options);
  /// Without a commit, removes what was written.
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  /// Appends `frames` frames of [channels][frames], any number. After an error, every later call returns it again.
  Result<void> write(std::span<const double* const> channels, int frames);

  /// What the last `write` put into the file, as a reader of the file will see it: rounded, dithered, clipped.
  /// Exact in float for every format. Valid until the next `write`.
  std::span<const float> written(int channel) const noexcept;

  /// Completes the file, makes it durable and gives it its name. Once, as the last call.
  Result<WrittenFile> commit();

 private:
  struct State;
  explicit FileWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace busbar
