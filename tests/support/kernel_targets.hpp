#pragma once
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace busbar::test {

/// Runs something once for each kind of processor that kernels are compiled for and this one can stand in for, the
/// plainest first. Afterwards the best one is chosen again.
inline void on_every_target(const std::function<void()>& run) {
  const std::int64_t able = hwy::SupportedTargets();
  for (const std::int64_t target :
       {std::int64_t{HWY_SCALAR}, std::int64_t{HWY_SSE4}, std::int64_t{HWY_AVX2}, std::int64_t{HWY_AVX3}}) {
    if (target != HWY_SCALAR && (able & target) == 0) continue;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::GetChosenTarget().Update(target);
    run();
  }
  hwy::GetChosenTarget().Update(able);
}

/// `run(frames)` works in calls of that many frames. On each target the calls make no difference to any bit, and what
/// comes out is that of the plainest target within the tolerance.
inline void expect_alike(double tolerance, const std::function<std::vector<double>(int)>& run) {
  std::vector<double> plainest;
  on_every_target([&] {
    const std::vector<double> out = run(64);
    for (const int frames : {1, 7, 50}) EXPECT_EQ(out, run(frames)) << "in calls of " << frames;
    if (plainest.empty()) plainest = out;
    ASSERT_EQ(out.size(), plainest.size());
    double worst = 0.0;
    for (std::size_t i = 0; i < out.size(); ++i) worst = std::fmax(worst, std::fabs(out[i] - plainest[i]));
    EXPECT_LE(worst, tolerance);
  });
}

}  // namespace busbar::test
