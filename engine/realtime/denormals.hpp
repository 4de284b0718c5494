#pragma once
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace busbar {

/// While it lives, this thread's tiny numbers are zero (FTZ and DAZ): a reverb's tail costs no more than its body.
class DenormalsOff {
 public:
#if defined(__SSE2__)
  DenormalsOff() noexcept : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }
  ~DenormalsOff() { _mm_setcsr(before_); }
#else
  DenormalsOff() noexcept = default;
#endif
  DenormalsOff(const DenormalsOff&) = delete;
  DenormalsOff& operator=(const DenormalsOff&) = delete;

#if defined(__SSE2__)
 private:
  unsigned before_;
#endif
};

}  // namespace busbar
