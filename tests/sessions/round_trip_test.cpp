#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "sessions/session_file.hpp"

namespace busbar {
namespace {

/// Makes mixers that a session may hold: everything by chance, but with routes that only go forward, so without loops.
class RandomMixers {
 public:
  explicit RandomMixers(unsigned seed) : random_(seed) {}

  Mixer mixer() {
    Mixer m;
    m.name = text();
    m.sample_rate = pick<double>({8000, 44100, 48000, 96000, 384000});
    m.tempo_bpm = number(20, 999);
    m.pan_law_db = pick<double>({-3, -4.5, -6, 0});
    m.solo_mode = pick<SoloMode>({SoloMode::in_place, SoloMode::pfl, SoloMode::afl});
    m.solo_exclusive = chance();
    buses_ = below(5);
    for (int i = below(6); i > 0; --i) m.tracks.push_back(std::make_shared<const Strip>(track(m.tracks.size())));
    for (int b = 0; b < buses_; ++b) m.buses.push_back(std::make_shared<const Strip>(bus(b)));
    m.buses.push_back(std::make_shared<const Strip>(master()));
    add_groups(m);
    if (chance()) m.monitor = monitor();
    if (chance()) m.io = Io{{{3, text()}, {12, text()}}, {{1, ""}}, extras()};
    if (chance())
      m.talkback = Talkback{chance() ? std::optional(1 + below(9)) : std::nullopt, {}, level(), chance(), extras()};
    if (chance()) m.transport = transport();
    m.extras = extras();
    return m;
  }

 private:
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  bool chance() { return below(2) == 0; }
  double number(double min, double max) {
    const double any = std::uniform_real_distribution<double>(min, max)(random_);
    return chance() ? any : std::round(any);
  }
  template <typename T>
  T pick(std::initializer_list<T> from) {
    return *(from.begin() + below(static_cast<int>(from.size())));
  }
  Decibels level() { return below(4) == 0 ? kMinusInfinity : Decibels{number(-120, 12)}; }
  std::string text() {
    return pick<std::string>({"", "Kick", "Größe \"A\"", "a\\b/c~d", "鼓 🥁", "tab\tline\nend", "\x7F\x01"});
  }
  Extras extras() {
    return pick<Extras>({"", "", R"({"note":"kept"})", R"({"a":[1,2.5,null,true,{"b":"ü"}],"z":{}})",
                         R"({"big":18446744073709551615,"small":1e-300})"});
  }
  std::vector<int> channels() { return chance() ? std::vector<int>{1 + below(9)} : std::vector<int>{1, 2 + below(9)}; }
  ToHardware hardware() {
    return {channels(), pick<std::optional<Decibels>>({std::nullopt, Decibels{-6.5}, Decibels{-kMinusInfinity.value}}),
            extras()};
  }
  Source source() {
    if (below(4) == 0) return InputSource{channels(), extras()};
    if (below(4) == 0)
      return ToneSource{pick<Wave>({Wave::sine, Wave::pink, Wave::white}), number(20, 3999), level(), extras()};
    WavSource wav{{}, extras()};
    const std::vector<int> all = chance() ? std::vector<int>{} : channels();
    for (int i = below(4); i > 0; --i)
      wav.clips.push_back({"audio/Ä " + std::to_string(i) + ".wav", all, number(0, 100), number(0, 9),
                           chance() ? std::optional(number(0, 50)) : std::nullopt, level(), extras()});
    return wav;
  }
  std::vector<InsertSlot> inserts() {
    std::vector<InsertSlot> slots;
    for (int i = below(4); i > 0; --i) {
      InsertSlot slot{"slot-" + std::to_string(i),
                      pick<std::string>({"low_cut", "unheard_of"}),
                      chance(),
                      number(0, 1),
                      chance(),
                      {},
                      {},
                      extras()};
      if (chance()) slot.key = "master-of-none";
      if (slot.type == "low_cut") slot.params["corner_hz"] = number(21, 399);
      if (slot.type != "low_cut") slot.params = {{"a", true}, {"b~/c", number(-1e9, 1e9)}, {"mode", text()}};
      if (slot.type != "low_cut" && chance()) slot.extras = R"({"params":{"curve":[0,1]}})";
      slots.push_back(std::move(slot));
    }
    return slots;
  }
  Strip strip(std::string id, int first_bus) {
    Strip s;
    s.id = std::move(id);
    s.name = text();
    s.color = pick<std::string>({"", "#c0563b", "#ABCDEF"});
    s.trim = level();
    s.polarity = chance();
    s.inserts = inserts();
    s.fader = level();
    s.pan = number(-1, 1);
    s.width = number(0, 2);
    s.mute = chance();
    s.solo = chance();
    s.solo_safe = chance();
    if (chance()) s.recall_safe = {"fader_db", text()};
    for (int b = first_bus; b < buses_; ++b)
      if (chance()) s.sends.push_back(send(b));
    s.output = output(first_bus);
    s.extras = extras();
    return s;
  }
  Send send(int bus) {
    Send s{"bus" + std::to_string(bus),
           level(),
           pick<Tap>({Tap::input, Tap::pre, Tap::post}),
           {},
           chance(),
           chance(),
           extras()};
    if (chance()) s.pan = number(-1, 1);
    return s;
  }
  Output output(int first_bus) {
    if (below(4) == 0) return ToNowhere{};
    if (below(4) == 0) return hardware();
    return ToBus{first_bus < buses_ && chance() ? "bus" + std::to_string(first_bus) : "master"};
  }
  Strip track(std::size_t number) {
    Strip s = strip("track-" + std::to_string(number), 0);
    s.source = source();
    return s;
  }
  Strip bus(int number) {
    Strip s = strip("bus" + std::to_string(number), number + 1);
    s.kind = pick<StripKind>({StripKind::group, StripKind::aux, StripKind::cue});
    s.lowest_latency = chance();
    s.follow_mute = chance();
    s.summing = chance() ? Summing::console : Summing::clean;
    s.summing_drive_db = chance() ? this->number(0, 24) : 0.0;
    s.bypass_inserts = chance();
    s.match_inserts = chance();
    return s;
  }
  Strip master() {
    Strip s;
    s.id = "master";
    s.kind = StripKind::master;
    s.output = hardware();
    return s;
  }
  void add_groups(Mixer& m) {
    for (int i = 0; i < below(4); ++i)
      m.vcas.push_back({"vca" + std::to_string(i),
                        text(),
                        {i > 0 ? "vca" + std::to_string(i - 1) : "master"},
                        level(),
                        chance(),
                        extras()});
    for (int i = 0; i < below(3); ++i)
      m.mute_groups.push_back({"mute" + std::to_string(i), text(), {"master"}, chance(), extras()});
    for (int i = 0; i < below(3); ++i)
      m.scenes.push_back({"scene" + std::to_string(i),
                          text(),
                          number(0, 9),
                          {"fader_db", "sends"},
                          pick<std::string>({"", "{}", R"({"master":{"fader_db":-4.25,"mute":true},"vca0":{}})"}),
                          extras()});
  }
  Monitor monitor() {
    Monitor m{"master", level(), chance(), chance(), chance(), chance(), {}, extras()};
    if (chance()) m.output = hardware();
    return m;
  }
  Transport transport() {
    Transport t{{}, {}, extras()};
    if (chance()) t.loop_s = std::pair(number(0, 9), number(10, 99));
    for (int i = below(3); i > 0; --i) t.markers.push_back({number(0, 99), text(), extras()});
    return t;
  }

  std::mt19937 random_;
  int buses_ = 0;
};

void expect_same(const Mixer& a, const Mixer& b) {
  ASSERT_EQ(a.tracks.size(), b.tracks.size());
  ASSERT_EQ(a.buses.size(), b.buses.size());
  for (std::size_t i = 0; i < a.tracks.size(); ++i)
    EXPECT_EQ(*a.tracks[i], *b.tracks[i]) << write_strip_text(*a.tracks[i]);
  for (std::size_t i = 0; i < a.buses.size(); ++i) EXPECT_EQ(*a.buses[i], *b.buses[i]) << write_strip_text(*a.buses[i]);
  EXPECT_EQ(std::tie(a.name, a.sample_rate, a.tempo_bpm, a.pan_law_db, a.solo_mode, a.extras),
            std::tie(b.name, b.sample_rate, b.tempo_bpm, b.pan_law_db, b.solo_mode, b.extras));
  EXPECT_EQ(a.vcas, b.vcas);
  EXPECT_EQ(a.mute_groups, b.mute_groups);
  EXPECT_EQ(a.scenes, b.scenes);
  EXPECT_EQ(a.monitor, b.monitor);
  EXPECT_EQ(a.talkback, b.talkback);
  EXPECT_EQ(a.io, b.io);
  EXPECT_EQ(a.transport, b.transport);
}

TEST(SessionRoundTrip, AnyMixerReadsBackAsItWasWrittenAndWritesTheSameBytes) {
  RandomMixers random(20240229);
  for (int i = 0; i < 400; ++i) {
    SCOPED_TRACE(i);
    const Mixer mixer = random.mixer();
    const std::string text = write_session_text(mixer);
    const LoadedSession back = read_session_text(text, {});
    ASSERT_TRUE(back.findings.errors.empty()) << to_line(back.findings.errors.front()) << "\n" << text;
    expect_same(mixer, back.mixer);
    ASSERT_EQ(write_session_text(back.mixer), text);
  }
}

std::string read_example(const std::string& name) {
  std::ifstream stream(std::string(BUSBAR_SOURCE_DIR) + "/sessions/examples/" + name);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

TEST(SessionRoundTrip, ExamplesReadWithoutErrorsAndSurviveWriting) {
  for (const char* name : {"harbour_lights.json", "minimal.json", "cues.json", "vcas_scenes.json"}) {
    const LoadedSession first = read_session_text(read_example(name), {});
    ASSERT_TRUE(first.findings.errors.empty()) << name << ": " << to_line(first.findings.errors.front());
    const LoadedSession second = read_session_text(write_session_text(first.mixer), {});
    expect_same(first.mixer, second.mixer);
  }
}

TEST(SessionRoundTrip, WritesOneKeyALineForStripsAndWhatFitsInOneLineElsewhere) {
  const std::string text = write_session_text(read_session_text(read_example("minimal.json"), {}).mixer);
  EXPECT_EQ(text, R"({
  "format": "busbar-session",
  "version": 1,
  "sample_rate": 44100,
  "tempo_bpm": 120,
  "pan_law_db": -3,
  "solo_mode": "in_place",
  "tracks": [
    {
      "id": "take",
      "source": { "type": "wav", "clips": [{ "file": "take.wav", "start_s": 0 }] },
      "fader_db": 0,
      "pan": 0,
      "mute": false,
      "output": "master"
    }
  ],
  "buses": [
    {
      "id": "master",
      "kind": "master",
      "fader_db": 0,
      "pan": 0,
      "mute": false,
      "output": "none"
    }
  ]
}
)");
}

TEST(SessionDefaults, AreThoseOfTheFormat) {
  const LoadedSession session = read_session_text(R"({"format":"busbar-session","version":1,"sample_rate":48000,
    "tracks":[{"id":"a","source":{"type":"wav"},"sends":[{"to":"fx"},{"to":"phones"},{"to":"fx2","tap":"input"}]}],
    "buses":[{"id":"fx","kind":"aux"},{"id":"fx2","kind":"aux"},{"id":"phones","kind":"cue"},{"id":"master","kind":"master"}]})",
                                                  {});
  ASSERT_TRUE(session.findings.errors.empty()) << to_line(session.findings.errors.front());
  const Strip& track = *session.mixer.find("a");
  EXPECT_EQ(track.shown_name(), "a");
  EXPECT_EQ(track.output, Output(ToBus{"master"}));
  EXPECT_EQ(track.sends[0], (Send{"fx", {0}, Tap::post, std::nullopt, true, false, ""}));
  EXPECT_EQ(track.sends[1], (Send{"phones", {0}, Tap::pre, 0.0, true, false, ""}));
  EXPECT_EQ(track.sends[2], (Send{"fx2", {0}, Tap::input, 0.0, true, false, ""}));
  EXPECT_EQ(session.mixer.find("fx")->output, Output(ToBus{"master"}));
  EXPECT_EQ(session.mixer.find("phones")->output, Output(ToNowhere{}));
  EXPECT_EQ(session.mixer.find("master")->output, Output(ToNowhere{}));
  EXPECT_FALSE(session.mixer.monitor || session.mixer.talkback || session.mixer.io || session.mixer.transport);
}

TEST(SessionLoop, IsReadAsAPairOrByNamesAndWrittenAsAPair) {
  nlohmann::json session = nlohmann::json::parse(read_example("minimal.json"));
  session["transport"]["loop"] = {{"from_s", 1.5}, {"to_s", 4}};
  const LoadedSession named = read_session_text(session.dump(), {});
  ASSERT_TRUE(named.mixer.transport.has_value());
  EXPECT_EQ(named.mixer.transport->loop_s, std::pair(1.5, 4.0));
  EXPECT_NE(write_session_text(named.mixer).find("\"loop\": [1.5, 4]"), std::string::npos);
}

TEST(SessionParts, TakeTheirIdFromTheAddressAndRefuseAnother) {
  const auto send = read_send_text(R"({"level_db": -10})", "cue1", true);
  ASSERT_TRUE(send);
  EXPECT_EQ(*send, (Send{"cue1", {-10}, Tap::pre, 0.0, true, false, ""}));
  const auto strip = read_strip_text(R"({"kind": "aux", "name": "Hall"})", "hall");
  ASSERT_TRUE(strip) << to_line(strip.error());
  EXPECT_EQ(strip->kind, StripKind::aux);
  const auto slot = read_insert_text(R"({"id": "a", "type": "low_cut"})", "b");
  ASSERT_FALSE(slot);
  EXPECT_EQ(to_line(slot.error()), "/id: \"a\" is not \"b\", which the address names: leave it out, or give the same");
  EXPECT_FALSE(read_clip_text("{\"file\": \"../a.wav\"}"));
  EXPECT_TRUE(read_clip_text("{\"file\": \"a/b.wav\"}"));
}

}  // namespace
}  // namespace busbar
