#pragma once
// The realtime trap. Linked into a test program (or preloaded), it stands in front of the C library and watches the
// calls that the audio thread must not make: memory, locks, waiting, files, printing, system calls. Between
// rtguard_enter() and rtguard_exit() of a thread such a call is a violation.
//
// What it cannot see: calls that the C library makes inside itself, and raw system call instructions. The realtime
// sanitizer looks at the same code from the compiler's side; the two miss different things.
#ifdef __cplusplus
extern "C" {
#endif

enum rtguard_mode {
  RTGUARD_ABORT = 0,  // write the name of the call and a backtrace to stderr, then abort; so it starts
  RTGUARD_COUNT = 1   // count, and let the call go through
};

// For the calling thread; calls nest.
void rtguard_enter(void);
void rtguard_exit(void);
int rtguard_depth(void);

// For all threads. Setting the mode forgets what was counted.
void rtguard_set_mode(enum rtguard_mode mode);
long rtguard_violations(void);
// The call that was the first violation since the mode was set; "" if there was none.
const char* rtguard_first_violation(void);

#ifdef __cplusplus
}
#endif
