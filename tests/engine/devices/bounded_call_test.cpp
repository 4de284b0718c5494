#include "engine/devices/bounded_call.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

namespace busbar::test {
namespace {

using namespace std::chrono_literals;

TEST(BoundedCall, WaitsForWorkThatIsDoneInTime) {
  bool done = false;
  EXPECT_TRUE(run_bounded(30s, [&](const std::atomic<bool>& late) { done = !late; }));
  EXPECT_TRUE(done);
}

TEST(BoundedCall, LeavesWorkThatHangsBehindAndTellsItSo) {
  const auto go_on = std::make_shared<std::atomic<bool>>(false);
  const auto was_late = std::make_shared<std::atomic<int>>(-1);
  EXPECT_FALSE(run_bounded(20ms, [=](const std::atomic<bool>& late) {
    while (!*go_on) std::this_thread::sleep_for(1ms);
    *was_late = late ? 1 : 0;
  }));
  EXPECT_EQ(*was_late, -1);
  *go_on = true;
  while (*was_late < 0) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(*was_late, 1);
}

}  // namespace
}  // namespace busbar::test
