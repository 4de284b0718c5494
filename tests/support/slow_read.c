#include "tests/support/slow_read.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;  // guards all below
static pthread_cond_t changed;
static int ready;  // the environment has been read
static char slow_file[PATH_MAX];
static char slow_reads[4096];
static long plan, count, waiting;
static int armed;  // also looked at without the mutex: without a plan reads are left alone

static void set_plan(const char* file, const char* reads) {
  snprintf(slow_file, sizeof slow_file, "%s", file != NULL ? file : "");
  snprintf(slow_reads, sizeof slow_reads, "%s", reads != NULL ? reads : "");
  ++plan;
  count = 0;
  __atomic_store_n(&armed, slow_file[0] != '\0', __ATOMIC_RELAXED);
}

__attribute__((constructor)) static void prepare(void) {
  pthread_mutex_lock(&mutex);
  if (!ready) {
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &clock);
    pthread_condattr_destroy(&clock);
    set_plan(getenv("BUSBAR_SLOW_FILE"), getenv("BUSBAR_SLOW_READS"));
    ready = 1;
  }
  pthread_mutex_unlock(&mutex);
}

void slow_read_plan(const char* file, const char* reads) {
  pthread_mutex_lock(&mutex);
  set_plan(file, reads);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}

static long locked(const long* value) {
  pthread_mutex_lock(&mutex);
  const long now = *value;
  pthread_mutex_unlock(&mutex);
  return now;
}

long slow_read_count(void) { return locked(&count); }
long slow_read_waiting(void) { return locked(&waiting); }

// What the plan says of read `number`, in seconds.
static double delay_of(long number) {
  for (const char* at = slow_reads; at != NULL && *at != '\0';) {
    double seconds = 0.0;
    long which = 0;
    if (sscanf(at, "every:%lf", &seconds) == 1) return seconds;
    if (sscanf(at, "%ld:%lf", &which, &seconds) == 2 && which == number) return seconds;
    at = strchr(at, ',');
    if (at != NULL) ++at;
  }
  return 0.0;
}

static int is_slow(int fd) {
  char link[64], target[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, target, sizeof target - 1);
  if (length <= 0) return 0;
  target[length] = '\0';
  return strstr(target, slow_file) != NULL;
}

static void wait_for(double seconds) {
  struct timespec end;
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double whole = (double)(long)seconds;
  end.tv_sec += (time_t)whole;
  end.tv_nsec += (long)((seconds - whole) * 1e9);
  if (end.tv_nsec >= 1000000000L) {
    end.tv_nsec -= 1000000000L;
    ++end.tv_sec;
  }
  ++waiting;
  for (const long of = plan; of == plan;)
    if (pthread_cond_timedwait(&changed, &mutex, &end) == ETIMEDOUT) break;
  --waiting;
}

static void maybe_wait(int fd) {
  if (!__atomic_load_n(&armed, __ATOMIC_RELAXED)) return;
  const int before = errno;
  pthread_mutex_lock(&mutex);
  if (ready && slow_file[0] != '\0' && is_slow(fd)) {
    const double seconds = delay_of(count++);
    if (seconds > 0.0) wait_for(seconds);
  }
  pthread_mutex_unlock(&mutex);
  errno = before;
}

// A symbol of the C library, or of what else stands in front of it, as a function.
#define NEXT(name) (*(__typeof__(&name))next_symbol(#name))

static void* next_symbol(const char* name) {
  void* found = dlsym(RTLD_NEXT, name);
  if (found == NULL) abort();
  return found;
}

ssize_t read(int fd, void* to, size_t size) {
  maybe_wait(fd);
  return NEXT(read)(fd, to, size);
}

ssize_t pread(int fd, void* to, size_t size, off_t at) {
  maybe_wait(fd);
  return NEXT(pread)(fd, to, size, at);
}

ssize_t pread64(int fd, void* to, size_t size, off64_t at) {
  maybe_wait(fd);
  return NEXT(pread64)(fd, to, size, at);
}

ssize_t readv(int fd, const struct iovec* parts, int number) {
  maybe_wait(fd);
  return NEXT(readv)(fd, parts, number);
}

// What the C library's headers make of `read` where the compiler knows how much room there is.
ssize_t __read_chk(int fd, void* to, size_t size, size_t room) {
  if (size > room) abort();
  return read(fd, to, size);
}
