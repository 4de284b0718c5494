#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.hpp"
#include "engine/files/audio_file_info.hpp"

namespace busbar::cli {

/// An audio file in a folder, with what it holds.
struct FolderFile {
  std::filesystem::path path;
  AudioFileInfo info;
};

/// The WAV, RF64, W64 and FLAC files of a folder (not of its subfolders), hidden ones left out, in natural order:
/// "Tom 2" before "Tom 10". What cannot be used is in `warnings`.
struct AudioFolder {
  std::vector<FolderFile> files;
  std::vector<Error> warnings;
};

/// Fails if the folder cannot be read.
Result<AudioFolder> read_audio_folder(const std::filesystem::path& folder);

/// Numbers within texts compare as numbers, letters whatever their case.
bool in_natural_order(std::string_view a, std::string_view b);

/// The rate that most files have; of two equally common ones the higher.
int most_common_rate(const std::vector<FolderFile>& files);

/// Which side of a stereo recording kept as two mono files a name says: -1 "Piano L", "piano_left", +1 "Piano R", 0
/// none. `stem` is what both sides share, in lower case.
struct Side {
  int side = 0;
  std::string stem;
};
Side side_of_name(std::string_view name);

}  // namespace busbar::cli
