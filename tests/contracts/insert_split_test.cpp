// The samples of an insert depend on the frame alone, never on how time is cut into calls.
#include <vector>

#include "tests/support/every_insert.hpp"
#include "tests/support/insert_host.hpp"

namespace busbar::test {

namespace {

class InsertSplit : public EveryInsert {
 protected:
  static constexpr int kFrames = 6000;

  /// The output of a fresh instance for one way to cut.
  Signal output(HostSetup setup, const Signal& in, const Cuts& cuts, std::span<const Move> moves = {}) const {
    InsertHost host(type(), std::move(setup));
    return host.run(in, cuts, moves);
  }

  void expect_same_for_all_cuts(const HostSetup& setup, const Signal& in, std::span<const Move> moves) const {
    const Signal expected = output(setup, in, every(kSlice), moves);
    for (const int frames : {1, 16, 64, 127})
      EXPECT_TRUE(same_bytes(expected, output(setup, in, every(frames), moves))) << "calls of " << frames;
    for (unsigned seed = 0; seed < 3; ++seed)
      EXPECT_TRUE(same_bytes(expected, output(setup, in, at_random(seed), moves))) << "calls at random, " << seed;
  }
};

TEST_P(InsertSplit, GivesTheSameBytesForAnyCallsWhileParametersStand) {
  for (const int channels : {1, 2})
    for (const auto& params : settings_of(type(), 3, 11)) {
      const Signal in = joined(noise(channels, kFrames / 2, 1), silence(channels, kFrames / 2));
      expect_same_for_all_cuts({.channels = channels, .params = params}, in, {});
    }
}

TEST_P(InsertSplit, GivesTheSameBytesForAnyCallsWhileParametersMove) {
  for (const int channels : {1, 2})
    for (const unsigned seed : {1u, 2u, 3u}) {
      const auto moves = random_moves(type(), kFrames, 150, seed);
      expect_same_for_all_cuts({.channels = channels}, noise(channels, kFrames, seed), moves);
    }
}

TEST_P(InsertSplit, GivesTheSameBytesForAnyCallsThroughALongTail) {
  std::mt19937 rng(5);
  const HostSetup setup{.params = random_values(type(), rng)};
  const Signal in = joined(noise(2, 20000, 3), silence(2, 150000));
  const Signal expected = output(setup, in, every(kSlice));
  EXPECT_TRUE(same_bytes(expected, output(setup, in, every(127))));
  EXPECT_TRUE(same_bytes(expected, output(setup, in, at_random(8))));
}

TEST_P(InsertSplit, TakesACurveThatStandsForNoCurve) {
  for (const auto& params : settings_of(type(), 3, 12)) {
    const Signal in = noise(2, kFrames, 4);
    EXPECT_TRUE(same_bytes(output({.params = params}, in, every(64)),
                           output({.params = params, .standing_curves = true}, in, every(64))));
  }
}

TEST_P(InsertSplit, HearsItsOwnInputAsKeyThoughItIsOverwritten) {
  const Signal in = noise(2, kFrames, 6);
  const auto moves = random_moves(type(), kFrames, 300, 4);
  InsertHost in_place(type()), apart(type());
  const Signal expected = apart.run(in, every(kSlice), moves, &in);
  EXPECT_TRUE(same_bytes(expected, in_place.run(in, every(kSlice), moves)));
}

TEST_P(InsertSplit, SharesNothingBetweenInstances) {
  const Signal in = noise(2, kFrames, 7);
  const Signal expected = output({}, in, every(kSlice));
  InsertHost one(type()), other(type());
  Signal interleaved = silence(2, 0);
  for (int done = 0; done < kFrames; done += 1000) {
    interleaved = joined(interleaved, one.run(part(in, done, 1000), every(kSlice)));
    other.run(noise(2, 1000, static_cast<unsigned>(done)), every(kSlice));
  }
  EXPECT_TRUE(same_bytes(expected, interleaved));
}

BUSBAR_FOR_EVERY_INSERT(InsertSplit);

}  // namespace

}  // namespace busbar::test
