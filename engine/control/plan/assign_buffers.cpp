#include "engine/control/plan/assign_buffers.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace busbar {

namespace {

/// Hands out the lowest free number.
class FreeNumbers {
 public:
  BufferIndex take() {
    if (free_.empty()) return count_++;
    std::ranges::pop_heap(free_, std::greater<>{});
    const BufferIndex number = free_.back();
    free_.pop_back();
    return number;
  }
  void give_back(BufferIndex number) {
    free_.push_back(number);
    std::ranges::push_heap(free_, std::greater<>{});
  }
  int count() const { return count_; }

 private:
  std::vector<BufferIndex> free_;
  BufferIndex count_ = 0;
};

bool runs_paths(const Step& step) {
  return step.kind == Step::Kind::sum || step.kind == Step::Kind::hand_on || step.kind == Step::Kind::hardware;
}

/// Calls `use(buffer)` for each buffer that a step reads or writes; it may renumber it.
template <typename Use>
void for_each_buffer(RenderPlan& plan, Step& step, Use use) {
  if (runs_paths(step))
    for (std::uint32_t p = 0; p < step.count; ++p) use(plan.paths[step.first + p].buffer);
  if (step.kind == Step::Kind::insert) use(plan.inserts[step.first].key);
  use(step.from);
  use(step.buffer);
}

}  // namespace

int assign_buffers(RenderPlan& plan, int count) {
  std::vector<std::size_t> last_use(static_cast<std::size_t>(count), 0);
  for (std::size_t s = 0; s < plan.steps.size(); ++s)
    for_each_buffer(plan, plan.steps[s], [&](BufferIndex& buffer) {
      if (buffer != kNoBuffer) last_use[static_cast<std::size_t>(buffer)] = s;
    });
  std::vector<BufferIndex> number(static_cast<std::size_t>(count), kNoBuffer);
  std::vector<std::vector<BufferIndex>> ending(plan.steps.size());
  FreeNumbers numbers;
  for (std::size_t s = 0; s < plan.steps.size(); ++s) {
    for_each_buffer(plan, plan.steps[s], [&](BufferIndex& buffer) {
      if (buffer == kNoBuffer) return;
      BufferIndex& given = number[static_cast<std::size_t>(buffer)];
      if (given == kNoBuffer) {
        given = numbers.take();
        ending[last_use[static_cast<std::size_t>(buffer)]].push_back(given);
      }
      buffer = given;
    });
    for (const BufferIndex freed : ending[s]) numbers.give_back(freed);
  }
  return numbers.count();
}

}  // namespace busbar
