#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/control/model/mixer.hpp"
#include "engine/core/result.hpp"

namespace busbar {

struct ReadOptions {
  bool allow_outside = false;  ///< audio files may lie outside the session's folder
};

/// A session as read. The mixer means something only if there are no errors.
struct LoadedSession {
  Mixer mixer;
  Findings findings;
};

/// Reads a session from JSON text and checks it (`check_mixer`, with the inserts this program has). Never throws on
/// bad input. `where` of a finding is a JSON pointer (`/tracks/3/sends/0/to`); of text that is not JSON, line and
/// column. All errors are found, of which the first 200 are kept and the rest counted; likewise warnings.
LoadedSession read_session_text(std::string_view json, const ReadOptions& options);

/// The same from a file; `where` of an error that concerns the file as a whole is its path. Also refuses audio paths
/// that leave the session's folder through a symbolic link.
LoadedSession read_session_file(const std::filesystem::path& file, const ReadOptions& options);

/// The text of a session: keys in the order of docs/session_format.md, numbers that read back as the same bits.
/// The same mixer gives the same bytes. Unknown keys that the mixer carries are written back.
std::string write_session_text(const Mixer& mixer);

/// Saves a session so that at every moment either the old or the new one is whole on disk: a temporary file in the
/// same folder, fsync, rename, fsync of the folder. The versions before it are kept as `FILE.1` (newest) … `FILE.8`.
/// Fails, leaving the old file, when the folder cannot be written or the disk is full.
Result<void> save_session(const Mixer& mixer, const std::filesystem::path& file);

/// Parts of a session from JSON text, for the values of edits. An id or target that the text leaves out is taken from
/// the argument. `where` of the error is a pointer within the part. Nothing is checked that needs the other parts.
/// `mixer`, if there is one, tells which of a strip's sends go into cues, where the tap is `pre` unless said otherwise.
Result<Strip> read_strip_text(std::string_view json, std::string_view id = {}, const Mixer* mixer = nullptr,
                              const ReadOptions& options = {});
Result<InsertSlot> read_insert_text(std::string_view json, std::string_view id = {});
Result<Clip> read_clip_text(std::string_view json, const ReadOptions& options = {});
/// `into_cue`: the target is a cue, where the tap is `pre` unless said otherwise.
Result<Send> read_send_text(std::string_view json, std::string_view to = {}, bool into_cue = false);

/// The text of one strip, as it stands in a session.
std::string write_strip_text(const Strip& strip);

}  // namespace busbar
