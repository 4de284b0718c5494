#include <algorithm>
#include <cmath>
#include <memory>
#include <unordered_set>

#include "engine/control/model/audio_place.hpp"
#include "engine/control/model/routing_rules.hpp"
#include "engine/realtime/insert.hpp"
#include "sessions/control_reader.hpp"
#include "sessions/file_bytes.hpp"
#include "sessions/json_text.hpp"
#include "sessions/session_file.hpp"
#include "sessions/session_words.hpp"
#include "sessions/strip_reader.hpp"

namespace busbar {

namespace {

using nlohmann::json;

constexpr int kVersion = 1;

/// False: this is no session that this program reads, so that all further errors would only mislead.
bool check_format(ObjectReader& reader) {
  Report& report = reader.report();
  const json* format = reader.need("format", "is this a Busbar session? Then give \"busbar-session\"");
  if (format == nullptr) return false;
  if (*format != "busbar-session") {
    report.error(reader.at("format"), shown_value(*format) + " is not the format of a Busbar session",
                 "give a file whose format is \"busbar-session\"");
    return false;
  }
  const json* version = reader.need("version", "give 1");
  if (version == nullptr) return false;
  if (version->is_number() && version->get<double>() == kVersion) return true;
  if (version->is_number() && version->get<double>() > kVersion)
    report.error(reader.at("version"),
                 "the session has format version " + shown_value(*version) + ", and this Busbar reads version 1",
                 "open it with a newer Busbar");
  else
    report.error(reader.at("version"), shown_value(*version) + " is not a version", "give 1");
  return false;
}

void read_head(ObjectReader& reader, Mixer& mixer) {
  Report& report = reader.report();
  reader.text("name", mixer.name);
  constexpr std::string_view kRateMend = "give a whole number of Hz from 8000 to 384000";
  if (reader.need("sample_rate", kRateMend) != nullptr)
    reader.number("sample_rate", mixer.sample_rate, kSampleRateRange, kRateMend);
  if (mixer.sample_rate != std::floor(mixer.sample_rate))
    report.error(reader.at("sample_rate"), number_text(mixer.sample_rate) + " is not a whole number",
                 std::string(kRateMend));
  reader.number("tempo_bpm", mixer.tempo_bpm, kTempoRange, "give a tempo from 20 to 999");
  reader.number("pan_law_db", mixer.pan_law_db, {-6, 0}, "give -3, -4.5, -6 or 0");
  reader.word("solo_mode", mixer.solo_mode, std::span<const Word<SoloMode>>(kSoloWords));
  reader.flag("solo_exclusive", mixer.solo_exclusive);
}

void read_strips(ObjectReader& reader, std::string_view key, bool is_track, StripContext& context, Mixer& mixer) {
  const bool is_there = reader.need(key, is_track ? "give a list of tracks, which may be empty"
                                                  : "give a list of buses with the master in it") != nullptr;
  const json* list =
      is_there ? reader.list(key, kMaxStrips - mixer.tracks.size(), is_track ? "tracks" : "buses") : nullptr;
  if (list == nullptr) return;
  auto& strips = is_track ? mixer.tracks : mixer.buses;
  for (std::size_t i = 0; i < list->size(); ++i)
    strips.push_back(std::make_shared<const Strip>(
        read_strip((*list)[i], is_track, reader.at(key) + "/" + std::to_string(i), context)));
}

/// What could not be read, to tell what only follows from it.
class Unread {
 public:
  explicit Unread(const std::vector<Error>& reported) {
    for (const Error& error : reported) {
      const std::string_view where = error.where;
      wrong_.insert(error.where);
      if (where.find_last_not_of("0123456789") == where.rfind('/')) lists_.insert(parent_of(error.where));
      const bool is_whole_bus = where.starts_with("/buses/") && where.find('/', 7) == std::string_view::npos;
      const bool is_kind = where.starts_with("/buses/") && where.ends_with("/kind");
      is_bus_unclear_ = is_bus_unclear_ || is_whole_bus || is_kind;
    }
  }
  /// Without one of the lists of strips there is no mixer to check.
  bool has_strips() const { return !wrong_.contains("/tracks") && !wrong_.contains("/buses"); }

  /// True at or below a pointer that is reported, at a list with a wrong entry, for the id of a bus of unclear kind,
  /// and for a missing master that such a bus may be.
  bool explains(const Error& error) const {
    if (error.where == "/buses") return is_bus_unclear_;
    if (lists_.contains(error.where)) return true;
    if (error.where.ends_with("/id") && wrong_.contains(parent_of(error.where) + "/kind")) return true;
    for (std::string where = error.where; !where.empty(); where = parent_of(where))
      if (wrong_.contains(where)) return true;
    return false;
  }

 private:
  static std::string parent_of(const std::string& where) {
    const std::size_t slash = where.rfind('/');
    return slash == std::string::npos ? std::string{} : where.substr(0, slash);
  }
  std::unordered_set<std::string> wrong_;
  std::unordered_set<std::string> lists_;
  bool is_bus_unclear_ = false;
};

/// Finds audio paths that leave the folder through a symbolic link. Each file is looked up once.
void check_links(const Mixer& mixer, const std::filesystem::path& folder, Report& report) {
  std::unordered_set<std::string> seen;
  for (std::size_t t = 0; t < mixer.tracks.size(); ++t) {
    const auto* wav = mixer.tracks[t]->source ? std::get_if<WavSource>(&*mixer.tracks[t]->source) : nullptr;
    for (std::size_t c = 0; wav != nullptr && c < wav->clips.size(); ++c) {
      const std::string& file = wav->clips[c].file;
      if (!seen.insert(file).second || !leaves_by_link(folder, file)) continue;
      report.error("/tracks/" + std::to_string(t) + "/source/clips/" + std::to_string(c) + "/file",
                   std::string(kLeavesByLink), std::string(kLeavesMend));
    }
  }
}

/// Reads the text into a mixer; all findings go to the report.
Mixer read_text_into(Report& report, std::string_view text, const ReadOptions& options) {
  Mixer mixer;
  ParsedJson parsed = parse_json(text);
  report.add({std::move(parsed.errors), {}});
  if (!parsed.is_whole) return mixer;
  ObjectReader reader(parsed.value, "", "a session", report);
  if (!reader.is_object() || !check_format(reader)) return mixer;
  StripContext context{report, options.allow_outside, ids_of_cues(parsed.value)};
  read_head(reader, mixer);
  read_strips(reader, "tracks", true, context, mixer);
  read_strips(reader, "buses", false, context, mixer);
  read_control_sections(reader, mixer);
  mixer.extras = reader.finish();
  const Unread unread(report.errors());
  if (!unread.has_strips()) return mixer;
  Findings found = check_mixer(mixer, find_insert_type);
  const auto is_consequence = [&](const Error& error) { return unread.explains(error); };
  std::erase_if(found.errors, is_consequence);
  std::erase_if(found.warnings, is_consequence);
  report.add(std::move(found));
  check_scenes(mixer, report);
  return mixer;
}

}  // namespace

LoadedSession read_session_text(std::string_view text, const ReadOptions& options) {
  Report report;
  LoadedSession session;
  session.mixer = read_text_into(report, text, options);
  session.findings = report.take();
  return session;
}

LoadedSession read_session_file(const std::filesystem::path& file, const ReadOptions& options) {
  LoadedSession session;
  const Result<std::string> bytes = read_bytes(file, "a session file");
  if (!bytes) {
    session.findings.errors.push_back(bytes.error());
    return session;
  }
  Report report;
  session.mixer = read_text_into(report, *bytes, options);
  if (!options.allow_outside) check_links(session.mixer, file.parent_path(), report);
  session.findings = report.take();
  for (Error& error : session.findings.errors)
    if (!error.where.starts_with('/')) error.where = file.string() + (error.where.empty() ? "" : ": " + error.where);
  return session;
}

}  // namespace busbar
