#include "sessions/presets.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <system_error>

#include "engine/core/ids.hpp"
#include "sessions/embedded.hpp"
#include "sessions/file_bytes.hpp"
#include "sessions/json_text.hpp"

namespace busbar {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 4096;
constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::string_view kChain = "chain";

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? "" : value;
}

/// All presets as they were read, and what was wrong with files of the user's.
struct Library {
  std::vector<Preset> presets;
  std::vector<Error> warnings;

  auto same_as(const Preset& preset) {
    return std::ranges::find_if(
        presets, [&](const Preset& other) { return other.key == preset.key && other.type == preset.type; });
  }
  /// Takes the place of what is called the same.
  void put(Preset preset) {
    const auto same = same_as(preset);
    if (same == presets.end())
      presets.push_back(std::move(preset));
    else
      *same = std::move(preset);
  }
};

std::string_view stem_of(std::string_view name) { return name.substr(name.rfind('/') + 1); }

void add_built_in(Library& library) {
  for (const EmbeddedFile& file : embedded_presets())
    if (Result<Preset> preset = read_preset_text(stem_of(file.name), file.text)) library.put(std::move(*preset));
}

/// The JSON files of a folder and of the folders in it, in order of path.
std::vector<fs::path> files_in(const fs::path& folder, std::vector<Error>& warnings) {
  std::vector<fs::path> files;
  std::error_code fault;
  if (folder.empty() || !fs::is_directory(folder, fault)) return files;
  auto entry = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, fault);
  for (; !fault && entry != fs::recursive_directory_iterator(); entry.increment(fault)) {
    if (entry.depth() > 0) entry.disable_recursion_pending();
    if (entry->path().extension() != ".json" || entry->path().filename().native().front() == '.') continue;
    if (std::error_code ignored; entry->is_regular_file(ignored)) files.push_back(entry->path());
    if (files.size() == kMostFiles) {
      warnings.push_back(
          {folder.string(), "there are more presets than " + std::to_string(kMostFiles), "the others are left out"});
      break;
    }
  }
  if (fault) warnings.push_back({folder.string(), "it cannot be read: " + fault.message(), "check its permissions"});
  std::ranges::sort(files);
  return files;
}

Result<Preset> read_file(const fs::path& file) {
  const std::string key = file.stem().string();
  if (!is_well_formed_id(key))
    return Error{"", "the name of the file is no name for a preset", "use a-z, 0-9, _ and -"};
  Result<std::string> bytes = read_bytes(file, "a preset file");
  if (!bytes) return Error{"", bytes.error().what, bytes.error().mend};
  if (bytes->size() > kMostBytes) return Error{"", "it is larger than a preset can be", "give a preset file"};
  Result<Preset> preset = read_preset_text(key, *bytes);
  if (!preset) return preset;
  if (auto wrong = check_preset(*preset); !wrong.empty()) return wrong.front();
  preset->is_users = true;
  return preset;
}

/// Of two that are called the same the later one counts: a user's before a built-in one, the last by path of a user's.
void warn_of_same(Library& library, const Preset& preset, const fs::path& file) {
  const auto same = library.same_as(preset);
  if (same == library.presets.end()) return;
  const std::string name =
      (preset.type.empty() ? "the chain '" : "the " + preset.type + " preset '") + preset.key + "'";
  library.warnings.push_back(
      {file.string(),
       "this is used as " + name +
           (same->is_users ? ", and another file of that name is left out" : " in place of the built-in one"),
       "rename the file to have both"});
}

void add_users(Library& library) {
  const fs::path folder = preset_folder();
  if (std::error_code ignored; !variable("BUSBAR_PRESETS").empty() && !fs::is_directory(folder, ignored))
    library.warnings.push_back({folder.string(), "BUSBAR_PRESETS names this folder, and it is not there",
                                "make it, or name the folder that your presets are in"});
  for (const fs::path& file : files_in(folder, library.warnings)) {
    Result<Preset> preset = read_file(file);
    if (preset) {
      warn_of_same(library, *preset, file);
      library.put(std::move(*preset));
      continue;
    }
    const Error& wrong = preset.error();
    library.warnings.push_back(
        {file.string(), "this preset is left out: " + (wrong.where.empty() ? "" : wrong.where + ": ") + wrong.what,
         wrong.mend});
  }
}

/// The one library of the process, read when it is first asked for.
class SharedLibrary {
 public:
  template <typename Use>
  auto with(Use use) {
    const std::scoped_lock lock(mutex_);
    if (!library_) {
      library_.emplace();
      add_built_in(*library_);
      add_users(*library_);
    }
    return use(*library_);
  }
  void forget() {
    const std::scoped_lock lock(mutex_);
    library_.reset();
  }
  static SharedLibrary& instance() {
    static SharedLibrary library;
    return library;
  }

 private:
  std::mutex mutex_;
  std::optional<Library> library_;
};

Error no_such(const Library& library, std::string_view type, std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Preset& preset : library.presets)
    if (preset.type == type) keys.push_back(preset.key);
  const std::string what = "there is no preset '" + std::string(key) + "' " +
                           (type.empty() ? "of a chain" : "for '" + std::string(type) + "'");
  if (keys.empty()) return {"", what, "there are none; see 'busbar inserts'"};
  std::string all;
  for (const std::string_view other : keys) all += (all.empty() ? "" : ", ") + std::string(other);
  const std::string_view near = nearest_word(key, keys);
  return {"", what, (near.empty() ? "" : "did you mean '" + std::string(near) + "'? ") + "there are " + all};
}

}  // namespace

std::vector<Preset> all_presets() {
  return SharedLibrary::instance().with([](const Library& library) { return library.presets; });
}

std::vector<Error> preset_warnings() {
  return SharedLibrary::instance().with([](const Library& library) { return library.warnings; });
}

Result<Preset> find_preset(std::string_view type, std::string_view key) {
  return SharedLibrary::instance().with([&](const Library& library) -> Result<Preset> {
    for (const Preset& preset : library.presets)
      if (preset.type == type && preset.key == key) return preset;
    return no_such(library, type, key);
  });
}

fs::path preset_folder() {
  if (const std::string own = variable("BUSBAR_PRESETS"); !own.empty()) return own;
  if (const std::string config = variable("XDG_CONFIG_HOME"); !config.empty())
    return fs::path(config) / "busbar" / "presets";
  const std::string home = variable("HOME");
  return home.empty() ? fs::path{} : fs::path(home) / ".config" / "busbar" / "presets";
}

Result<fs::path> save_user_preset(const Preset& preset) {
  if (!is_well_formed_id(preset.key))
    return Error{preset.key, "this is no name for a preset", "use a-z, 0-9, _ and -, at most 64 of them"};
  if (preset.inserts.empty()) return Error{preset.key, "the preset is empty", "give it an insert"};
  if (auto wrong = check_preset(preset); !wrong.empty()) return wrong.front();
  const fs::path folder = preset_folder();
  if (folder.empty()) return Error{preset.key, "there is no folder for presets", "set BUSBAR_PRESETS to one"};
  const fs::path file = folder / (preset.type.empty() ? std::string(kChain) : preset.type) / (preset.key + ".json");
  std::error_code fault;
  fs::create_directories(file.parent_path(), fault);
  if (fault)
    return Error{file.parent_path().string(), "it cannot be made: " + fault.message(), "check the permissions"};
  if (Result<void> done = replace_bytes(file, write_preset_text(preset), "the preset"); !done) return done.error();
  SharedLibrary::instance().with([&](Library& library) {
    library.put(preset);
    library.same_as(preset)->is_users = true;
  });
  return file;
}

void forget_presets() { SharedLibrary::instance().forget(); }

}  // namespace busbar
