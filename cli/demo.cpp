#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "cli/demo/band.hpp"
#include "cli/demo/demo_session.hpp"
#include "cli/print.hpp"
#include "engine/files/file_writer.hpp"
#include "sessions/session_file.hpp"

namespace busbar::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder;
  double seconds = demo::kFormSeconds;
};

// A demo of an earlier run may be written over, anything else that somebody keeps there may not.
bool is_demo_folder(const fs::path& folder) {
  if (!fs::exists(folder / "session.json") || !fs::exists(folder / "audio" / "kick-in.wav")) return false;
  const LoadedSession session = read_session_file(folder / "session.json", {});
  return session.findings.errors.empty() && session.mixer.name == demo::kSongName;
}

Result<void> prepare_folder(const fs::path& folder) {
  std::error_code error;
  if (folder.empty()) return Error{"DIR", "is empty", "name a folder for the demo"};
  if (fs::exists(folder, error) && !fs::is_directory(folder, error))
    return Error{folder.string(), "is a file", "name a folder for the demo"};
  if (fs::is_directory(folder, error) && !fs::is_empty(folder, error) && !is_demo_folder(folder))
    return Error{folder.string(), "is not empty and holds no demo session", "name a new or an empty folder"};
  fs::create_directories(folder / "audio", error);
  if (error) return Error{folder.string(), "cannot be made: " + error.message(), "choose a folder you may write to"};
  return {};
}

/// One WAV per recording, all written side by side, so that an hour of song needs no more memory than a bar.
class Recorder {
 public:
  static Result<Recorder> open(const fs::path& folder) {
    Recorder recorder;
    for (const demo::Recording& r : demo::recordings()) {
      auto writer = FileWriter::create({.path = folder / (std::string(r.id) + ".wav"),
                                        .format = FileFormat::wav24,
                                        .channels = r.channels,
                                        .sample_rate = static_cast<int>(demo::kSampleRate)});
      if (!writer) return writer.error();
      recorder.writers_.push_back(std::move(*writer));
    }
    return recorder;
  }
  Result<void> write(const demo::Band& band, int frames) {
    for (std::size_t r = 0; r < writers_.size(); ++r) {
      const auto channels = static_cast<std::size_t>(demo::recordings()[r].channels);
      const double* lines[2] = {band.channel(r, 0).data(), channels == 2 ? band.channel(r, 1).data() : nullptr};
      if (auto written = writers_[r]->write(std::span<const double* const>(lines, channels), frames); !written)
        return written;
    }
    return {};
  }
  Result<void> commit() {
    for (auto& writer : writers_)
      if (auto done = writer->commit(); !done) return done.error();
    return {};
  }

 private:
  std::vector<std::unique_ptr<FileWriter>> writers_;
};

Result<void> record_song(const fs::path& folder, Frames frames) {
  auto recorder = Recorder::open(folder);
  if (!recorder) return recorder.error();
  demo::Band band(frames);
  ProgressBar progress("playing");
  for (std::int64_t number = 0;; ++number) {
    const demo::Bar bar = demo::bar_of_song(number);
    if (bar.from >= frames) break;
    band.play(bar);
    const int wanted = static_cast<int>(std::min<Frames>(bar.frames, frames - bar.from));
    if (auto written = recorder->write(band, wanted); !written) return written;
    progress.show(static_cast<double>(bar.from + wanted) / static_cast<double>(frames));
  }
  return recorder->commit();
}

void print_result(const Options& options) {
  const fs::path folder = options.folder;
  const std::string session = shell_text((folder / "session.json").string());
  std::printf("%s: %s of song on %s, 48 kHz, 24 bit\n\n", demo::kSongName,
              (number_text(options.seconds) + " s").c_str(), count_text(demo::recordings().size(), "track").c_str());
  Table written({{"written"}, {""}});
  written.add({session, "the session: four groups, three effect returns, two cue mixes"});
  written.add({shell_text((folder / "audio").string()) + "/", "the recordings, one WAV each"});
  written.print();
  std::printf("\n  Try next\n");
  std::printf("    busbar check %s\n", session.c_str());
  std::printf("    busbar graph %s\n", session.c_str());
  std::printf("    busbar render %s -o %s\n", session.c_str(), shell_text((folder / "mix.wav").string()).c_str());
}

ExitCode run(const Options& options) {
  const fs::path folder = options.folder;
  Result<void> done = prepare_folder(folder);
  if (done) done = record_song(folder / "audio", to_frames(options.seconds, demo::kSampleRate));
  if (done) done = save_session(demo::demo_session(options.seconds), folder / "session.json");
  if (!done) {
    print_error(done.error());
    return ExitCode::input_fault;
  }
  print_result(options);
  return ExitCode::done;
}

// CLI::Range lets "nan" pass.
CLI::Validator seconds_range() {
  return {[](std::string& text) {
            double seconds = 0.0;
            const bool holds = CLI::detail::lexical_cast(text, seconds) && seconds >= 1.0 && seconds <= 3600.0;
            return holds ? std::string() : "'" + text + "' is not a number from 1 to 3600";
          },
          "1 … 3600", "seconds"};
}

}  // namespace

void add_demo(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("demo", "Write a multitrack song of its own making, with a full session");
  command->add_option("DIR", options->folder, "A new or empty folder, or one with an earlier demo")->required();
  command->add_option("--seconds", options->seconds, "Length of the song")
      ->check(seconds_range())
      ->capture_default_str();
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace busbar::cli
