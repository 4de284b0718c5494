#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>

#include "cli/audio_folder.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "sessions/session_file.hpp"
#include "sessions/template.hpp"

namespace busbar::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder, out, template_name = "band";
  bool force = false;

  fs::path session() const { return out.empty() ? fs::path(folder) / "session.json" : fs::path(out); }
};

/// The session's tracks to be, and whether their files lie outside its folder.
struct Tracks {
  std::vector<TrackFile> files;
  bool outside = false;
};

// As the session names it: relative to its folder, '/' as separator.
Result<std::string> path_in_session(const fs::path& file, const fs::path& session) {
  std::error_code error;
  const fs::path from = fs::weakly_canonical(fs::absolute(session).parent_path(), error);
  const fs::path to = error ? fs::path{} : fs::canonical(file, error);
  const fs::path relative = error ? fs::path{} : to.lexically_relative(from);
  if (relative.empty())
    return Error{file.string(), "cannot be named from " + session.string(), "put the session file beside it"};
  return relative.generic_string();
}

Result<Tracks> list_tracks(const std::vector<FolderFile>& files, const fs::path& session) {
  Tracks tracks;
  for (const FolderFile& file : files) {
    auto path = path_in_session(file.path, session);
    if (!path) return path.error();
    tracks.outside = tracks.outside || path->starts_with("../");
    const std::string name = file.path.stem().string();
    if (file.info.channels <= 2) {
      tracks.files.push_back({*path, name, 0});
      continue;
    }
    for (int channel = 1; channel <= file.info.channels; ++channel)
      tracks.files.push_back({*path, name + " " + std::to_string(channel), channel});
  }
  return tracks;
}

// "Piano L" and "Piano R" are two tracks, heard from where they were recorded.
void pan_pairs(Mixer& mixer) {
  std::set<std::pair<std::string, int>> sides;
  for (const auto& track : mixer.tracks)
    if (const Side side = side_of_name(track->shown_name()); side.side != 0) sides.insert({side.stem, side.side});
  for (auto& track : mixer.tracks) {
    const Side side = side_of_name(track->shown_name());
    if (side.side == 0 || !sides.contains({side.stem, -side.side})) continue;
    Strip panned = *track;
    panned.pan = side.side;
    track = std::make_shared<const Strip>(std::move(panned));
  }
}

std::string file_text(const Strip& track) {
  const Clip& clip = std::get<WavSource>(*track.source).clips.front();
  return clip.channels.empty() ? clip.file : clip.file + " (channel " + std::to_string(clip.channels.front()) + ")";
}

std::string output_text(const Mixer& mixer, const Strip& track) {
  const auto* bus = std::get_if<ToBus>(&track.output);
  if (bus == nullptr) return "none";
  const Strip* target = mixer.find(bus->id);
  return target == nullptr ? bus->id : target->shown_name();
}

// `L50`, `R100`, nothing in the middle.
std::string pan_text(double pan) {
  if (pan == 0) return "";
  return (pan < 0 ? "L" : "R") + number_text(std::round(std::fabs(pan) * 100));
}

void print_result(const Options& options, const Mixer& mixer, bool outside) {
  Table table({{"track"}, {"file"}, {"goes to"}, {"pan", Align::right}});
  for (const auto& track : mixer.tracks)
    table.add({track->shown_name(), file_text(*track), output_text(mixer, *track), pan_text(track->pan)});
  table.print();
  const std::string session = shell_text(options.session().string());
  const std::string flag = outside ? " --allow-outside" : "";
  std::printf("\n%s written: %s at %s Hz\n", session.c_str(), count_text(mixer.tracks.size(), "track").c_str(),
              number_text(mixer.sample_rate).c_str());
  std::printf("\n  Try next\n    busbar check %s%s\n    busbar render %s -o mix.wav%s\n", session.c_str(), flag.c_str(),
              session.c_str(), flag.c_str());
}

Result<Mixer> make_mixer(const Options& options, const AudioFolder& folder, bool& outside) {
  auto pattern = find_template(options.template_name);
  if (!pattern) return pattern.error();
  auto tracks = list_tracks(folder.files, options.session());
  if (!tracks) return tracks.error();
  outside = tracks->outside;
  Mixer mixer = make_session(*pattern, tracks->files);
  mixer.sample_rate = most_common_rate(folder.files);
  mixer.name = fs::absolute(options.folder).lexically_normal().filename().string();
  if (mixer.name.empty())
    mixer.name = fs::absolute(options.folder).lexically_normal().parent_path().filename().string();
  pan_pairs(mixer);
  return mixer;
}

ExitCode fail(const Error& error) {
  print_error(error);
  return ExitCode::input_fault;
}

ExitCode run(const Options& options) {
  std::error_code ignored;
  if (fs::exists(options.session(), ignored) && !options.force)
    return fail(
        {options.session().string(), "exists already", "name another file with -o, or replace it with --force"});
  auto folder = read_audio_folder(options.folder);
  if (!folder) return fail(folder.error());
  for (const Error& warning : folder->warnings) print_warning(warning);
  if (folder->files.empty())
    return fail(
        {options.folder, "holds no WAV or FLAC files that can be used", "name the folder that the recordings are in"});
  for (const auto& file : folder->files)
    if (fs::equivalent(file.path, options.session(), ignored))
      return fail({options.session().string(), "is one of the recordings", "name another file with -o"});
  bool outside = false;
  auto mixer = make_mixer(options, *folder, outside);
  if (!mixer) return fail(mixer.error());
  if (auto saved = save_session(*mixer, options.session()); !saved) return fail(saved.error());
  if (outside)
    print_warning({options.session().string(), "its audio lies outside its folder",
                   "give --allow-outside to the other commands, or keep the session beside the audio"});
  print_result(options, *mixer, outside);
  return ExitCode::done;
}

}  // namespace

void add_new(CLI::App& app, ExitCode& exit) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("new", "Make a session from a folder of WAV and FLAC files");
  command->add_option("FOLDER", options->folder, "The folder of recordings")->required();
  command->add_option("-o", options->out, "The session file; FOLDER/session.json unless given")->type_name("FILE");
  command->add_option("--template", options->template_name, "Groups and returns to start with")
      ->check(CLI::IsMember(template_names()))
      ->capture_default_str();
  command->add_flag("--force", options->force, "Replace a session file that exists (the old one is kept as FILE.1)");
  command->callback([options, &exit] { exit = run(*options); });
}

}  // namespace busbar::cli
