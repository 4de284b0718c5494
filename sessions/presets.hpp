#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/control/model/insert_slot.hpp"
#include "engine/core/result.hpp"

namespace busbar {

/// A starting point for one processor, or a chain of processors, under a name. See docs/presets.md.
struct Preset {
  std::string key = {};                  ///< what sessions, edits and commands call it
  std::string name = {};                 ///< for a person
  std::string about = {};                ///< one line for a list of presets
  std::string type = {};                 ///< of the processor; empty: a chain
  std::vector<InsertSlot> inserts = {};  ///< one of that type, or the chain in its order; ids unique among them
  bool is_users = false;                 ///< from a file of the user's
  friend bool operator==(const Preset&, const Preset&) = default;
};

/// All presets: the built-in ones, each replaced by the user's of the same key and type, then the user's others. The
/// files are read when somebody first asks, once in the life of the process. From any thread.
std::vector<Preset> all_presets();

/// What was wrong with files of the user's when they were read. Such a file is left out, and nothing else happens.
std::vector<Error> preset_warnings();

/// The preset of that key for a type of processor; an empty type: the chain. The error lists what there is.
Result<Preset> find_preset(std::string_view type, std::string_view key);

/// Puts an insert at a preset: its parameters, those that the preset leaves out at their defaults, and its mix.
void put_at_preset(InsertSlot& slot, const Preset& preset);

/// Reads the text of a preset file. `where` of the error is a JSON pointer.
Result<Preset> read_preset_text(std::string_view key, std::string_view json);

/// The text of a preset file, without the key, which is the file's name.
std::string write_preset_text(const Preset& preset);

/// What the processors of this program would not take: types, parameters and values. `where` is a JSON pointer.
std::vector<Error> check_preset(const Preset& preset);

/// Where the user's presets are: $BUSBAR_PRESETS, else $XDG_CONFIG_HOME/busbar/presets, else ~/.config/busbar/presets;
/// empty if the environment names none of them.
std::filesystem::path preset_folder();

/// Saves a preset as TYPE/KEY.json in the user's folder, a chain as chain/KEY.json, so that at every moment the old or
/// the new file is whole; from here on it is among `all_presets`. Gives the path.
Result<std::filesystem::path> save_user_preset(const Preset& preset);

/// Forgets what was read, so that the files are read again when somebody next asks.
void forget_presets();

}  // namespace busbar
