// Shows that the build under clang's realtime sanitizer sees what it is there for. Its exit status is 43.
#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <mutex>
#include <string>
#include <vector>

#include "engine/realtime/realtime_section.hpp"

namespace busbar {
namespace {

#if defined(__has_feature)
#if __has_feature(realtime_sanitizer)
constexpr bool kRealtimeSanitizer = true;
#else
constexpr bool kRealtimeSanitizer = false;
#endif
#else
constexpr bool kRealtimeSanitizer = false;
#endif

template <class T>
void keep(T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

// Reached from the marked functions; no mark of their own, as most of what a callback calls.
void allocate() {
  std::string text(100, 'x');
  keep(text);
}
void lock() {
  static std::mutex mutex;
  const std::lock_guard held(mutex);
}
void grow() {
  static std::vector<int> numbers;
  numbers.reserve(numbers.capacity() + 1);
  keep(numbers);
}
void sleep_a_little() { usleep(1); }
void calculate() {
  std::atomic<double> x{0.5};
  x = std::sin(x);
  keep(x);
}

void callback(void (*act)()) noexcept BUSBAR_NONBLOCKING {
  const RealtimeSection section;
  act();
}

class RealtimeSanitizer : public testing::Test {
 protected:
  void SetUp() override {
    if (!kRealtimeSanitizer) GTEST_SKIP() << "only ./dev rtsan builds with the realtime sanitizer";
  }
};

TEST_F(RealtimeSanitizer, CatchesAnAllocation) {
  EXPECT_EXIT(callback(allocate), testing::ExitedWithCode(43), "RealtimeSanitizer: unsafe-library-call");
}
TEST_F(RealtimeSanitizer, CatchesALock) {
  EXPECT_EXIT(callback(lock), testing::ExitedWithCode(43), "pthread_mutex_lock");
}
TEST_F(RealtimeSanitizer, CatchesTheGrowthOfAVector) {
  EXPECT_EXIT(callback(grow), testing::ExitedWithCode(43), "malloc");
}
TEST_F(RealtimeSanitizer, CatchesASleep) {
  EXPECT_EXIT(callback(sleep_a_little), testing::ExitedWithCode(43), "usleep");
}
TEST_F(RealtimeSanitizer, LetsPassArithmeticAndAtomics) { callback(calculate); }

}  // namespace
}  // namespace busbar
