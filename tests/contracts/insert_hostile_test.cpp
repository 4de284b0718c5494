// Nothing that arrives at an insert may break it for good, and nothing that a hand can do may make it run away.
#include <cmath>
#include <optional>
#include <vector>

#include "engine/realtime/denormals.hpp"
#include "tests/support/every_insert.hpp"
#include "tests/support/insert_host.hpp"

namespace busbar::test {

namespace {

constexpr int kFrames = 6000;

/// The largest magnitude, or NaN if there is one.
float peak_of(const Signal& signal) {
  float peak = 0.0f;
  for (const auto& channel : signal)
    for (const float x : channel) {
      if (!std::isfinite(x)) return std::numeric_limits<float>::quiet_NaN();
      peak = std::max(peak, std::fabs(x));
    }
  return peak;
}

class HostileInput : public EveryInsert {};

TEST_P(HostileInput, LeavesNoTraceAfterReset) {
  for (const int channels : {1, 2})
    for (const auto& params : settings_of(type(), 3, 21)) {
      InsertHost used(type(), {.channels = channels, .params = params});
      InsertHost fresh(type(), {.channels = channels, .params = params});
      used.run(hostile(channels, kFrames, 1), at_random(1));
      used.reset();
      const Signal in = joined(noise(channels, kFrames, 2), silence(channels, kFrames));
      const Signal out = used.run(in, every(kSlice));
      EXPECT_TRUE(std::isfinite(peak_of(out)));
      EXPECT_TRUE(same_bytes(fresh.run(in, every(kSlice)), out)) << "reset is not as good as new";
    }
}

TEST_P(HostileInput, IsAsNewAfterAResetInTheMidstOfMoves) {
  const Signal in = noise(2, kFrames, 4);
  for (const unsigned seed : {3u, 4u, 5u, 6u}) {
    InsertHost used(type());
    used.run(in, every(kSlice), random_moves(type(), kFrames, 100, seed));
    used.reset();
    InsertHost fresh(type(), {.params = used.params()});
    EXPECT_TRUE(same_bytes(fresh.run(in, every(kSlice)), used.run(in, every(kSlice)))) << seed;
  }
}

TEST_P(HostileInput, StaysFiniteForHugeButFiniteSamples) {
  for (const auto& params : settings_of(type(), 3, 22)) {
    InsertHost host(type(), {.params = params});
    EXPECT_TRUE(std::isfinite(peak_of(host.run(noise(2, kFrames, 5, 1e30f), at_random(2)))));
    EXPECT_TRUE(std::isfinite(peak_of(host.run(silence(2, kFrames), at_random(3)))));
  }
}

TEST_P(HostileInput, KeepsDenormalsTinyWithAndWithoutTheProcessorsHelp) {
  for (const bool flushed : {false, true}) {
    std::optional<DenormalsOff> off;
    if (flushed) off.emplace();
    for (const auto& params : settings_of(type(), 3, 23)) {
      const Signal in = joined(denormals(2, kFrames, 6), silence(2, 100));
      InsertHost host(type(), {.params = params}), cut(type(), {.params = params}), still(type(), {.params = params});
      const Signal out = host.run(in, every(kSlice));
      EXPECT_TRUE(same_bytes(out, cut.run(in, at_random(4))));
      const float own_noise = peak_of(still.run(silence(2, kFrames + 100), every(kSlice)));
      EXPECT_LE(peak_of(out), own_noise + 1e-30f);
    }
  }
}

TEST_P(HostileInput, StaysBoundedInAStormOfParameters) {
  constexpr int kStorm = 96000;  // two seconds, a thousand changes a second
  for (const int channels : {1, 2}) {
    InsertHost host(type(), {.channels = channels});
    const auto moves = random_moves(type(), kStorm, 48, 9);
    const float peak = peak_of(host.run(noise(channels, kStorm, 8), every(kSlice), moves));
    EXPECT_LT(peak, 1000.0f) << "60 dB above what came in";
    EXPECT_TRUE(std::isfinite(peak));
  }
}

BUSBAR_FOR_EVERY_INSERT(HostileInput);

}  // namespace

}  // namespace busbar::test
