#include "engine/recorded_inputs.hpp"

#include <algorithm>
#include <utility>

#include "engine/input_recorder.hpp"
#include "engine/play_checks.hpp"
#include "engine/realtime/render_block.hpp"

namespace busbar {

namespace {

constexpr int kMostInputs = 1024;

Result<std::shared_ptr<AudioFile>> open_input(const std::filesystem::path& path, double sample_rate) {
  const auto info = probe_audio_file(path);
  if (!info) return info.error();
  if (static_cast<double>(info->sample_rate) != sample_rate)
    return Error{path.string(), "is not at the session's sample rate",
                 "give the inputs that were recorded at this rate"};
  return AudioFile::open(path, sample_rate, RateCache(""));
}

}  // namespace

Result<std::unique_ptr<RecordedInputs>> RecordedInputs::open(const std::filesystem::path& folder, const Mixer& mixer,
                                                             std::vector<Error>& warnings) {
  std::unique_ptr<RecordedInputs> inputs(new RecordedInputs);
  for (int channel = 1; channel <= kMostInputs; ++channel) {
    const std::filesystem::path path = folder / input_file_name(channel);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    auto file = open_input(path, mixer.sample_rate);
    if (!file) return file.error();
    inputs->files_.resize(static_cast<std::size_t>(channel));
    inputs->files_.back() = *file;
    inputs->paths_.push_back(path);
  }
  if (inputs->files_.empty())
    return Error{folder.string(), "has no recorded inputs such as " + input_file_name(1),
                 "give the folder that was given to play --record-inputs"};
  for (const int channel : inputs_used(mixer)) {
    const auto at = static_cast<std::size_t>(channel - 1);
    if (at >= inputs->files_.size() || inputs->files_[at] == nullptr)
      warnings.push_back({(folder / input_file_name(channel)).string(), "is not there and the session has that input",
                          "it is silent"});
  }
  inputs->samples_.resize(inputs->files_.size());
  for (std::size_t c = 0; c < inputs->files_.size(); ++c) {
    if (inputs->files_[c] != nullptr) inputs->samples_[c].resize(kMaxBlock);
    inputs->pointers_.push_back(inputs->files_[c] == nullptr ? nullptr : inputs->samples_[c].data());
  }
  return inputs;
}

Result<std::span<const float* const>> RecordedInputs::read(Frames first, int frames) {
  for (std::size_t c = 0; c < files_.size(); ++c) {
    if (files_[c] == nullptr) continue;
    if (auto read = files_[c]->read({0, 0}, first, {samples_[c].data(), samples_[c].data(), 1, frames}); !read)
      return read.error();
  }
  return std::span<const float* const>(pointers_);
}

}  // namespace busbar
