// No insert breaks the realtime law while it runs: the host marks its calls as realtime, and the trap counts what it
// sees between the marks. Under a sanitizer the trap is not there, and the sanitizer itself looks on.
#include "tests/support/every_insert.hpp"
#include "tests/support/insert_host.hpp"
#ifdef BUSBAR_RTGUARD
#include "tests/support/rtguard.h"
#endif

namespace busbar::test {

namespace {

/// What the trap saw since it began; it aborts again when this goes.
class Watch {
 public:
#ifdef BUSBAR_RTGUARD
  Watch() { rtguard_set_mode(RTGUARD_COUNT); }
  ~Watch() { rtguard_set_mode(RTGUARD_ABORT); }
  long violations() const { return rtguard_violations(); }
  std::string first() const { return rtguard_first_violation(); }
#else
  long violations() const { return 0; }
  std::string first() const { return {}; }
#endif
};

class InsertAndTheRealtimeLaw : public EveryInsert {};

TEST_P(InsertAndTheRealtimeLaw, IsKeptWhileItRuns) {
  for (const int channels : {1, 2}) {
    InsertHost host(type(), {.channels = channels});
    const auto moves = random_moves(type(), 48000, 48, 1);
    const Watch watch;
    host.run(joined(noise(channels, 40000, 1), hostile(channels, 8000, 2)), at_random(1), moves);
    EXPECT_EQ(watch.violations(), 0) << watch.first();
  }
}

TEST_P(InsertAndTheRealtimeLaw, IsKeptByAReset) {
  InsertHost host(type());
  host.run(noise(2, 1000, 1), every(kSlice));
  const Watch watch;
  {
    const RealtimeSection section;
    host.reset();
  }
  EXPECT_EQ(watch.violations(), 0) << watch.first();
}

BUSBAR_FOR_EVERY_INSERT(InsertAndTheRealtimeLaw);

#ifdef BUSBAR_RTGUARD
TEST(InsertWatch, SeesAnAllocation) {
  const Watch watch;
  {
    const RealtimeSection section;
    ::operator delete(::operator new(16));
  }
  EXPECT_EQ(watch.violations(), 2);
}
#endif

}  // namespace

}  // namespace busbar::test
