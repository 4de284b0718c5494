// A cable from an output of the program back into an input of it: the ping finds its length, and from then on what goes
// through it meets what goes beside it to the sample.
#include "tests/live/live_session.hpp"

namespace busbar::test {
namespace {

class LiveHardwareInsert : public LiveSession {
 protected:
  /// The same recording through the cable and, upside down, beside it; nothing else reaches the mix.
  void write_cabled_session() {
    write_session([](MixerBuilder& builder) {
      for (const char* id : {"a", "b"}) builder.edit(id, [](Strip& s) { s.mute = true; });
      for (const char* id : {"wet", "dry"}) add_track(builder, id, "a.wav", kSilence);
      builder.edit("dry", [](Strip& s) { s.polarity = true; });
      builder.insert("wet", slot("hw", "hardware_insert", {{"send_left", 7.0}, {"return_left", 1.0}}));
    });
  }

  /// The largest sample of a stretch, in seconds from the first sound on.
  static float peak(const std::vector<float>& x, double from_s, double to_s) {
    const auto at = [&](double s) { return first_sound(x) + static_cast<std::size_t>(s * kRate); };
    if (at(to_s) > x.size()) return -1.0f;
    float most = 0.0f;
    for (std::size_t n = at(from_s); n < at(to_s); ++n) most = std::max(most, std::fabs(x[n]));
    return most;
  }

  /// Empty if all was as it should be.
  std::string play_once(const JackServer& server) {
    const JackCable cable(server, "busbar:out_6", "busbar:in_0");
    const auto [heard, report] = play(
        server, {"--for", "5.5", "--script", write_script("ping.txt", {set(2.2, "/wet/inserts/hw/ping", true)})}, 2);
    if (!cable.connected()) return "the cable was never plugged in";
    if (report.dump().find(" there and back") == std::string::npos) return "no answer to the ping: " + report.dump();
    if (peak(heard[0], 0.2, 0.6) < 0.05f) return "before the ping nothing is out of time";
    const float rest = peak(heard[0], 2.9, 3.6);  // the ping takes 1.2 s from 0.7 s on
    return rest == 0.0f ? "" : "wet and dry differ by " + std::to_string(rest) + ": " + report.dump();
  }
};

TEST_F(LiveHardwareInsert, MeetsTheDrySoundToTheSampleOnceItsPingIsBack) {
  for (const int period : {128, 1024}) {
    write_cabled_session();
    JackServer server({.rate = 48000, .period = period, .inputs = 2, .outputs = 8});
    ASSERT_TRUE(server.running()) << server.why_not();
    std::string wrong = "not played";
    for (int n = 0; n < kTries && !wrong.empty(); ++n) wrong = play_once(server);
    EXPECT_EQ(wrong, "") << "period " << period;
  }
}

}  // namespace
}  // namespace busbar::test
