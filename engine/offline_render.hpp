#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/analysis/level_report.hpp"
#include "engine/control/commands/apply_command.hpp"
#include "engine/control/commands/command.hpp"
#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"
#include "engine/files/file_writer.hpp"

namespace busbar {

/// What to render, and to which files.
struct RenderJob {
  Mixer mixer;                                 ///< has passed `check_mixer`
  std::filesystem::path session;               ///< its file; clips are relative to its folder
  std::filesystem::path mix;                   ///< the master strip's output
  std::optional<std::filesystem::path> stems;  ///< a folder: one file per strip that feeds the master
  std::vector<std::pair<std::string, std::filesystem::path>> buses;  ///< strip id and file
  double from_s = 0.0;
  std::optional<double> to_s;        ///< none: the end of the last clip
  std::optional<double> tail_s;      ///< none: 0 with `to_s`, else until all is below -90 dBFS, within 30 s
  std::optional<FileFormat> format;  ///< none: by each file's extension
  bool dither = true;
  int block = 1024;  ///< 1 … kMaxBlock
  int threads = 0;   ///< for encoding and measuring the outputs; 0: one per core
  std::vector<TimedEdit> script;
  EditParts edit_parts = nullptr;               ///< for edits of parts in the script
  std::filesystem::path script_file;            ///< where the script is from; never written over
  std::optional<std::filesystem::path> inputs;  ///< a folder with what comes in; none: inputs are silent
  bool allow_missing = false;
  bool allow_outside = false;  ///< see SourceOptions
  std::filesystem::path cache_folder;
  std::function<void(double)> progress;  ///< done, 0 … 1
};

struct RenderedFile {
  std::string bus;  ///< strip id
  bool is_stem = false;
  WrittenFile file;
  LevelReport levels;
};

struct RenderReport {
  Frames frames = 0;  ///< of every file
  int sample_rate = 0;
  double wall_s = 0.0;
  double realtime_factor = 0.0;
  std::vector<RenderedFile> outputs;
  std::vector<Error> warnings;
  std::vector<Error> refused;  ///< edits of the script; the rest of it went on
};

/// Renders offline, through the code that plays live. Files appear under their names only when all went well.
/// Errors: what the session's files, the outputs' folders or the arguments are at fault of; all of them.
struct RenderResult {
  std::optional<RenderReport> report;
  std::vector<Error> errors;
};
RenderResult render_offline(const RenderJob& job);

}  // namespace busbar
