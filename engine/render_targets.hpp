#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/offline_render.hpp"

namespace busbar {

/// A file that a render is asked for, before anything is opened.
struct WantedFile {
  std::string bus;
  std::filesystem::path path;
  bool is_stem;  ///< as it arrives at the master
};
std::vector<WantedFile> wanted_files(const RenderJob& job);

/// Two files on one name, and strips that do not exist.
std::vector<Error> check_targets(const RenderJob& job, const std::vector<WantedFile>& files);

/// Files that would be written over an input: the session, its script and clips, and what else is `read`.
std::vector<Error> check_inputs(const RenderJob& job, std::vector<std::filesystem::path> read,
                                const std::vector<WantedFile>& files);

}  // namespace busbar
