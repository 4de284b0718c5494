// The kernels of the oversampled processors: each kind of processor that this one can be gives what the plainest does.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/kernels/fet_loop.hpp"
#include "engine/realtime/kernels/half_band.hpp"
#include "engine/realtime/kernels/hold_and_smooth.hpp"
#include "engine/realtime/kernels/true_peak.hpp"
#include "tests/support/kernel_targets.hpp"

namespace busbar::test {

namespace {

using Row = std::vector<float>;

Row noise(std::size_t count, std::uint32_t seed, float scale = 1.0f) {
  std::mt19937 random(seed);
  Row row(count);
  for (float& x : row) x = scale * (static_cast<float>(random()) / 2147483648.0f - 1.0f);
  return row;
}

/// What comes out on each target is that of the plainest one within `error`.
void expect_rows_alike(const std::function<Row()>& run, float error) {
  Row plainest;
  on_every_target([&] {
    const Row out = run();
    if (plainest.empty()) plainest = out;
    ASSERT_EQ(plainest.size(), out.size());
    for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(plainest[i], out[i], error) << "at " << i;
  });
}

/// Counts of frames in calls: whole registers, parts of them, single ones.
constexpr int kCalls[] = {64, 1, 7, 16, 33, 64, 2, 63, 48, 31};
constexpr int kMost = 64, kRoom = 16;

void add(Row& all, const float* part, int count) { all.insert(all.end(), part, part + count); }

TEST(OversamplingKernels, RaiseAndLowerTheRateAlike) {
  for (const int pairs : {2, 3, 4, 5, 6, 7, 20, 48})
    expect_rows_alike(
        [pairs] {
          std::array<HalfBandStage, 3> stages;
          for (HalfBandStage& stage : stages) stage.filter = HalfBand::kaiser(pairs, 60.0);
          stages[1].keeps_later = true;
          Row out;
          std::uint32_t seed = 1;
          for (const int count : kCalls) {
            std::array<float, std::size_t{kMost} * 8> buffer;
            rate_up(stages.data(), 3, noise(static_cast<std::size_t>(count), seed++).data(), count, buffer.data());
            add(out, buffer.data(), 8 * count);
            rate_down(stages.data(), 3, buffer.data(), count);
            add(out, buffer.data(), count);
          }
          return out;
        },
        2e-6f);
}

TEST(OversamplingKernels, FindTheSamePeaks) {
  GapFilters filters{HalfBand::kaiser(48, 36.0), HalfBand::kaiser(GapFilters::kSecondPairs, 75.0),
                     HalfBand::kaiser(GapFilters::kThirdPairs, 70.0)};
  for (const int count : kCalls)
    expect_rows_alike(
        [&] {
          const Row x = noise(static_cast<std::size_t>(filters.held() + count + kRoom), 3);
          Row peaks(static_cast<std::size_t>(kMost)), inverse(peaks.size(), 1.7f);
          find_peaks(filters, x.data(), count, 0.5f, peaks.data());
          Row out(peaks.begin(), peaks.begin() + count);
          peaks_to_reductions(peaks.data(), inverse.data(), 0.12f, count);
          add(out, peaks.data(), count);
          return out;
        },
        1e-5f);
}

TEST(OversamplingKernels, HoldAndSmoothAlike) {
  for (const double slow_share : {0.0, 0.1})
    for (const int hold : {1, 2, 16, 48, 191, 1024})
      expect_rows_alike(
          [&] {
            HoldAndSmooth state;
            state.use(hold, std::max(1, hold / 3), std::max(1, hold / 2));
            Row out;
            std::uint32_t seed = 5;
            for (const int count : kCalls) {
              Row left = noise(kMost, seed++, 6.0f), right = noise(kMost, seed++, 12.0f);
              for (float& x : left) x = std::max(x, 0.0f);
              for (float& x : right) x = std::max(x, 0.0f);
              out.push_back(hold_and_smooth(state, {0.999, 0.99999, slow_share}, left.data(), right.data(), count));
              add(out, left.data(), count);
              add(out, right.data(), count);
            }
            return out;
          },
          2e-6f);
}

TEST(OversamplingKernels, HoldTheLargestForAsLongAsAsked) {
  HoldAndSmooth state;
  state.use(5, 1, 1);
  Row left(kMost, 0.0f), right(kMost, 0.0f);
  left[10] = 6.0f;
  right[20] = 12.0f;
  EXPECT_EQ(hold_and_smooth(state, {0.0, 0.0, 0.0}, left.data(), right.data(), kMost), 12.0f);
  for (std::size_t i = 0; i < left.size(); ++i) {
    EXPECT_NEAR(left[i], i >= 10 && i < 15 ? 0.501187f : 1.0f, 1e-6f) << i;
    EXPECT_NEAR(right[i], i >= 20 && i < 25 ? 0.251189f : 1.0f, 1e-6f) << i;
  }
}

Row fet_course(int factor, bool stands) {
  FetLoop loop;
  loop.set(0.02, 0.0001, factor);
  std::array<GainCurve<float>, kMost> curve;
  for (std::size_t i = 0; i < curve.size(); ++i)
    curve[i] = GainCurve<float>::of(-18.0f - (stands ? 0.0f : 0.1f * static_cast<float>(i)), 0.75f, 6.0f);
  Row out;
  std::uint32_t seed = 9;
  for (const int count : kCalls) {
    const auto room = static_cast<std::size_t>(kMost * factor);
    const Row left = noise(room, seed++, 0.4f), right = noise(room, seed++, 0.3f);
    Row reduction(room), gains(room);
    run_fet_loop(loop, curve.data(), stands, left.data(), right.data(), count, factor, reduction.data());
    add(out, reduction.data(), count * factor);
    out.push_back(fet_gains(left.data(), reduction.data(), count, gains.data()));
    add(out, gains.data(), count);
  }
  return out;
}

TEST(OversamplingKernels, FollowTheCapacitorAlike) {
  for (const int factor : {1, 2, 4, 8})
    for (const bool stands : {true, false}) expect_rows_alike([&] { return fet_course(factor, stands); }, 1e-5f);
}

/// The loop as it is meant, step by step.
TEST(OversamplingKernels, FollowTheCapacitorAsItsStepsWould) {
  constexpr int kFactor = 8, kFrames = 64;
  FetLoop loop;
  loop.set(0.02, 0.0001, kFactor);
  const auto curve = GainCurve<float>::of(-18.0f, 0.75f, 6.0f);
  double s = 0.0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const Row left = noise(kFrames * kFactor, seed, seed < 20 ? 0.5f : 0.02f), right(left.size(), 0.0f);
    Row reduction(left.size());
    run_fet_loop(loop, &curve, true, left.data(), right.data(), kFrames, kFactor, reduction.data());
    for (std::size_t i = 0; i < left.size(); ++i) {
      const double wanted = curve.reduction_db(fast_level_db(std::fabs(left[i])));
      s = std::max(s + 0.02 * (wanted - s), s - 0.0001 * s);
      ASSERT_NEAR(reduction[i], s, 1e-4) << seed << ' ' << i;
    }
  }
}

}  // namespace

}  // namespace busbar::test
