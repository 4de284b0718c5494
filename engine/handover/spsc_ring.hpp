#pragma once
#include <atomic>
#include <bit>
#include <cstddef>
#include <span>
#include <vector>

namespace busbar {

/// A bounded queue of plain values between one writer and one reader. Wait-free on both sides.
/// `capacity` is rounded up to a power of two; the memory is touched when it is made.
template <typename T>
class SpscRing {
 public:
  explicit SpscRing(std::size_t capacity) : items_(std::bit_ceil(capacity)), mask_(items_.size() - 1) {}

  std::size_t capacity() const noexcept { return items_.size(); }

  // Writer.
  std::size_t room() const noexcept {
    return items_.size() - (written_.load(std::memory_order_relaxed) - read_.load(std::memory_order_acquire));
  }
  bool push(const T& item) noexcept { return push_all({&item, 1}); }
  /// All or none; the reader sees either nothing of them or all.
  bool push_all(std::span<const T> items) noexcept {
    if (room() < items.size()) return false;
    const std::size_t at = written_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < items.size(); ++i) items_[(at + i) & mask_] = items[i];
    written_.store(at + items.size(), std::memory_order_release);
    return true;
  }

  // Reader.
  std::size_t waiting() const noexcept {
    return written_.load(std::memory_order_acquire) - read_.load(std::memory_order_relaxed);
  }
  /// The n-th waiting item, n < waiting().
  const T& peek(std::size_t n = 0) const noexcept {
    return items_[(read_.load(std::memory_order_relaxed) + n) & mask_];
  }
  void drop(std::size_t count) noexcept {
    read_.store(read_.load(std::memory_order_relaxed) + count, std::memory_order_release);
  }

 private:
  std::vector<T> items_;
  std::size_t mask_;
  alignas(64) std::atomic<std::size_t> written_{0};
  alignas(64) std::atomic<std::size_t> read_{0};
};

}  // namespace busbar
