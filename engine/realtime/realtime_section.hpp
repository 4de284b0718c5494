#pragma once

// Marks what the audio thread runs. Under clang's realtime sanitizer a function so marked may not allocate, lock or
// make a system call; other compilers see nothing.
#if defined(__clang__) && defined(__has_feature)
#if __has_feature(realtime_sanitizer)
#define BUSBAR_NONBLOCKING [[clang::nonblocking]]
#endif
#endif
#ifndef BUSBAR_NONBLOCKING
#define BUSBAR_NONBLOCKING
#endif

// Tests link a library that provides these and traps what must not happen in between; the product has neither.
extern "C" {
__attribute__((weak)) void busbar_realtime_enter();
__attribute__((weak)) void busbar_realtime_exit();
}

namespace busbar {

/// While it lives, this thread is under the realtime law.
class RealtimeSection {
 public:
  RealtimeSection() noexcept {
    if (busbar_realtime_enter != nullptr) busbar_realtime_enter();
  }
  ~RealtimeSection() {
    if (busbar_realtime_exit != nullptr) busbar_realtime_exit();
  }
  RealtimeSection(const RealtimeSection&) = delete;
  RealtimeSection& operator=(const RealtimeSection&) = delete;
};

}  // namespace busbar
