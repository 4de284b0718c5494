#include "tests/support/rtguard.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

// Initial-exec: reading it must never allocate, as a lazily made thread-local would.
static __thread int depth __attribute__((tls_model("initial-exec")));
static int mode;
static long violations;
static const char* first_violation = "";
static void* next_syscall;

static void* next_symbol(const char* name, const char* version) {
  void* found = version != NULL ? dlvsym(RTLD_NEXT, name, version) : NULL;
  return found != NULL ? found : dlsym(RTLD_NEXT, name);
}

typedef long (*syscall_function)(long, ...);

// Other libraries may make system calls before this one is set up.
static syscall_function raw_syscall(void) {
  void* found = __atomic_load_n(&next_syscall, __ATOMIC_ACQUIRE);
  if (found == NULL) {
    found = next_symbol("syscall", NULL);
    __atomic_store_n(&next_syscall, found, __ATOMIC_RELEASE);
  }
  syscall_function real;
  *(void**)&real = found;
  return real;
}

// The first backtrace() loads a library and allocates, so it is done before anybody is under the realtime law.
__attribute__((constructor)) static void prepare(void) {
  void* frames[4];
  backtrace(frames, 4);
  raw_syscall();
}

static void write_raw(const char* text) { raw_syscall()(SYS_write, STDERR_FILENO, text, strlen(text)); }

static void report(const char* name) {
  const int depth_before = depth;
  depth = 0;
  if (__atomic_load_n(&mode, __ATOMIC_RELAXED) == RTGUARD_COUNT) {
    if (__atomic_fetch_add(&violations, 1, __ATOMIC_RELAXED) == 0)
      __atomic_store_n(&first_violation, name, __ATOMIC_RELAXED);
  } else {
    void* frames[48];
    write_raw("realtime violation: ");
    write_raw(name);
    write_raw("() was called between rtguard_enter() and rtguard_exit()\n");
    backtrace_symbols_fd(frames, backtrace(frames, 48), STDERR_FILENO);
    abort();
  }
  depth = depth_before;
}

static inline void check(const char* name) {
  if (__builtin_expect(depth > 0, 0)) report(name);
}

void rtguard_enter(void) { ++depth; }
void rtguard_exit(void) { --depth; }
int rtguard_depth(void) { return depth; }
void rtguard_set_mode(enum rtguard_mode wanted) {
  __atomic_store_n(&violations, 0, __ATOMIC_RELAXED);
  __atomic_store_n(&first_violation, "", __ATOMIC_RELAXED);
  __atomic_store_n(&mode, (int)wanted, __ATOMIC_RELAXED);
}
long rtguard_violations(void) { return __atomic_load_n(&violations, __ATOMIC_RELAXED); }
const char* rtguard_first_violation(void) { return __atomic_load_n(&first_violation, __ATOMIC_RELAXED); }

// What engine/realtime/realtime_section.hpp calls where it is there.
void busbar_realtime_enter(void) { rtguard_enter(); }
void busbar_realtime_exit(void) { rtguard_exit(); }

// ---- memory: through the names under which the C library keeps its own, since dlsym itself allocates ----

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
extern void __libc_free(void*);

void* malloc(size_t size) {
  check("malloc");
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  check("calloc");
  return __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) {
  check("realloc");
  return __libc_realloc(memory, size);
}
void free(void* memory) {
  if (memory == NULL) return;
  check("free");
  __libc_free(memory);
}
void* memalign(size_t alignment, size_t size) {
  check("memalign");
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  check("aligned_alloc");
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, size_t alignment, size_t size) {
  check("posix_memalign");
  void* found = __libc_memalign(alignment, size);
  if (found == NULL) return 12;  // ENOMEM
  *memory = found;
  return 0;
}

// ---- the rest: checked, then passed on ----

#define GUARD_VERSION(result, name, version, parameters, arguments) \
  result name parameters {                                          \
    static void* next;                                              \
    result(*real) parameters;                                       \
    check(#name);                                                   \
    void* found = __atomic_load_n(&next, __ATOMIC_ACQUIRE);         \
    if (found == NULL) {                                            \
      found = next_symbol(#name, version);                          \
      __atomic_store_n(&next, found, __ATOMIC_RELEASE);             \
    }                                                               \
    *(void**)&real = found;                                         \
    return real arguments;                                          \
  }
#define GUARD(result, name, parameters, arguments) GUARD_VERSION(result, name, NULL, parameters, arguments)

typedef const struct timespec* when;

GUARD(int, pthread_mutex_lock, (pthread_mutex_t * m), (m))
GUARD(int, pthread_mutex_timedlock, (pthread_mutex_t * m, when t), (m, t))
GUARD(int, pthread_mutex_clocklock, (pthread_mutex_t * m, clockid_t c, when t), (m, c, t))
GUARD(int, pthread_spin_lock, (pthread_spinlock_t * l), (l))
GUARD(int, pthread_rwlock_rdlock, (pthread_rwlock_t * l), (l))
GUARD(int, pthread_rwlock_wrlock, (pthread_rwlock_t * l), (l))
GUARD(int, pthread_rwlock_timedrdlock, (pthread_rwlock_t * l, when t), (l, t))
GUARD(int, pthread_rwlock_timedwrlock, (pthread_rwlock_t * l, when t), (l, t))
// Without the version an old, smaller kind of condition variable would be found.
GUARD_VERSION(int, pthread_cond_wait, "GLIBC_2.3.2", (pthread_cond_t * c, pthread_mutex_t* m), (c, m))
GUARD_VERSION(int, pthread_cond_timedwait, "GLIBC_2.3.2", (pthread_cond_t * c, pthread_mutex_t* m, when t), (c, m, t))
GUARD(int, pthread_cond_clockwait, (pthread_cond_t * c, pthread_mutex_t* m, clockid_t k, when t), (c, m, k, t))
GUARD(int, pthread_create, (pthread_t * t, const pthread_attr_t* a, void* (*f)(void*), void* x), (t, a, f, x))
GUARD(int, pthread_join, (pthread_t t, void** r), (t, r))
GUARD(int, sem_wait, (sem_t * s), (s))
GUARD(int, sem_timedwait, (sem_t * s, when t), (s, t))

GUARD(int, nanosleep, (when t, struct timespec* left), (t, left))
GUARD(int, clock_nanosleep, (clockid_t c, int flags, when t, struct timespec* left), (c, flags, t, left))
GUARD(int, usleep, (useconds_t t), (t))
GUARD(unsigned, sleep, (unsigned t), (t))
GUARD(int, poll, (struct pollfd * f, nfds_t n, int t), (f, n, t))
GUARD(int, select, (int n, fd_set* r, fd_set* w, fd_set* e, struct timeval* t), (n, r, w, e, t))

GUARD(ssize_t, read, (int f, void* to, size_t n), (f, to, n))
GUARD(ssize_t, write, (int f, const void* from, size_t n), (f, from, n))
GUARD(ssize_t, pread, (int f, void* to, size_t n, off_t at), (f, to, n, at))
GUARD(ssize_t, pwrite, (int f, const void* from, size_t n, off_t at), (f, from, n, at))
GUARD(int, close, (int f), (f))
GUARD(int, fsync, (int f), (f))
GUARD(void*, mmap, (void* a, size_t n, int p, int f, int d, off_t o), (a, n, p, f, d, o))
GUARD(int, munmap, (void* a, size_t n), (a, n))
GUARD(FILE*, fopen, (const char* name, const char* how), (name, how))
GUARD(FILE*, fopen64, (const char* name, const char* how), (name, how))
GUARD(int, fclose, (FILE * f), (f))
GUARD(size_t, fread, (void* to, size_t size, size_t n, FILE* f), (to, size, n, f))
GUARD(size_t, fwrite, (const void* from, size_t size, size_t n, FILE* f), (from, size, n, f))
GUARD(int, fflush, (FILE * f), (f))
GUARD(int, fputs, (const char* text, FILE* f), (text, f))
GUARD(int, puts, (const char* text), (text))
GUARD(int, fputc, (int c, FILE* f), (c, f))
GUARD(int, putc, (int c, FILE* f), (c, f))
GUARD(int, putchar, (int c), (c))
GUARD(int, vfprintf, (FILE * f, const char* how, va_list values), (f, how, values))

int vprintf(const char* how, va_list values) {
  check("vprintf");
  return vfprintf(stdout, how, values);
}
int printf(const char* how, ...) {
  check("printf");
  va_list values;
  va_start(values, how);
  const int written = vfprintf(stdout, how, values);
  va_end(values);
  return written;
}
int fprintf(FILE* f, const char* how, ...) {
  check("fprintf");
  va_list values;
  va_start(values, how);
  const int written = vfprintf(f, how, values);
  va_end(values);
  return written;
}

#define GUARD_OPEN(name)                                                            \
  int name(const char* path, int flags, ...) {                                      \
    check(#name);                                                                   \
    va_list more;                                                                   \
    va_start(more, flags);                                                          \
    const mode_t bits = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(more, mode_t) : 0; \
    va_end(more);                                                                   \
    return openat(AT_FDCWD, path, flags, bits);                                     \
  }
GUARD_OPEN(open)
GUARD_OPEN(open64)

// Reading the clock and waking another thread neither wait nor allocate; all other system calls may.
long syscall(long number, ...) {
  long a[6];
  va_list more;
  va_start(more, number);
  for (int i = 0; i < 6; ++i) a[i] = va_arg(more, long);
  va_end(more);
  const int wakes = number == SYS_futex && (a[1] & FUTEX_CMD_MASK) == FUTEX_WAKE;
  if (number != SYS_clock_gettime && !wakes) check("syscall");
  return raw_syscall()(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
