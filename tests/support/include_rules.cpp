#include "tests/support/include_rules.hpp"

#include <algorithm>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>

namespace busbar::test {
namespace {

namespace fs = std::filesystem;

/// What the files of a folder may include of ours: folders end in '/', everything else is one header.
struct FolderRule {
  std::string_view folder;
  std::vector<std::string_view> may;
};

// The first that fits counts, so a folder stands before the one it is in. Every folder may include itself.
const std::vector<FolderRule> kFolders = {
    {"engine/core/", {}},
    {"engine/handover/", {"engine/core/"}},
    {"engine/realtime/", {"engine/core/", "engine/handover/"}},
    {"engine/control/", {"engine/core/", "engine/handover/", "engine/realtime/"}},
    {"engine/files/", {"engine/core/", "engine/handover/"}},
    {"engine/analysis/", {"engine/core/", "engine/handover/"}},
    {"engine/devices/", {"engine/core/", "engine/realtime/"}},
    // What lies in engine/ itself is the façade: it puts the folders together.
    {"engine/", {}},
    {"sessions/", {"engine/core/", "engine/control/model/", "engine/control/commands/", "engine/realtime/insert.hpp"}},
    {"cli/",
     {"sessions/", "engine/core/", "engine/control/model/", "engine/engine.hpp", "engine/offline_render.hpp",
      "engine/session_sources.hpp", "engine/live_play.hpp"}},
    {"gui/", {"sessions/", "engine/core/", "engine/control/model/", "engine/engine.hpp"}},
};

/// One file that may include one header more, and why.
struct Exception {
  std::string_view file, header, why;
};

const std::vector<Exception> kExceptions = {
    {"engine/analysis/bus_calculator.cpp", "engine/realtime/dsp/gain_curve.hpp", "works by the processor's own curve"},
    {"engine/analysis/bus_calculator.cpp", "engine/realtime/dsp/panel_curves.hpp", "the same, of other processors"},
    {"engine/analysis/bus_calculator.cpp", "engine/realtime/dsp/note.hpp", "knows notes by the processors' names"},
    {"cli/inserts.cpp", "engine/realtime/insert.hpp", "prints the table of processors"},
    {"cli/calc_panel.hpp", "engine/realtime/insert.hpp", "checks settings by the tables of processors"},
    {"cli/calc.cpp", "engine/analysis/bus_calculator.hpp", "prints what the calculator says"},
    {"cli/calc.cpp", "engine/settled_tone.hpp", "prints what becomes of a tone"},
    {"cli/graph.cpp", "engine/control/plan/compile_plan.hpp", "prints the compiled plan"},
    {"cli/graph.cpp", "engine/control/plan/routing.hpp", "prints the routing"},
    {"cli/check_scene.cpp", "engine/realtime/insert.hpp", "prints parameters of processors with their units"},
    {"cli/check_files.hpp", "engine/control/plan/routing.hpp", "looks at files of the strips in the routing"},
    {"cli/headroom.hpp", "engine/control/plan/routing.hpp", "follows levels along the routing"},
    {"cli/headroom.cpp", "engine/control/plan/mix_values.hpp", "adds up levels by the gains of the mix"},
    {"cli/headroom.cpp", "engine/files/sound_reader.hpp", "measures the recordings"},
    {"cli/check_files.cpp", "engine/files/audio_file.hpp", "opens the recordings"},
    {"cli/audio_folder.hpp", "engine/files/audio_file_info.hpp", "lists a folder of recordings"},
    {"cli/audio_folder.cpp", "engine/files/audio_file.hpp", "opens the recordings"},
    {"cli/demo.cpp", "engine/files/file_writer.hpp", "writes the recordings of the demo"},
    {"cli/main.cpp", "engine/devices/platform.hpp", "sets up the process"},
    {"cli/print.cpp", "engine/devices/quiet_libraries.hpp", "prints also while libraries are kept quiet"},
    {"cli/devices.cpp", "engine/devices/audio_device.hpp", "lists audio devices"},
    {"cli/devices.cpp", "engine/devices/midi_ports.hpp", "lists MIDI ports"},
    {"cli/devices.cpp", "engine/devices/platform.hpp", "tests what the system allows"},
};

/// Which files may include the headers of a package that begin like this.
struct PackageRule {
  std::string_view header;
  std::vector<std::string_view> wrapped_in;
};

const std::vector<PackageRule> kPackages = {
    {"sndfile.h", {"engine/files/"}},
    {"soxr.h", {"engine/files/"}},
    {"openssl/", {"engine/files/"}},
    {"ebur128.h", {"engine/analysis/"}},
    {"hwy/", {"engine/realtime/"}},
    {"nlohmann/", {"sessions/", "cli/json.cpp"}},
    {"CLI/", {"cli/"}},
    {"portaudio.h", {"engine/devices/"}},
    {"pa_", {"engine/devices/"}},
    {"jack/", {"engine/devices/"}},
    {"alsa/", {"engine/devices/"}},
    {"rtmidi/", {"engine/devices/"}},
    {"RtMidi.h", {"engine/devices/"}},
    {"imgui", {"gui/"}},
    {"backends/imgui", {"gui/"}},
    {"GLFW/", {"gui/"}},
    {"GL/", {"gui/"}},
    // The operating system and the processor.
    {"immintrin.h", {"engine/realtime/"}},
    {"pthread.h", {"engine/devices/"}},
    {"dlfcn.h", {"engine/devices/"}},
    {"fcntl.h",
     {"engine/files/", "engine/devices/", "sessions/save_session.cpp", "sessions/journal_file.cpp",
      "cli/play/terminal.cpp"}},
    {"sys/",
     {"engine/files/", "engine/devices/", "sessions/save_session.cpp", "sessions/journal_file.cpp",
      "cli/play/terminal.cpp"}},
    {"unistd.h",
     {"engine/files/", "engine/devices/", "sessions/save_session.cpp", "sessions/journal_file.cpp", "cli/print.cpp",
      "cli/play/terminal.cpp"}},
    {"termios.h", {"cli/play/terminal.cpp"}},
    {"poll.h", {"cli/play/terminal.cpp"}},
};

/// Words that engine/realtime does without. Placement new is no allocation and allowed.
struct Word {
  std::regex pattern;
  std::string_view name;
};

const std::vector<Word>& forbidden_words() {
  static const std::vector<Word> words = [] {
    std::vector<Word> made;
    const auto add = [&](const char* pattern, std::string_view name) { made.push_back({std::regex(pattern), name}); };
    add(R"(\bnew\s+[A-Za-z_:]|\bnothrow\b)", "new");
    add(R"(\bdelete\s*(\[\s*\]\s*)?[A-Za-z_(])", "delete");
    // A plan may hold owning pointers, since control makes and frees it; making one is another matter.
    add(R"(\bmake_(unique|shared)\b)", "make_unique or make_shared");
    add(R"(\bmalloc\b|\bcalloc\b|\brealloc\b|\bfree\s*\()", "malloc");
    add(R"(std::(recursive_|shared_|timed_)?mutex\b|\block_guard\b|\bunique_lock\b|\bcondition_variable\b)", "a lock");
    add(R"(std::string\b|\bto_string\b)", "std::string");
    add(R"(std::function\b)", "std::function");
    add(R"(\b(push_back|emplace_back|resize|reserve)\s*\()", "a growing container");
    add(R"(\bthrow\b|\btry\b|\bcatch\b)", "exceptions");
    add(R"(\biostream\b|std::(cout|cerr|clog)\b|\bf?printf\b|\bputs\b)", "printing");
    return made;
  }();
  return words;
}

/// "folder/" holds everything under it, anything else is itself; a package's header is fitted by its beginning.
bool fits(std::string_view path, std::string_view rule) {
  return rule.ends_with('/') ? path.starts_with(rule) : path == rule;
}

bool fits_any(std::string_view path, const std::vector<std::string_view>& rules) {
  return std::ranges::any_of(rules, [&](std::string_view rule) { return fits(path, rule); });
}

std::string listed(const std::vector<std::string_view>& names) {
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return list.empty() ? "nothing but itself" : list;
}

const Exception* exception_for(std::string_view file, std::string_view header) {
  const auto found =
      std::ranges::find_if(kExceptions, [&](const Exception& e) { return e.file == file && e.header == header; });
  return found == kExceptions.end() ? nullptr : &*found;
}

/// What is wrong with `#include "header"` in `file`; nothing if all is well.
std::optional<std::string> wrong_own_header(std::string_view file, std::string_view header) {
  const auto rule = std::ranges::find_if(kFolders, [&](const FolderRule& r) { return file.starts_with(r.folder); });
  if (rule == kFolders.end()) return "lies in no folder that tests/support/include_rules.cpp knows";
  if (header.find('/') == std::string_view::npos) return "includes \"" + std::string(header) + "\" without its folder";
  if (header.starts_with(rule->folder) || fits_any(header, rule->may) || exception_for(file, header) != nullptr)
    return std::nullopt;
  return "includes \"" + std::string(header) + "\", but " + std::string(rule->folder) + " may include " +
         listed(rule->may);
}

/// The same for `#include <header>`: the standard library for everybody, packages where they are wrapped.
std::optional<std::string> wrong_package(std::string_view file, std::string_view header) {
  if (header.find_first_of("./") == std::string_view::npos) return std::nullopt;
  const auto rule = std::ranges::find_if(kPackages, [&](const PackageRule& r) { return header.starts_with(r.header); });
  if (rule == kPackages.end())
    return "includes <" + std::string(header) + ">, a package that tests/support/include_rules.cpp does not know";
  if (fits_any(file, rule->wrapped_in)) return std::nullopt;
  return "includes <" + std::string(header) + ">, which belongs in " + listed(rule->wrapped_in);
}

std::optional<std::string> wrong_include(std::string_view file, const std::string& line) {
  static const std::regex include(R"re(^\s*#\s*include\s*(["<])([^">]+)[">])re");
  std::smatch match;
  if (!std::regex_search(line, match, include)) return std::nullopt;
  return match[1] == "<" ? wrong_package(file, match[2].str()) : wrong_own_header(file, match[2].str());
}

/// The line without what stands in quotes and behind `//`. Our comments are of no other kind.
std::string code_of(const std::string& line) {
  static const std::regex quoted(R"re("([^"\\]|\\.)*")re");
  const std::string bare = std::regex_replace(line, quoted, "\"\"");
  return bare.substr(0, bare.find("//"));
}

std::optional<std::string> wrong_word(std::string_view file, const std::string& line) {
  if (!file.starts_with("engine/realtime/")) return std::nullopt;
  const std::string code = code_of(line);
  for (const Word& word : forbidden_words())
    if (std::regex_search(code, word.pattern))
      return "uses " + std::string(word.name) + ", and the audio thread must not";
  return std::nullopt;
}

bool is_source(const fs::path& path) {
  return path.extension() == ".cpp" || path.extension() == ".hpp" || path.extension() == ".def" ||
         path.extension() == ".h";
}

}  // namespace

std::vector<SourceText> read_sources(const fs::path& root) {
  std::vector<SourceText> sources;
  for (const char* folder : {"engine", "sessions", "cli", "gui"}) {
    if (!fs::is_directory(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      sources.push_back({entry.path().lexically_relative(root).generic_string(), text.str()});
    }
  }
  std::ranges::sort(sources, {}, &SourceText::path);
  return sources;
}

std::vector<std::string> broken_rules(const SourceText& source) {
  std::vector<std::string> broken;
  std::istringstream lines(source.text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    auto what = wrong_include(source.path, line);
    if (!what) what = wrong_word(source.path, line);
    if (what) broken.push_back(source.path + ":" + std::to_string(number) + " " + *what);
  }
  return broken;
}

std::vector<std::string> idle_exceptions(const std::vector<SourceText>& sources) {
  std::vector<std::string> idle;
  for (const Exception& exception : kExceptions) {
    const auto source = std::ranges::find(sources, exception.file, &SourceText::path);
    const std::string include = "#include \"" + std::string(exception.header) + "\"";
    if (source == sources.end() || source->text.find(include) == std::string::npos)
      idle.push_back(std::string(exception.file) + " no longer includes " + std::string(exception.header));
  }
  return idle;
}

}  // namespace busbar::test
