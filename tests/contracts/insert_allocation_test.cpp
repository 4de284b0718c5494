// No insert asks for memory while it runs. The host marks its calls as realtime; this program counts between the marks.
#include <cstdlib>
#include <new>

#include "tests/support/every_insert.hpp"
#include "tests/support/insert_host.hpp"

namespace {

thread_local int t_depth = 0;        // of realtime sections
thread_local long t_violations = 0;  // allocations and releases within them

void* counted(std::size_t bytes, std::size_t align) {
  if (t_depth > 0) ++t_violations;
  const std::size_t whole = (bytes + align - 1) / align * align;
  void* memory = std::aligned_alloc(align, whole == 0 ? align : whole);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void released(void* memory) noexcept {
  if (t_depth > 0 && memory != nullptr) ++t_violations;
  std::free(memory);
}

}  // namespace

extern "C" {
void busbar_realtime_enter() { ++t_depth; }
void busbar_realtime_exit() { --t_depth; }
}

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t align) { return counted(bytes, std::size_t(align)); }
void* operator new[](std::size_t bytes, std::align_val_t align) { return counted(bytes, std::size_t(align)); }
void operator delete(void* memory) noexcept { released(memory); }
void operator delete[](void* memory) noexcept { released(memory); }
void operator delete(void* memory, std::size_t) noexcept { released(memory); }
void operator delete[](void* memory, std::size_t) noexcept { released(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { released(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { released(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { released(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { released(memory); }

namespace busbar::test {

namespace {

class InsertMemoryUse : public EveryInsert {};

TEST_P(InsertMemoryUse, IsNothingWhileItRuns) {
  for (const int channels : {1, 2}) {
    InsertHost host(type(), {.channels = channels});
    const auto moves = random_moves(type(), 48000, 48, 1);
    t_violations = 0;
    host.run(joined(noise(channels, 40000, 1), hostile(channels, 8000, 2)), at_random(1), moves);
    EXPECT_EQ(t_violations, 0);
  }
}

TEST_P(InsertMemoryUse, IsNothingForAReset) {
  InsertHost host(type());
  host.run(noise(2, 1000, 1), every(kSlice));
  t_violations = 0;
  {
    const RealtimeSection section;
    host.reset();
  }
  EXPECT_EQ(t_violations, 0);
}

BUSBAR_FOR_EVERY_INSERT(InsertMemoryUse);

TEST(InsertMemoryUseCounter, SeesAnAllocation) {
  t_violations = 0;
  {
    const RealtimeSection section;
    ::operator delete(::operator new(16));
  }
  EXPECT_EQ(t_violations, 2);
}

}  // namespace

}  // namespace busbar::test
