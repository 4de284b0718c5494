#include "engine/devices/platform.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

namespace busbar::test {
namespace {

TEST(RealtimeAbility, IsTestedWithoutChangingTheCaller) {
  int policy_before = 0, policy = 0;
  sched_param before{}, after{};
  pthread_getschedparam(pthread_self(), &policy_before, &before);
  const RealtimeAbility ability = test_realtime();
  pthread_getschedparam(pthread_self(), &policy, &after);
  EXPECT_EQ(policy, policy_before);
  EXPECT_EQ(after.sched_priority, before.sched_priority);
  EXPECT_EQ(ability.may_run_fifo, ability.highest_priority > 0);
  EXPECT_EQ(ability.why_not.empty(), ability.may_run_fifo && ability.may_lock_memory);
}

}  // namespace
}  // namespace busbar::test
