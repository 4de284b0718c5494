#include "engine/realtime/transport.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace busbar::test {
namespace {

constexpr Frames kFade = 960;

/// Moves a transport on in slices of the sizes given, in turn, and keeps the gain of every reel at every frame.
struct Tape {
  explicit Tape(Frames start) : transport(start) {}
  TransportState transport;
  Frames now = 0;
  std::vector<std::array<double, kReels>> gains;
  std::vector<std::size_t> done;

  void run(Frames frames, int slice = 100) {
    for (const Frames end = now + frames; now < end;) {
      const int count = static_cast<int>(std::min<Frames>(slice, end - now));
      transport.prepare(now, count, [this](std::size_t reel) { done.push_back(reel); });
      for (int i = 0; i < count; ++i) {
        auto& row = gains.emplace_back();
        for (const std::size_t reel : transport.active()) {
          const auto& curve = transport.reel(reel).curve;
          row[reel] = curve.empty() ? 1.0 : curve[static_cast<std::size_t>(i)];
        }
      }
      now += count;
    }
  }
  double sum(std::size_t frame) const {
    double all = 0.0;
    for (const double gain : gains[frame]) all += gain;
    return all;
  }
};

TEST(Transport, StartsAtFullGainAndAtItsPlace) {
  Tape tape(4800);
  EXPECT_TRUE(tape.transport.rolling());
  tape.run(10);
  EXPECT_EQ(tape.gains.front()[0], 1.0);
  EXPECT_EQ(tape.transport.session_frame(tape.now), 4810);
}

TEST(Transport, FadesFromOneReelToTheNextByTheQuinticStep) {
  Tape tape(0);
  tape.run(500);
  tape.transport.roll(3, 77000, tape.now, kFade);
  EXPECT_EQ(tape.transport.session_frame(tape.now), 77000);
  tape.run(2000);
  for (std::size_t i = 0; i < 2000; ++i) {
    const double t = std::min(1.0, static_cast<double>(i) / kFade);
    ASSERT_NEAR(tape.gains[500 + i][3], smoothstep(t), 1e-12) << i;
    ASSERT_NEAR(tape.gains[500 + i][0], 1.0 - smoothstep(t), 1e-12) << i;
  }
  EXPECT_EQ(tape.done, std::vector<std::size_t>{0});
  EXPECT_EQ(tape.transport.active().size(), 1u);
}

TEST(Transport, GainsOfManyQuickJumpsAlwaysAddUpToOne) {
  Tape tape(0);
  for (const std::size_t reel : {1u, 2u, 3u, 4u, 5u, 6u}) {
    tape.run(130, 17);
    tape.transport.roll(reel, static_cast<Frames>(reel) * 48000, tape.now, kFade);
  }
  tape.run(2000, 64);
  for (std::size_t i = 0; i < tape.gains.size(); ++i) ASSERT_NEAR(tape.sum(i), 1.0, 1e-12) << i;
  EXPECT_EQ(tape.done, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5}));
}

TEST(Transport, StopsAtItsFrameAndStandsThere) {
  Tape tape(1000);
  tape.run(250);
  tape.transport.stop(tape.now, kFade);
  tape.run(3000);
  EXPECT_FALSE(tape.transport.rolling());
  EXPECT_EQ(tape.transport.session_frame(tape.now), 1250);
  EXPECT_EQ(tape.sum(250 + kFade), 0.0);
  EXPECT_TRUE(tape.transport.active().empty());
}

TEST(Transport, LoopJumpsAtTheVeryFrame) {
  TransportState transport(0);
  transport.loop_at(1000);
  transport.arm(1, 400);
  EXPECT_EQ(transport.until_jump(0, 256), 256);
  EXPECT_EQ(transport.until_jump(900, 256), 100);
  EXPECT_EQ(transport.until_jump(1000, 256), 0);
  EXPECT_EQ(transport.jump(1000, kFade), 1u);
  EXPECT_EQ(transport.session_frame(1000), 400);
  EXPECT_EQ(transport.until_jump(1000, 4096), 600);
}

TEST(Transport, ALoopWithoutAReelInTimePlaysOnAndJumpsAsSoonAsThereIsOne) {
  TransportState transport(0);
  transport.loop_at(1000);
  EXPECT_EQ(transport.until_jump(1000, 256), 256);
  EXPECT_EQ(transport.until_jump(1256, 256), 256);
  transport.arm(2, 0);
  EXPECT_EQ(transport.until_jump(1300, 256), 0);
  transport.jump(1300, kFade);
  EXPECT_EQ(transport.session_frame(1300), 0);
}

TEST(Transport, ALoopThatIsSetBehindTheMusicDoesNotCatchIt) {
  TransportState transport(5000);
  transport.loop_at(1000);
  transport.arm(1, 0);
  for (Frames now = 0; now < 100000; now += 256) ASSERT_EQ(transport.until_jump(now, 256), 256);
}

}  // namespace
}  // namespace busbar::test
