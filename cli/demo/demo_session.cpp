#include "cli/demo/demo_session.hpp"

#include <array>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/demo/song.hpp"

namespace busbar::demo {
namespace {

constexpr double kNone = -std::numeric_limits<double>::infinity();  // no such send

/// A row of the mix: levels in dB, corner of the low cut in Hz (0: none).
struct Row {
  const char *id, *name, *color, *group;
  double fader_db, pan, low_cut_hz;
  double room_db, plate_db;      // post fader
  double drummer_db, singer_db;  // pre fader
  bool polarity = false;
};

constexpr auto kDrumColor = "#c0563b";
constexpr auto kBassColor = "#8a5fb0";
constexpr auto kMusicColor = "#3f8f5f";
constexpr auto kVoiceColor = "#d2a03c";
constexpr auto kReturnColor = "#4a7fb5";
constexpr auto kCueColor = "#7d8792";

constexpr auto kRows = std::to_array<Row>({
    {"kick-in", "Kick In", kDrumColor, "drums", -4.0, 0, 0, kNone, kNone, -8, kNone},
    {"kick-out", "Kick Out", kDrumColor, "drums", -7.0, 0, 0, kNone, kNone, kNone, kNone},
    {"snare-top", "Snare Top", kDrumColor, "drums", -5.0, 0, 0, -12, -14, -10, -16},
    // The microphone below the skin hears it move the other way: flipped, the two add up.
    {"snare-bottom", "Snare Bottom", kDrumColor, "drums", -10.0, 0, 120, kNone, -18, kNone, kNone, true},
    {"hats", "Hats", kDrumColor, "drums", -12.0, 0.35, 250, kNone, kNone, -16, kNone},
    {"tom", "Rack Tom", kDrumColor, "drums", -6.0, 0.2, 60, -14, kNone, -12, kNone},
    {"floor-tom", "Floor Tom", kDrumColor, "drums", -6.0, -0.3, 0, -14, kNone, -12, kNone},
    {"overheads", "Overheads", kDrumColor, "drums", -6.0, 0, 60, kNone, kNone, -14, -18},
    {"room-mics", "Room Mics", kDrumColor, "drums", -11.0, 0, 0, kNone, kNone, kNone, kNone},
    {"tambourine", "Tambourine", kDrumColor, "drums", -12.0, -0.45, 300, -10, kNone, kNone, -20},
    {"bass-di", "Bass DI", kBassColor, "bass", -8.0, 0, 0, kNone, kNone, -8, kNone},
    {"bass-amp", "Bass Amp", kBassColor, "bass", -9.0, 0, 0, kNone, kNone, kNone, -16},
    {"guitar-left", "Guitar Left", kMusicColor, "music", -10.0, -0.75, 90, -16, kNone, -14, -14},
    {"guitar-right", "Guitar Right", kMusicColor, "music", -7.0, 0.75, 90, -14, kNone, -18, -12},
    {"guitar-lead", "Lead Guitar", kMusicColor, "music", -10.0, 0.2, 100, kNone, -10, kNone, -16},
    {"keys", "Keys", kMusicColor, "music", -8.0, 0, 90, -14, kNone, -18, -10},
    {"pad", "Pad", kMusicColor, "music", -9.0, 0, 120, kNone, -12, kNone, -18},
    {"lead-vocal", "Lead Vocal", kVoiceColor, "vocals", -2.5, 0, 100, -18, -10, -10, -3},
    {"backing-high", "Backing High", kVoiceColor, "vocals", -5.0, -0.4, 140, -16, -8, kNone, -8},
    {"backing-low", "Backing Low", kVoiceColor, "vocals", -5.0, 0.4, 120, -16, -8, kNone, -8},
});

InsertSlot low_cut(const std::string& owner, double corner_hz) {
  InsertSlot slot;
  slot.id = owner + "-cut";
  slot.type = "low_cut";
  slot.params = {{"corner_hz", corner_hz}};
  return slot;
}

using Params = std::map<std::string, ParamValue>;

InsertSlot insert(const std::string& id, const std::string& type, Params params) {
  InsertSlot slot;
  slot.id = id;
  slot.type = type;
  slot.params = std::move(params);
  return slot;
}

// One band of an equaliser, added to what it does already.
void add_band(Params& params, int number, const char* type, double hz, double gain_db, double q = 0.9) {
  const std::string band = "band" + std::to_string(number) + "_";
  params[band + "on"] = true;
  params[band + "type"] = std::string(type);
  params[band + "hz"] = hz;
  params[band + "gain_db"] = gain_db;
  params[band + "q"] = q;
}

// What an engineer puts on single drums: spill out of the way, some body, some attack.
void treat_drum(Strip& strip, double threshold_db, double body_hz, double attack_hz) {
  strip.inserts.push_back(
      insert(strip.id + "-gate", "gate",
             {{"threshold_db", threshold_db}, {"range_db", -24.0}, {"hold_ms", 60.0}, {"release_ms", 180.0}}));
  Params bands;
  add_band(bands, 3, "bell", body_hz, 2.0);
  add_band(bands, 4, "bell", 420.0, -3.0);
  add_band(bands, 6, "bell", attack_hz, 2.5);
  strip.inserts.push_back(insert(strip.id + "-eq", "equaliser", std::move(bands)));
}

void treat_voice(Strip& strip, bool is_lead) {
  strip.inserts.push_back(insert(strip.id + "-comp", "compressor",
                                 {{"threshold_db", is_lead ? -20.0 : -22.0},
                                  {"ratio", 2.5},
                                  {"attack_ms", 12.0},
                                  {"release_ms", 110.0},
                                  {"makeup_db", 2.0}}));
  strip.inserts.push_back(
      insert(strip.id + "-ess", "de_esser", {{"frequency_hz", 6500.0}, {"threshold_db", -30.0}, {"range_db", 5.0}}));
}

void treat(Strip& strip) {
  if (strip.id == "kick-in") treat_drum(strip, -36.0, 62.0, 4200.0);
  if (strip.id == "snare-top") treat_drum(strip, -34.0, 200.0, 5000.0);
  if (strip.id == "tom" || strip.id == "floor-tom") treat_drum(strip, -38.0, 110.0, 3800.0);
  if (strip.id == "bass-di")
    strip.inserts.push_back(insert(
        "bass-comp", "compressor",
        {{"threshold_db", -22.0}, {"ratio", 3.0}, {"attack_ms", 20.0}, {"release_ms", 140.0}, {"makeup_db", 1.5}}));
  if (strip.id == "bass-amp")
    strip.inserts.push_back(
        insert("bass-drive", "saturation", {{"model", std::string("tube")}, {"drive_db", 4.0}, {"level_match", true}}));
  if (strip.id == "guitar-lead")
    strip.inserts.push_back(insert("lead-echo", "delay",
                                   {{"sync", std::string("tempo")},
                                    {"note", std::string("eighth_dotted")},
                                    {"feedback", 25.0},
                                    {"high_cut_hz", 4500.0}}));
  if (strip.id == "lead-vocal") treat_voice(strip, true);
  if (strip.id.starts_with("backing")) treat_voice(strip, false);
}

void add_send(Strip& strip, const char* to, double level_db, Tap tap) {
  if (level_db == kNone) return;
  Send send;
  send.to = to;
  send.level = {level_db};
  send.tap = tap;
  send.pan = default_send_pan(tap);
  strip.sends.push_back(send);
}

WavSource recording(const std::string& id) {
  WavSource source;
  source.clips.emplace_back();
  source.clips.front().file = "audio/" + id + ".wav";
  return source;
}

ToHardware hardware(int left) {
  ToHardware pair;
  pair.channels = {left, left + 1};
  return pair;
}

Strip track(const Row& row) {
  Strip strip;
  strip.id = row.id;
  strip.name = row.name;
  strip.color = row.color;
  strip.source = recording(strip.id);
  strip.polarity = row.polarity;
  strip.fader = {row.fader_db};
  strip.pan = row.pan;
  strip.output = ToBus{row.group};
  if (row.low_cut_hz > 0) strip.inserts.push_back(low_cut(strip.id, row.low_cut_hz));
  treat(strip);
  if (strip.id == "guitar-lead") strip.inserts.back().mix = 0.22;
  add_send(strip, "room", row.room_db, Tap::post);
  add_send(strip, "plate", row.plate_db, Tap::post);
  add_send(strip, "cue1", row.drummer_db, Tap::pre);
  add_send(strip, "cue2", row.singer_db, Tap::pre);
  return strip;
}

Strip bus(const char* id, const char* name, const char* color, StripKind kind, Output output, double fader_db = 0.0) {
  Strip strip;
  strip.id = id;
  strip.name = name;
  strip.color = color;
  strip.kind = kind;
  strip.output = std::move(output);
  strip.fader = {fader_db};
  return strip;
}

// Returns stay audible when a track is soloed.
Strip effect_return(const char* id, const char* name, double low_cut_hz, InsertSlot effect, double fader_db) {
  Strip strip = bus(id, name, kReturnColor, StripKind::aux, ToBus{"master"}, fader_db);
  strip.inserts = {low_cut(strip.id, low_cut_hz), std::move(effect)};
  strip.solo_safe = true;
  return strip;
}

InsertSlot reverb(const char* id, const char* space, double decay_s, double predelay_ms, double damping_hz) {
  return insert(
      id, "reverb",
      {{"space", std::string(space)}, {"decay_s", decay_s}, {"predelay_ms", predelay_ms}, {"damping_hz", damping_hz}});
}

// The drums pressed hard, to be mixed in below the drums themselves ("New York").
InsertSlot crush() {
  return insert(
      "crush", "compressor",
      {{"threshold_db", -32.0}, {"ratio", 8.0}, {"attack_ms", 2.0}, {"release_ms", 120.0}, {"makeup_db", 6.0}});
}

Strip drum_group() {
  Strip strip = bus("drums", "Drums", kDrumColor, StripKind::group, ToBus{"master"});
  strip.inserts.push_back(insert("drum-glue", "bus_compressor",
                                 {{"threshold_db", -4.0},
                                  {"ratio", 4.0},
                                  {"attack_ms", 30.0},
                                  {"release_s", std::string("auto")},
                                  {"makeup_db", 1.0}}));
  add_send(strip, "crushed", -8.0, Tap::pre);
  return strip;
}

Strip vocal_group() {
  Strip strip = bus("vocals", "Vocals", kVoiceColor, StripKind::group, ToBus{"master"});
  Params bands;
  add_band(bands, 4, "bell", 320.0, -1.5);
  add_band(bands, 7, "high_shelf", 11000.0, 2.0, 0.707);
  strip.inserts.push_back(insert("vocal-eq", "equaliser", std::move(bands)));
  return strip;
}

// Glue, tone, and no peak above -1 dBTP.
Strip master() {
  Strip strip = bus("master", "Mix", "#d8d8d8", StripKind::master, hardware(1));
  Params bands;
  add_band(bands, 2, "low_shelf", 80.0, 1.0, 0.707);
  add_band(bands, 7, "high_shelf", 12000.0, 1.0, 0.707);
  strip.inserts = {insert("glue", "bus_compressor",
                          {{"threshold_db", -2.0},
                           {"ratio", 2.0},
                           {"attack_ms", 30.0},
                           {"release_s", std::string("auto")},
                           {"makeup_db", 1.0}}),
                   insert("mix-eq", "equaliser", std::move(bands)),
                   insert("mix-limiter", "limiter", {{"ceiling_dbtp", -1.0}, {"drive_db", 6.0}})};
  return strip;
}

// A musician's own mix must not change when the engineer works.
Strip cue(const char* id, const char* name, int first_output) {
  Strip strip = bus(id, name, kCueColor, StripKind::cue, hardware(first_output));
  strip.is_protected = true;
  strip.lowest_latency = true;
  return strip;
}

void add_buses(Mixer& mixer) {
  const Output to_master = ToBus{"master"};
  for (Strip& strip : std::vector<Strip>{
           drum_group(),
           bus("bass", "Bass", kBassColor, StripKind::group, to_master),
           bus("music", "Instruments", kMusicColor, StripKind::group, to_master),
           vocal_group(),
           effect_return("room", "Room", 200.0, reverb("room-verb", "room", 0.7, 8.0, 8000.0), -3.0),
           effect_return("plate", "Plate", 250.0, reverb("plate-verb", "plate", 1.6, 30.0, 6000.0), -4.0),
           effect_return("crushed", "Crushed drums", 30.0, crush(), -10.0),
           cue("cue1", "Drummer", 3),
           cue("cue2", "Singer", 5),
           master(),
       })
    mixer.buses.push_back(std::make_shared<const Strip>(std::move(strip)));
}

Vca vca(const char* id, const char* name, std::vector<std::string> members) {
  Vca result;
  result.id = id;
  result.name = name;
  result.members = std::move(members);
  return result;
}

MuteGroup mute_group(const char* id, const char* name, std::vector<std::string> members) {
  MuteGroup result;
  result.id = id;
  result.name = name;
  result.members = std::move(members);
  return result;
}

Scene scene(const char* id, const char* name, double fade_s, std::vector<std::string> scope, const char* values) {
  Scene result;
  result.id = id;
  result.name = name;
  result.fade_s = fade_s;
  result.scope = std::move(scope);
  result.values = values;
  return result;
}

void add_control_groups(Mixer& mixer) {
  mixer.vcas = {vca("band", "Band", {"drums", "bass", "music"}),
                vca("voices", "Voices", {"lead-vocal", "backing-high", "backing-low"})};
  mixer.mute_groups = {mute_group("all-vox", "All vocals", {"vocals"}),
                       mute_group("effects", "Effects", {"room", "plate"})};
  mixer.scenes = {scene("verse", "Verse", 0.5, {"fader_db", "mute"},
                        R"({"lead-vocal":{"fader_db":-2.5},"pad":{"mute":true},"room-mics":{"fader_db":-14}})"),
                  scene("chorus", "Chorus", 0.2, {"fader_db", "mute"},
                        R"({"lead-vocal":{"fader_db":-1.5},"pad":{"mute":false},"room-mics":{"fader_db":-9}})"),
                  scene("no-singer", "Instrumental", 1.0, {"mute"}, R"({"vocals":{"mute":true}})")};
}

void add_control_room(Mixer& mixer) {
  mixer.monitor.emplace();
  mixer.monitor->output = hardware(7);
  mixer.talkback.emplace();
  mixer.talkback->channel = 1;
  mixer.talkback->to = {"cue1", "cue2"};
  mixer.talkback->dim = {-12.0};
  mixer.io.emplace();
  mixer.io->outputs = {{1, "Mix L"},    {2, "Mix R"},    {3, "Drummer L"}, {4, "Drummer R"},
                       {5, "Singer L"}, {6, "Singer R"}, {7, "Speaker L"}, {8, "Speaker R"}};
  mixer.io->inputs = {{1, "Talkback"}};
}

const char* part_name(Part part) {
  switch (part) {
    case Part::intro:
      return "Intro";
    case Part::verse:
      return "Verse";
    case Part::rise:
      return "Rise";
    case Part::chorus:
      return "Chorus";
    case Part::turn:
      return "Turn";
  }
  return "";
}

void add_markers(Mixer& mixer, double seconds) {
  Transport transport;
  for (std::int64_t number = 0;; ++number) {
    const Bar bar = bar_of_song(number);
    const double at_s = static_cast<double>(number) * kFormSeconds / kBarsPerForm;
    if (at_s >= seconds) break;
    if (!bar.opens()) continue;
    Marker& marker = transport.markers.emplace_back();
    marker.at_s = at_s;
    marker.name = part_name(bar.part);
  }
  mixer.transport = std::move(transport);
}

}  // namespace

Mixer demo_session(double seconds) {
  Mixer mixer;
  mixer.name = kSongName;
  mixer.sample_rate = kSampleRate;
  mixer.tempo_bpm = kTempoBpm;
  for (const Row& row : kRows) mixer.tracks.push_back(std::make_shared<const Strip>(track(row)));
  add_buses(mixer);
  add_control_groups(mixer);
  add_control_room(mixer);
  add_markers(mixer, seconds);
  return mixer;
}

}  // namespace busbar::demo
