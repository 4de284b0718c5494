// The trap is only worth what it catches, so every kind of forbidden call is planted here once.
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/realtime/realtime_section.hpp"

#ifdef BUSBAR_RTGUARD
#include "tests/support/rtguard.h"

namespace busbar {
namespace {

// What passes through here is not optimised away: compilers may leave out a new whose memory is not used.
template <class T>
void keep(T& value) {
  asm volatile("" : : "r"(&value) : "memory");
}

struct Planted {
  const char* name;
  const char* caught_as;
  void (*act)();
};

std::mutex mutex;
std::shared_mutex shared_mutex;
int sink_file = -1;

void throw_and_catch() {
  try {
    throw std::runtime_error("planted");
  } catch (const std::exception& e) {
    keep(e);
  }
}

void wait_for_a_moment() {
  std::condition_variable condition;
  std::unique_lock lock(mutex, std::try_to_lock);
  condition.wait_for(lock, std::chrono::microseconds(10));
}

void wait_on_an_atomic() {
  std::atomic<int> flag{0};
  std::counting_semaphore<> done{0};
  std::thread waker([&] {
    while (rtguard_violations() < 1) std::this_thread::yield();
    flag = 1;
    while (!done.try_acquire()) flag.notify_all();
  });
  {
    const RealtimeSection section;
    flag.wait(0);
  }
  done.release();
  waker.join();
}

void grow_a_vector() {
  static std::vector<int> numbers;
  numbers.push_back(static_cast<int>(numbers.size()));
  numbers.reserve(numbers.capacity() + 1);
  keep(numbers);
}

const std::array kPlanted = {
    Planted{"New", "malloc",
            [] {
              int* number = new int(1);
              keep(number);
              delete number;
            }},
    Planted{"Delete", "free",
            [] {
              // Outside of the section for one moment, so that what is seen is the delete.
              rtguard_exit();
              int* number = new int(1);
              rtguard_enter();
              keep(number);
              delete number;
            }},
    Planted{"AlignedNew", "aligned_alloc",
            [] {
              struct alignas(64) Line {
                char bytes[64];
              };
              auto* line = new Line;
              keep(line);
              delete line;
            }},
    Planted{"VectorGrowth", "malloc", grow_a_vector},
    Planted{"String", "malloc",
            [] {
              std::string text(100, 'x');
              keep(text);
            }},
    Planted{"BigFunction", "malloc",
            [] {
              std::array<char, 64> much{};
              std::function<char()> call = [much] { return much[0]; };
              keep(call);
            }},
    Planted{"Mutex", "pthread_mutex_lock", [] { const std::lock_guard lock(mutex); }},
    Planted{"SharedMutexForReading", "pthread_rwlock_rdlock", [] { const std::shared_lock lock(shared_mutex); }},
    Planted{"SharedMutexForWriting", "pthread_rwlock_wrlock", [] { const std::unique_lock lock(shared_mutex); }},
    Planted{"ConditionVariable", "pthread_cond_clockwait", wait_for_a_moment},
    Planted{"Printf", "printf", [] { std::printf("%d planted\n", 1); }},
    Planted{"Cout", "fwrite", [] { std::cout << "planted\n"; }},
    Planted{"Throw", "malloc", throw_and_catch},
    Planted{"SleepFor", "nanosleep|clock_nanosleep", [] { std::this_thread::sleep_for(std::chrono::microseconds(1)); }},
    Planted{"Usleep", "usleep", [] { usleep(1); }},
    Planted{"Open", "open", [] { close(open("/dev/null", O_RDONLY)); }},
    Planted{"Write", "write", [] { EXPECT_EQ(write(sink_file, "x", 1), 1); }},
    Planted{"FileStream", "malloc|fopen|fopen64|open",
            [] {
              std::ifstream file("/dev/null");
              keep(file);
            }},
    Planted{"Thread", "malloc", [] { std::thread([] {}).join(); }},
    Planted{"SystemCall", "syscall", [] { syscall(SYS_gettid); }},
};

class RealtimeTrap : public testing::TestWithParam<Planted> {
 protected:
  void SetUp() override { sink_file = open("/dev/null", O_WRONLY); }
  void TearDown() override {
    rtguard_set_mode(RTGUARD_ABORT);
    close(sink_file);
  }
};

void act_in_a_section(const Planted& planted) {
  const RealtimeSection section;
  planted.act();
}

bool is_one_of(const std::string& name, const std::string& names) {
  return ("|" + names + "|").find("|" + name + "|") != std::string::npos;
}

TEST_P(RealtimeTrap, CountsThePlantedCall) {
  rtguard_set_mode(RTGUARD_COUNT);
  GetParam().act();
  EXPECT_EQ(rtguard_violations(), 0) << "outside of a section everything is allowed";
  act_in_a_section(GetParam());
  EXPECT_GE(rtguard_violations(), 1);
  EXPECT_PRED2(is_one_of, std::string(rtguard_first_violation()), GetParam().caught_as);
  EXPECT_EQ(rtguard_depth(), 0);
}

TEST_P(RealtimeTrap, AbortsAndNamesThePlantedCall) {
  EXPECT_DEATH(act_in_a_section(GetParam()), "realtime violation: (" + std::string(GetParam().caught_as) + ")\\(\\)");
}

INSTANTIATE_TEST_SUITE_P(Planted, RealtimeTrap, testing::ValuesIn(kPlanted),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(RealtimeTrapMore, CountsAWaitOnAnAtomic) {
  rtguard_set_mode(RTGUARD_COUNT);
  wait_on_an_atomic();
  EXPECT_GE(rtguard_violations(), 1);
  EXPECT_STREQ(rtguard_first_violation(), "syscall");
  rtguard_set_mode(RTGUARD_ABORT);
}

TEST(RealtimeTrapMore, LetsPassWhatTheAudioThreadMayDo) {
  static std::array<float, 256> from{}, to{};
  std::atomic<int> number{0};
  std::function<int()> small = [&number] { return number.load(); };
  timespec now{};
  rtguard_set_mode(RTGUARD_COUNT);
  {
    const RealtimeSection section;
    number.fetch_add(1);
    number.notify_all();
    keep(number);
    from[1] = static_cast<float>(std::sin(static_cast<double>(small())) + std::pow(10.0, from[0] / 20.0));
    std::memcpy(to.data(), from.data(), sizeof from);
    keep(to);
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (mutex.try_lock()) mutex.unlock();
    free(nullptr);
  }
  EXPECT_EQ(rtguard_violations(), 0) << rtguard_first_violation();
  rtguard_set_mode(RTGUARD_ABORT);
}

TEST(RealtimeTrapMore, WatchesOnlyTheThreadThatIsInASection) {
  std::atomic<int> step{0};
  rtguard_set_mode(RTGUARD_COUNT);
  std::thread other([&] {
    while (step != 1) std::this_thread::yield();
    std::string text(100, 'x');
    keep(text);
    step = 2;
  });
  {
    const RealtimeSection section;
    step = 1;
    while (step != 2) {
    }
  }
  EXPECT_EQ(rtguard_violations(), 0) << rtguard_first_violation();
  other.join();
  rtguard_set_mode(RTGUARD_ABORT);
}

TEST(RealtimeTrapMore, SectionsNest) {
  rtguard_set_mode(RTGUARD_COUNT);
  {
    const RealtimeSection outer;
    { const RealtimeSection inner; }
    EXPECT_EQ(rtguard_depth(), 1);
    std::string text(100, 'x');
    keep(text);
  }
  EXPECT_EQ(rtguard_depth(), 0);
  EXPECT_GE(rtguard_violations(), 1);
  rtguard_set_mode(RTGUARD_ABORT);
}

}  // namespace
}  // namespace busbar

#else

TEST(RealtimeTrap, IsReplacedByTheSanitizers) { GTEST_SKIP() << "sanitizers bring an allocator of their own"; }

#endif
