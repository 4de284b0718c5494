#include <gtest/gtest.h>

#include "sessions/session_file.hpp"
#include "sessions/template.hpp"
#include "sessions/track_names.hpp"

namespace busbar {
namespace {

std::string group_of(const std::string& name, const char* pattern = "band") {
  const Result<Template> plan = find_template(pattern);
  const Mixer mixer = make_session(*plan, {{"audio/" + name, "", 0}});
  return std::get<ToBus>(mixer.tracks.front()->output).id;
}

TEST(Template, AllThatAreBuiltInMakeSessionsWithoutErrors) {
  EXPECT_EQ(template_names(), (std::vector<std::string>{"band", "beat", "rooms", "vocal-two-harmonies"}));
  for (const std::string& name : template_names()) {
    const Result<Template> plan = find_template(name);
    ASSERT_TRUE(plan) << name << ": " << to_line(plan.error());
    EXPECT_FALSE(plan->about.empty());
    EXPECT_TRUE(plan->mixer.tracks.empty());
    std::vector<TrackFile> files;
    for (const char* file : {"Kick.wav", "Snare.wav", "Tom 1.wav", "OH.wav", "Bass.wav", "Gtr.wav", "Piano.wav",
                             "Lead Vox.wav", "Harm 1.wav", "Beat.wav"})
      files.push_back({file, "", 0});
    const LoadedSession session = read_session_text(write_session_text(make_session(*plan, files)), {});
    ASSERT_TRUE(session.findings.errors.empty()) << name << ": " << to_line(session.findings.errors.front());
    for (const Error& warning : session.findings.warnings)
      EXPECT_TRUE(warning.what.find("nothing feeds") == 0) << name << ": " << to_line(warning);
  }
}

TEST(Template, OfAnUnknownNameListsWhatThereIs) {
  const Result<Template> plan = find_template("jazz");
  ASSERT_FALSE(plan);
  EXPECT_EQ(to_line(plan.error()),
            "--template: there is no template 'jazz': the templates are band, beat, rooms, vocal-two-harmonies");
}

TEST(Template, PutsTracksIntoGroupsByTheWordsOfTheirNames) {
  for (const char* name : {"Kick In.wav",  "01_KickOut.wav", "BD.wav",      "snr_top.wav", "SD-bottom.wav",
                           "HiHat.wav",    "hh.wav",         "Tom2.wav",    "toms.wav",    "Floor Tom.wav",
                           "FloorTom.wav", "overheads.wav",  "OHLeft.wav",  "Room.wav",    "Drum Room L.wav",
                           "Ride.wav",     "Crash 2.wav",    "cymbals.wav", "Perc.wav",    "Bass Drum.wav"})
    EXPECT_EQ(group_of(name), "drums") << name;
  for (const char* name : {"Lead Vox.wav", "leadvox.wav", "Vocal Dbl.wav", "BV 1.wav", "bgvs.wav", "Choir.wav",
                           "Harmony.wav", "Lead.wav", "Sing.wav", "Voc Room.wav"})
    EXPECT_EQ(group_of(name), "vocals") << name;
  for (const char* name : {"Bass DI.wav", "bass_amp.wav"}) EXPECT_EQ(group_of(name), "bass") << name;
  for (const char* name :
       {"Mushroom.wav", "Tomas Solo.wav", "Bride.wav", "Lead Gtr.wav", "Harmonica.wav", "Gtr Room.wav", "Chat.wav",
        "Bathroom Noise.wav", "Synth Lead.wav", "FX.wav", "Ohm.wav", "12 Kalimba.wav"})
    EXPECT_EQ(group_of(name), "instruments") << name;
}

TEST(Template, MakesUniqueIdsFromNames) {
  const Result<Template> plan = find_template("band");
  const Mixer mixer = make_session(*plan, {{"a/Kick In.wav", "", 0},
                                           {"b/Kick In.wav", "", 0},
                                           {"Drums.wav", "", 1},
                                           {"Master.wav", "", 0},
                                           {"monitor.wav", "", 0},
                                           {"鼓.wav", "", 0},
                                           {"x.wav", "Größe 12\"", 0},
                                           {std::string(90, 'k') + ".wav", "", 0},
                                           {std::string(90, 'k') + ".flac", "", 0}});
  std::vector<std::string> ids;
  for (const auto& track : mixer.tracks) ids.push_back(track->id);
  EXPECT_EQ(ids, (std::vector<std::string>{"kick-in", "kick-in-2", "drums-2", "master-2", "monitor-2", "track",
                                           "gr-e-12", std::string(64, 'k'), std::string(62, 'k') + "-2"}));
  EXPECT_EQ(mixer.tracks[0]->name, "Kick In");
  const auto& drums = std::get<WavSource>(*mixer.tracks[2]->source).clips.front();
  EXPECT_EQ(drums.file, "Drums.wav");
  EXPECT_EQ(drums.channels, std::vector<int>{1});
}

TEST(Template, SpreadsHarmoniesToBothSides) {
  const Result<Template> plan = find_template("vocal-two-harmonies");
  const Mixer mixer = make_session(*plan, {{"Lead Vox.wav", "", 0}, {"Harm Lo.wav", "", 0}, {"Harm Hi.wav", "", 0}});
  EXPECT_EQ(mixer.tracks[0]->pan, 0.0);
  EXPECT_EQ(mixer.tracks[1]->pan, -0.45);
  EXPECT_EQ(mixer.tracks[2]->pan, 0.45);
  EXPECT_EQ(mixer.tracks[2]->fader, Decibels{-6});
}

TEST(Template, ReadsFaultyRulesWithTheirPointer) {
  const auto plan = read_template_text("t", R"({"format":"busbar-session","version":1,"sample_rate":48000,"tracks":[],
    "buses":[{"id":"master","kind":"master"}],"template":{"rules":[{"output":"drums"}]}})");
  ASSERT_FALSE(plan);
  EXPECT_EQ(to_line(plan.error()), "/template/rules/0/output: there is no bus of that id: give the id of a bus");
}

TEST(TrackName, IsCutIntoWordsAtCaseDigitsAndMarks) {
  EXPECT_EQ(words_of_name("SnrTop_02"), (std::vector<std::string>{"snr", "top", "02"}));
  EXPECT_EQ(words_of_name("OHLeft"), (std::vector<std::string>{"oh", "left"}));
  EXPECT_EQ(name_from_path("a/01_Kick In.WAV"), "Kick In");
  EXPECT_EQ(name_from_path("808 Kick.wav"), "808 Kick");
  EXPECT_EQ(name_from_path("07.wav"), "07");
}

}  // namespace
}  // namespace busbar
