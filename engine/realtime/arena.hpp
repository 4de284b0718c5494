#pragma once
#include <cstddef>
#include <new>
#include <span>
#include <type_traits>

namespace busbar {

/// Memory lent by the control side to the state of a processor. It is zeroed, and touched page by page before the
/// audio thread sees it. Nothing is given back piece by piece: the whole goes when the state goes.
class Arena {
 public:
  /// Returns `bytes` zeroed bytes, aligned to `align`. Control side only.
  using Lend = std::byte* (*)(void* owner, std::size_t bytes, std::size_t align);

  Arena(Lend lend, void* owner) noexcept : lend_(lend), owner_(owner) {}

  /// `count` zeroed values of T, aligned to a cache line.
  template <typename T>
  std::span<T> take(std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);
    if (count == 0) return {};
    std::byte* bytes = lend_(owner_, count * sizeof(T), alignof(T) > 64 ? alignof(T) : 64);
    T* first = reinterpret_cast<T*>(bytes);
    for (std::size_t i = 0; i < count; ++i) ::new (static_cast<void*>(first + i)) T{};
    return {first, count};
  }
  template <typename T>
  std::span<T> take(int count) {
    return take<T>(static_cast<std::size_t>(count));
  }

 private:
  Lend lend_;
  void* owner_;
};

}  // namespace busbar
