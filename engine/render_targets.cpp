#include "engine/render_targets.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/ids.hpp"
#include "engine/files/file_system.hpp"

namespace busbar {

namespace {

/// True if both would be the same file, whether it exists yet or not.
bool same_target(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code ignored;
  return same_file(a, b) ||
         std::filesystem::weakly_canonical(a, ignored) == std::filesystem::weakly_canonical(b, ignored);
}

/// Strips whose output is the master: id and stem file.
std::vector<std::string> stems_of(const Mixer& mixer) {
  std::vector<std::string> ids;
  for (const Strip* strip : mixer.strips())
    if (const auto* bus = std::get_if<ToBus>(&strip->output); bus != nullptr && bus->id == kMasterId)
      ids.push_back(strip->id);
  return ids;
}

}  // namespace

std::vector<WantedFile> wanted_files(const RenderJob& job) {
  std::vector<WantedFile> files{{std::string(kMasterId), job.mix, false}};
  for (const auto& [id, path] : job.buses) files.push_back({id, path, false});
  if (!job.stems) return files;
  const bool flac = job.format && *job.format == FileFormat::flac;
  for (const std::string& id : stems_of(job.mixer))
    files.push_back({id, *job.stems / (id + (flac ? ".flac" : ".wav")), true});
  return files;
}

std::vector<Error> check_targets(const RenderJob& job, const std::vector<WantedFile>& files) {
  std::vector<Error> errors;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (job.mixer.find(files[i].bus) == nullptr)
      errors.push_back({"--bus " + files[i].bus, "there is no such strip", "use the id of a track or bus"});
    for (std::size_t j = 0; j < i; ++j)
      if (same_target(files[i].path, files[j].path))
        errors.push_back({files[i].path.string(), "two outputs would go to this file", "give each its own name"});
  }
  return errors;
}

std::vector<Error> check_inputs(const RenderJob& job, std::vector<std::filesystem::path> inputs,
                                const std::vector<WantedFile>& files) {
  inputs.push_back(job.session);
  if (!job.script_file.empty()) inputs.push_back(job.script_file);
  for (const auto& track : job.mixer.tracks)  // also those that are missing now
    if (const auto* wav = std::get_if<WavSource>(&*track->source))
      for (const Clip& clip : wav->clips) inputs.push_back(job.session.parent_path() / clip.file);
  std::vector<Error> errors;
  for (const WantedFile& file : files)
    if (std::ranges::any_of(inputs, [&](const auto& input) { return same_target(file.path, input); }))
      errors.push_back({file.path.string(), "this file is an input of the render", "give the output another name"});
  return errors;
}

}  // namespace busbar
