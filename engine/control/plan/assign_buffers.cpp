#include <algorithm>

#include "engine/control/plan/compile_plan.hpp"

namespace busbar {

namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// The place in the order after which nobody reads a strip's signal, and its input tap.
struct LastReads {
  std::vector<std::size_t> signal, input_tap;
};

LastReads last_reads(const Routing& routing, const std::vector<std::size_t>& place) {
  const std::size_t end = routing.order.size();  // the hardware step comes after all strips
  LastReads last{place, std::vector<std::size_t>(routing.strips.size(), 0)};
  for (const Route& r : routing.routes) {
    const std::size_t reader = r.kind == Route::Kind::hardware ? end : r.to >= 0 ? place[at(r.to)] : place[at(r.from)];
    auto& of_tap = r.tap == Tap::input ? last.input_tap : last.signal;
    of_tap[at(r.from)] = std::max(of_tap[at(r.from)], reader);
  }
  for (std::size_t s = 0; s < routing.strips.size(); ++s)
    for (const RoutedInsert& insert : routing.strips[s].inserts)
      if (insert.key_strip >= 0)
        last.signal[at(insert.key_strip)] = std::max(last.signal[at(insert.key_strip)], place[s]);
  return last;
}

/// Hands out the lowest free number.
class Numbers {
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

}  // namespace

BufferPlan assign_buffers(const Routing& routing) {
  const std::size_t strips = routing.strips.size();
  std::vector<std::size_t> place(strips);
  for (std::size_t p = 0; p < routing.order.size(); ++p) place[at(routing.order[p])] = p;
  std::vector<bool> input_tapped(strips, false);
  for (const Route& r : routing.routes)
    if (r.tap == Tap::input) input_tapped[at(r.from)] = true;
  const LastReads last = last_reads(routing, place);

  BufferPlan plan{std::vector<BufferIndex>(strips, kNoBuffer), std::vector<BufferIndex>(strips, kNoBuffer)};
  std::vector<std::vector<BufferIndex>> expiring(strips + 1);
  Numbers numbers;
  for (std::size_t p = 0; p < routing.order.size(); ++p) {
    const std::size_t s = at(routing.order[p]);
    plan.signal[s] = numbers.take();
    expiring[last.signal[s]].push_back(plan.signal[s]);
    if (input_tapped[s]) {
      plan.input_tap[s] = numbers.take();
      expiring[last.input_tap[s]].push_back(plan.input_tap[s]);
    }
    for (const BufferIndex number : expiring[p]) numbers.give_back(number);
  }
  plan.count = numbers.count();
  return plan;
}

}  // namespace busbar
