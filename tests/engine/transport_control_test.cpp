#include "engine/transport_control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/devices/offline_device.hpp"
#include "engine/engine.hpp"
#include "engine/offline_render.hpp"
#include "tests/engine/session_fixture.hpp"

namespace busbar::test {
namespace {

constexpr Frames kFade = 960;

/// The transport in a few lines: which stretches of the session sound, from the meaning of the commands alone.
struct Model {
  struct Stretch {
    Frames start, place, end;
    bool ramped;
  };
  std::vector<Stretch> stretches{{0, 0, kNever, false}};
  static constexpr Frames kNever = std::numeric_limits<Frames>::max();
  bool rolling = true;
  Frames stands = 0;
  std::optional<std::pair<Frames, Frames>> loop;

  Frames place(Frames now) const { return rolling ? stretches.back().place + now - stretches.back().start : stands; }
  void stop(Frames now) {
    if (!rolling) return;
    stands = place(now);
    stretches.back().end = now;
    rolling = false;
  }
  void play(Frames now) {
    if (rolling) return;
    stretches.push_back({now, stands, kNever, true});
    rolling = true;
  }
  void locate(Frames now, Frames place) {
    const bool was = rolling;
    stop(now);
    stands = place;
    if (was) play(now);
  }
  double gain(const Stretch& s, Frames n) const {
    const auto step = [n](Frames from) {
      return from == kNever ? 0.0 : smoothstep(std::clamp(static_cast<double>(n - from) / kFade, 0.0, 1.0));
    };
    return (s.ramped ? step(s.start) : 1.0) - step(s.end);
  }
  double heard(const std::vector<float>& samples, Frames n) const {
    double sum = 0.0;
    for (const Stretch& s : stretches) {
      const Frames at = s.place + n - s.start;
      if (n >= s.start && (s.end == kNever || n < s.end + kFade) && at < static_cast<Frames>(samples.size()))
        sum += gain(s, n) * static_cast<double>(samples[static_cast<std::size_t>(at)]);
    }
    return sum;
  }
};

class TransportScript : public SessionTest {
 protected:
  RenderJob job(std::vector<TimedEdit> script, double to_s) {
    MixerBuilder builder;
    add_track(builder, "t", "noise.wav");
    RenderJob made;
    made.mixer = builder.mixer;
    made.session = folder / "session.json";
    made.mix = folder / "mix.wav";
    made.format = FileFormat::wav32f;
    made.to_s = to_s;
    made.script = std::move(script);
    return made;
  }
};

TEST_F(TransportScript, IsWhatTheMeaningOfItsCommandsSaysAtAnyBlock) {
  const auto samples = write_noise("noise.wav", 8.0, 1);
  const std::vector<TimedEdit> script{at(0.5, 1, "/transport/locate_s", 5.0),
                                      at(0.505, 2, "/transport/locate_s", 2.0),
                                      at(0.51, 3, "/transport/locate_s", 6.0),
                                      at(1.0, 4, "/transport/play", false),
                                      at(1.25, 5, "/transport/locate_s", 3.0),
                                      at(1.5, 6, "/transport/play", true),
                                      at(2.0, 7, "/transport/play", false),
                                      at(2.005, 8, "/transport/play", true),
                                      at(2.2, 9, "/transport/loop", JsonText{"[3.6,3.75]"}),
                                      at(3.5, 10, "/transport/looping", false),
                                      at(3.5, 11, "/transport/locate_s", 1.0),
                                      at(3.5, 12, "/transport/play", false),
                                      at(3.5, 13, "/transport/play", true)};
  Model model;
  const Frames total = to_frames(5.0, kRate);
  for (Frames n = 0; n < total; ++n) {
    for (const TimedEdit& edit : script) {
      if (edit.at != n) continue;
      const auto command = part_edit(edit.edit)->transport.front();
      using Kind = TransportEdit::Kind;
      if (command.kind == Kind::play) model.play(n);
      if (command.kind == Kind::stop) model.stop(n);
      if (command.kind == Kind::locate) model.locate(n, to_frames(command.seconds, kRate));
      if (command.kind == Kind::loop)
        model.loop = {to_frames(command.range.first, kRate), to_frames(command.range.second, kRate)};
      if (command.kind == Kind::looping_off) model.loop.reset();
    }
    if (model.rolling && model.loop && model.place(n) == model.loop->second) model.locate(n, model.loop->first);
  }
  EXPECT_GT(model.stretches.size(), 12u);
  for (const int block : {1024, 64, 8192, 127}) {
    RenderJob render = job(script, 5.0);
    render.block = block;
    const RenderResult result = render_offline(render);
    ASSERT_TRUE(result.report) << to_line(result.errors.front());
    EXPECT_THAT(result.report->refused, testing::IsEmpty());
    const auto left = read_left(render.mix);
    ASSERT_EQ(left.size(), static_cast<std::size_t>(total));
    for (Frames n = 0; n < total; ++n)
      ASSERT_NEAR(left[static_cast<std::size_t>(n)], model.heard(samples, n), 1e-6)
          << "frame " << n << ", block " << block;
  }
}

/// Pink noise has a memory, and jumps come close together: still no result depends on the block.
TEST_F(TransportScript, IsTheSameBytesAtAnyBlock) {
  write_noise("noise.wav", 8.0, 1);
  std::vector<TimedEdit> script;
  for (int n = 0; n < 12; ++n) {
    TimedEdit jump = set_at(3000 + 10 * n, "/transport/locate_s", 0.3 * n);
    jump.line = n + 1;
    script.push_back(jump);
  }
  for (const auto& [frame, play] :
       {std::pair(9000, false), std::pair(9400, true), std::pair(15000, false), std::pair(18000, true)})
    script.push_back(set_at(frame, "/transport/play", play));
  script.push_back(set_at(20000, "/transport/loop", JsonText{R"({"from_s": 0.05, "to_s": 0.2})"}));
  std::vector<float> first;
  for (const int block : {16, 64, 100, 256, 8192}) {
    RenderJob render = job(script, 1.5);
    MixerBuilder builder;
    add_track(builder, "t", "noise.wav");
    ToneSource pink;
    pink.wave = Wave::pink;
    builder.tone("p", pink);
    render.mixer = builder.mixer;
    render.block = block;
    const RenderResult result = render_offline(render);
    ASSERT_TRUE(result.report);
    EXPECT_TRUE(result.report->warnings.empty()) << to_line(result.report->warnings.front());
    const auto left = read_left(render.mix);
    if (first.empty()) first = left;
    ASSERT_TRUE(left == first) << "block " << block;
  }
}

TEST_F(TransportScript, RefusesWhatTheTransportCannotDo) {
  write_noise("noise.wav", 1.0, 1);
  RenderJob render = job({at(0.1, 1, "/transport/locate_s", -1.0), at(0.1, 2, "/transport/loop", JsonText{"[3,3.05]"}),
                          at(0.1, 3, "/transport/loop", JsonText{"[3]"}), at(0.1, 4, "/transport/play", 1.0),
                          at(0.1, 5, "/transport/speed", 2.0)},
                         0.5);
  const RenderResult result = render_offline(render);
  ASSERT_TRUE(result.report);
  EXPECT_EQ(result.report->refused.size(), 5u);
}

TEST_F(TransportScript, ABatchWithARefusedPartChangesNothing) {
  const auto samples = write_noise("noise.wav", 1.0, 1);
  TimedEdit batch = at(0.1, 1, "", {});
  batch.edit.op = EditOp::batch;
  batch.edit.edits = {set_at(0, "/transport/locate_s", 0.5).edit, set_at(0, "/nobody/mute", true).edit};
  RenderJob render = job({batch}, 0.5);
  ASSERT_TRUE(render_offline(render).report);
  const auto left = read_left(render.mix);
  for (std::size_t n = 0; n < left.size(); ++n) ASSERT_EQ(left[n], samples[n]);
}

TEST_F(TransportScript, TestSignalsStopAndJumpWithTheFiles) {
  MixerBuilder builder;
  ToneSource tone;
  tone.hz = 1000.0;
  builder.tone("osc", tone);
  builder.edit("osc", [](Strip& s) { s.pan = -1.0; });
  RenderJob render = job({at(0.25, 1, "/transport/play", false)}, 1.0);
  render.mixer = builder.mixer;
  const RenderResult result = render_offline(render);
  ASSERT_TRUE(result.report) << to_line(result.errors.front());
  const auto left = read_left(render.mix);
  EXPECT_GT(std::fabs(left[11988]), 0.9);
  for (std::size_t n = 12000 + kFade; n < left.size(); ++n) ASSERT_EQ(left[n], 0.0f);
}

TEST_F(TransportScript, OfAJumpThatAStopOvertookTellsThatItCameBehindTheStop) {
  write_noise("noise.wav", 4.0, 1);
  EngineOptions options;
  options.sources.folder = folder;
  options.drive = TransportControl::Drive::live;
  Findings findings;
  const auto engine = Engine::open(job({}, 1.0).mixer, options, findings);
  ASSERT_NE(engine, nullptr);
  OfflineDevice device(*engine);
  device.run(4800, {}, {});
  // Control last looked before any of it was rendered.
  engine->transport().request({.kind = TransportEdit::Kind::locate, .seconds = 3.0}, 0);
  engine->transport().request({.kind = TransportEdit::Kind::stop}, 0);
  engine->transport().tend(0);
  device.run(480, {}, {});
  engine->take_events();
  engine->transport().tend(0);
  EXPECT_FALSE(engine->transport().rolling());
  const auto landed = engine->transport().take_landed(1 << 20);
  ASSERT_EQ(landed.size(), 2u);
  EXPECT_EQ(landed[0].command.kind, TransportEdit::Kind::stop);
  EXPECT_EQ(landed[0].frame, 4800);
  EXPECT_EQ(landed[1].command.kind, TransportEdit::Kind::locate);
  EXPECT_EQ(landed[1].frame, 4800);
}

}  // namespace
}  // namespace busbar::test
