// What `play --record-edits` writes down makes `render --script` give the live outputs again, sample for sample.
#include "tests/live/live_session.hpp"

namespace busbar::test {
namespace {

class LiveReplay : public LiveSession {
 protected:
  /// The session with what a script can play with: a third track, an effect, a VCA and two scenes.
  void write_console() {
    write_noise("c.wav", 14.0, 3);
    write_session([](MixerBuilder& builder) {
      add_track(builder, "c", "c.wav", kSilence);
      builder.bus("room", StripKind::aux);
      builder.insert("room", slot("verb", "reverb")).insert("band", slot("glue", "compressor"));
      builder.send("a", "room", Tap::post, -12.0);
      Vca all;
      all.id = "all";
      all.members = {"a", "c"};
      builder.mixer.vcas.push_back(all);
      for (const auto& [id, values] : {std::pair("quiet", R"({"a": {"fader_db": -20}, "band": {"mute": true}})"),
                                       std::pair("loud", R"({"a": {"fader_db": -2}, "band": {"mute": false}})")}) {
        Scene scene;
        scene.id = id;
        scene.fade_s = *id == 'q' ? 0.3 : 0.0;
        scene.values = SharedText(values);
        builder.mixer.scenes.push_back(scene);
      }
      for (const char* id : {"master", "cue1", "cue2"})
        builder.edit(id, [](Strip& s) {
          std::get<ToHardware>(s.output).ceiling = Decibels{std::numeric_limits<double>::infinity()};
        });
    });
  }

  /// About 50 edits a second from 1.7 s on; with `jumps` the transport's too.
  static std::vector<json> storm(double until_s, unsigned seed, bool jumps) {
    std::mt19937 random(seed);
    const auto number = [&](double from, double to) {
      return from + (to - from) * static_cast<double>(random()) / 4294967296.0;
    };
    const auto whole = [](double at, const char* op, const std::string& address, const json& value = nullptr) {
      json line{{"at_s", at}, {"op", op}};
      if (!address.empty()) line["address"] = address;
      if (!value.is_null()) line["value"] = value;
      return line;
    };
    std::vector<json> lines;
    for (double at = 1.7; at < until_s; at += 0.02) {
      const std::string track = std::string("/") + "abc"[random() % 3];
      const auto dice = random() % (jumps ? 28 : 22);
      switch (dice) {
        case 0:
        case 1:
        case 2:
        case 3:
          lines.push_back(set(at, track + "/fader_db", number(-30, 0)));
          break;
        case 4:
        case 5:
          lines.push_back(set(at, track + "/pan", number(-1, 1)));
          break;
        case 6:
          lines.push_back(set(at, track + "/mute", random() % 3 == 0));
          break;
        case 7:
          lines.push_back(set(at, track + "/solo", random() % 3 == 0));
          break;
        case 8:
          lines.push_back(set(at, track + "/output", random() % 2 == 0 ? "band" : "master"));
          break;
        case 9:
          lines.push_back(whole(at, "add", track + "/sends/room", {{"level_db", -12}}));
          break;
        case 10:
          lines.push_back(whole(at, "remove", track + "/sends/room"));
          break;
        case 11:
          lines.push_back(whole(at, "add", "/band/inserts/extra", {{"type", random() % 2 == 0 ? "delay" : "reverb"}}));
          break;
        case 12:
          lines.push_back(whole(at, "remove", "/band/inserts/extra"));
          break;
        case 13:
          lines.push_back(set(at, "/band/inserts/glue/bypass", random() % 2 == 0));
          break;
        case 14:
          lines.push_back(whole(at, "remove", random() % 2 == 0 ? "/c" : "/room"));
          break;
        case 15:
        case 16:
        case 17:
          lines.push_back(whole(at, "undo", ""));
          break;
        case 18:
          lines.push_back(whole(at, "redo", ""));
          break;
        case 19:
          lines.push_back(set(at, random() % 2 == 0 ? "/scene/quiet/recall" : "/scene/loud/recall", true));
          break;
        case 20:
          lines.push_back(set(at, "/vca/all/fader_db", number(-20, 0)));
          break;
        case 21:
          lines.push_back({{"at_s", at},
                           {"op", "batch"},
                           {"edits",
                            {{{"op", "set"}, {"address", "/a/fader_db"}, {"value", number(-20, 0)}},
                             {{"op", "set"}, {"address", "/b/trim_db"}, {"value", number(-6, 0)}}}}});
          break;
        case 22:
        case 23:
          lines.push_back(set(at, "/transport/locate_s", number(kSilence, 12)));
          break;
        case 24:
          lines.push_back(set(at, "/transport/play", false));
          break;
        case 25:
          lines.push_back(set(at, "/transport/loop", random() % 2 == 0 ? json{3, 3.2} : json{2, 4.5}));
          break;
        case 26:
          lines.push_back(set(at, "/transport/looping", random() % 2 == 0));
          break;
        default:
          lines.push_back(set(at, "/transport/play", true));
      }
    }
    return lines;
  }

  static std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// As `difference`, but where a machine that is held up has lost or doubled whole periods, or a sample or two of one,
  /// it goes on behind them. What is wrong on our side goes on being wrong for longer than any of that.
  static std::string difference_beside_xruns(const Channels& heard, const Channels& wanted, int period) {
    const auto frame_of = [](std::ptrdiff_t n) { return static_cast<std::size_t>(n); };
    const auto same = [&](std::ptrdiff_t at, std::ptrdiff_t from) {
      for (std::size_t c = 0; c < wanted.size(); ++c)
        if (heard[c][frame_of(at)] != wanted[c][frame_of(from)]) return false;
      return true;
    };
    const auto end_heard = std::ssize(heard[0]), end = std::ssize(wanted[0]);
    auto shift =
        static_cast<std::ptrdiff_t>(first_sound(heard[0])) - static_cast<std::ptrdiff_t>(first_sound(wanted[0]));
    constexpr std::ptrdiff_t kProbe = 1024;
    const auto goes_on = [&](std::ptrdiff_t from, std::ptrdiff_t by) {
      if (from + by < 0 || from + by + kProbe > end_heard) return false;
      for (std::ptrdiff_t n = from; n < std::min(from + kProbe, end); ++n)
        if (!same(n + by, n)) return false;
      return true;
    };
    for (auto n = static_cast<std::ptrdiff_t>(first_sound(wanted[0])); n < end; ++n) {
      if (n + shift >= end_heard) return "the recording ends too soon";
      if (same(n + shift, n)) continue;
      bool found = false;
      for (std::ptrdiff_t step = 0; step < 400 && !found; ++step) {
        const std::ptrdiff_t by = shift + (step % 2 == 0 ? -1 : 1) * ((step + 1) / 2) * period;
        for (std::ptrdiff_t behind = period / 4; behind <= 2 * period && !found; behind += period / 4)
          if ((found = goes_on(n + behind, by))) {
            n += behind;
            shift = by;
          }
      }
      if (!found) return "it differs at frame " + std::to_string(n);
    }
    return "";
  }

  /// Plays the script for `seconds`, and renders what was recorded; `why_not` says what a run must have to count.
  void expect_same_again(int period, double seconds, const std::vector<json>& script,
                         const std::vector<std::string>& environment = {},
                         const std::function<std::string(const json& report)>& why_not = {}) {
    write_console();
    JackServer server({.rate = 48000, .period = period, .inputs = 2, .outputs = 8});
    ASSERT_TRUE(server.running()) << server.why_not();
    const std::string record = (folder / "record.txt").string();
    std::string wrong;
    for (int n = 0; n < kTries; ++n) {
      const auto [heard, report] = play(
          server,
          {"--for", std::to_string(seconds), "--record-edits", record, "--script", write_script("moves.txt", script)},
          6, environment);
      ASSERT_TRUE(report.is_object());
      wrong = why_not ? why_not(report) : "";
      if (wrong.empty()) wrong = difference_beside_xruns(heard, render(record, seconds - 0.2), period);
      if (wrong.empty()) return;
      if (const char* keep = std::getenv("BUSBAR_KEEP_RECORD"))
        std::filesystem::copy_file(record, keep, std::filesystem::copy_options::overwrite_existing);
    }
    ADD_FAILURE() << wrong;
  }
};

TEST_F(LiveReplay, OfEditsIsTheRunToTheBit) { expect_same_again(128, 9.0, storm(8.7, 1, false)); }
TEST_F(LiveReplay, OfEditsAndJumpsIsTheRunToTheBit) { expect_same_again(128, 8.0, storm(7.7, 2, true)); }
TEST_F(LiveReplay, OfLongPeriodsIsTheRunToTheBit) { expect_same_again(1024, 5.0, storm(4.7, 3, true)); }

TEST_F(LiveReplay, OfATrackWhoseDiskHangsIsTheRunToTheBit) {
  expect_same_again(128, 12.0, storm(11.0, 4, false),
                    {"LD_PRELOAD=" BUSBAR_SLOW_READ, "BUSBAR_SLOW_FILE=b.wav", "BUSBAR_SLOW_READS=60:6"},
                    [](const json& report) { return report["stalls"] >= 1 ? "" : "the disk did not hang"; });
}

}  // namespace
}  // namespace busbar::test
