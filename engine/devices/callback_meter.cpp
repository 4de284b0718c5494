#include "engine/devices/callback_meter.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace busbar {

namespace {

using Edges = std::array<std::int64_t, CallbackCounts::kDurations>;

// In ns, made before main(): the audio thread only searches them.
const Edges kEdges = [] {
  Edges edges{};
  for (std::size_t n = 0; n < edges.size(); ++n) edges[n] = std::llround(1e9 * CallbackCounts::edge_s(n));
  return edges;
}();

// With one writer a load and a store do, and cost less than a read-modify-write.
template <typename T>
void add(std::atomic<T>& count, T amount) noexcept {
  count.store(count.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

template <typename T>
void raise(std::atomic<T>& highest, T value) noexcept {
  if (value > highest.load(std::memory_order_relaxed)) highest.store(value, std::memory_order_relaxed);
}

double seconds(std::int64_t ns) noexcept { return 1e-9 * static_cast<double>(ns); }

}  // namespace

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{1'000'000'000} * now.tv_sec + now.tv_nsec;
}

void CallbackMeter::note(int frames, bool flagged, std::int64_t took_ns) noexcept {
  if (flagged) {
    before_flag_ns_.store(last_ns_, std::memory_order_relaxed);
    add<std::uint64_t>(flagged_, 1);
  }
  last_ns_ = took_ns;
  const auto edge = std::ranges::upper_bound(kEdges, took_ns);
  const auto size = std::min<std::size_t>(static_cast<std::size_t>(edge - kEdges.begin()), kEdges.size() - 1);
  add<std::uint64_t>(durations_[size], 1);
  raise(longest_ns_, took_ns);
  raise(longest_block_, frames);
  add<Frames>(frames_, frames);
  add<std::uint64_t>(callbacks_, 1);
}

CallbackCounts CallbackMeter::counts() const noexcept {
  CallbackCounts counts;
  counts.callbacks = callbacks_.load(std::memory_order_relaxed);
  counts.flagged = flagged_.load(std::memory_order_relaxed);
  counts.frames = frames_.load(std::memory_order_relaxed);
  counts.longest_block = longest_block_.load(std::memory_order_relaxed);
  for (std::size_t n = 0; n < durations_.size(); ++n)
    counts.durations[n] = durations_[n].load(std::memory_order_relaxed);
  counts.longest_s = seconds(longest_ns_.load(std::memory_order_relaxed));
  counts.last_before_flag_s = seconds(before_flag_ns_.load(std::memory_order_relaxed));
  return counts;
}

}  // namespace busbar
