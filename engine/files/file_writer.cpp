#include "engine/files/file_writer.hpp"

#include <unistd.h>

#include <utility>

#include "engine/files/file_system.hpp"
#include "engine/files/quantiser.hpp"
#include "engine/files/sample_sink.hpp"
#include "engine/files/sha256.hpp"

namespace busbar {

namespace {

int bits_of(FileFormat format) {
  switch (format) {
    case FileFormat::wav16:
      return 16;
    case FileFormat::wav24:
    case FileFormat::flac:
      return 24;
    case FileFormat::wav32f:
      return 32;
  }
  return 24;
}

/// Renaming replaces whatever has the name, so what is not a plain file (a device, say) must not be renamed onto.
Result<std::filesystem::path> check_target(const std::filesystem::path& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (std::filesystem::is_directory(status))
    return Error{path.string(), "is a folder", "give the name of a file in it"};
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    return Error{path.string(), "is a device or a pipe, not a file", "choose another name"};
  if (!path.has_filename()) return Error{path.string(), "is not the name of a file", "give the name of a file"};
  if (!std::filesystem::is_symlink(std::filesystem::symlink_status(path, code))) return path;
  // Replace the file that the link points to, not the link.
  const auto real = std::filesystem::weakly_canonical(path, code);
  return code ? path : real;
}

Result<std::unique_ptr<SampleSink>> make_sink(const WriterOptions& options, int descriptor) {
  const WavCoding coding{.bits = bits_of(options.format),
                         .is_float = options.format == FileFormat::wav32f,
                         .channels = options.channels,
                         .sample_rate = options.sample_rate};
  const std::string name = options.path.string();
  if (options.channels < 1 || options.channels > 1024 || options.sample_rate < 1)
    return Error{name,
                 "cannot be written with " + std::to_string(options.channels) + " channels at " +
                     std::to_string(options.sample_rate) + " Hz",
                 "use 1 to 1024 channels and a sample rate above 0"};
  if (options.format == FileFormat::flac) return make_flac_sink(descriptor, name, coding);
  return make_wav_sink(descriptor, name, coding);
}

}  // namespace

struct FileWriter::State {
  WriterOptions options;
  std::filesystem::path target;  // where the links of options.path lead
  TemporaryFile temporary;
  std::unique_ptr<SampleSink> sink;
  Quantiser quantiser;
  Sha256 hash;
  Result<void> result;

  ~State() {
    sink.reset();  // it may still write when it closes
    if (!temporary.path.empty()) ::unlink(temporary.path.c_str());
  }
};

FileWriter::FileWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileWriter::~FileWriter() = default;

Result<std::unique_ptr<FileWriter>> FileWriter::create(const WriterOptions& options) {
  auto target = check_target(options.path);
  if (!target) return target.error();
  auto temporary = create_beside(*target);
  if (!temporary) {
    Error error = temporary.error();
    error.where = options.path.string();
    return error;
  }
  std::unique_ptr<State> state(new State{.options = options,
                                         .target = std::move(*target),
                                         .temporary = std::move(*temporary),
                                         .sink = nullptr,
                                         .quantiser = {bits_of(options.format), options.channels, options.dither},
                                         .hash = {},
                                         .result = {}});
  auto sink = make_sink(options, state->temporary.descriptor.get());
  if (!sink) return sink.error();
  state->sink = std::move(*sink);
  return std::unique_ptr<FileWriter>(new FileWriter(std::move(state)));
}

Result<void> FileWriter::write(std::span<const double* const> channels, int frames) {
  State& s = *state_;
  s.quantiser.convert(channels, frames);
  s.hash.add(s.quantiser.bytes());
  if (s.result) s.result = s.sink->write(s.quantiser.bytes());
  return s.result;
}

std::span<const float> FileWriter::written(int channel) const noexcept { return state_->quantiser.values(channel); }

Result<WrittenFile> FileWriter::commit() {
  State& s = *state_;
  if (s.result) s.result = s.sink->finish();
  if (!s.result) return s.result.error();
  // The target may have become something else since the file was begun.
  if (auto target = check_target(s.options.path); !target) return target.error();
  s.result = rename_into_place(s.temporary, s.target);
  if (!s.result) return s.result.error();
  return WrittenFile{.path = s.options.path,
                     .frames = s.quantiser.frames(),
                     .clipped_samples = s.quantiser.clipped_samples(),
                     .first_clip = s.quantiser.first_clip(),
                     .sha256 = s.hash.finish()};
}

}  // namespace busbar
