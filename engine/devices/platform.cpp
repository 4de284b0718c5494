#include "engine/devices/platform.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <system_error>
#include <thread>

namespace busbar {

namespace {

constexpr std::size_t kLockedStack = std::size_t{1} << 20;

/// Whether the process has CAP_IPC_LOCK: it may lock memory whatever the limit says. Root in a container may not have
/// it.
bool may_pass_lock_limit() {
  constexpr unsigned kIpcLock = 14;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "CapEff:") {
      std::uint64_t capabilities = 0;
      status >> std::hex >> capabilities;
      return (capabilities >> kIpcLock & 1U) != 0;
    }
  return false;
}

bool may_lock_all() {
  rlimit locked{};
  const bool known = getrlimit(RLIMIT_MEMLOCK, &locked) == 0;
  return (known && locked.rlim_cur == RLIM_INFINITY) || may_pass_lock_limit();
}

/// The highest SCHED_FIFO priority that the calling thread is given, 0 if none. `error` says why not.
int try_fifo(int& error) {
  for (int priority = sched_get_priority_max(SCHED_FIFO); priority > 0; --priority) {
    const sched_param wanted{.sched_priority = priority};
    error = pthread_setschedparam(pthread_self(), SCHED_FIFO, &wanted);
    if (error == 0) return priority;
  }
  return 0;
}

}  // namespace

void prepare_process() {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

RealtimeAbility test_realtime() {
  RealtimeAbility ability;
  int error = 0;
  try {
    std::thread([&] { ability.highest_priority = try_fifo(error); }).join();
  } catch (const std::system_error& e) {
    error = e.code().value();
  }
  ability.may_run_fifo = ability.highest_priority > 0;
  ability.may_lock_memory = may_lock_all();
  if (!ability.may_run_fifo) ability.why_not = "SCHED_FIFO: " + std::generic_category().message(error);
  if (!ability.may_lock_memory)
    ability.why_not += std::string(ability.why_not.empty() ? "" : "; ") + "locking memory: there is a limit on it";
  return ability;
}

bool lock_memory() {
  // From here on whole stacks are kept in memory, and the usual 8 MB of each reader thread would be many.
  pthread_attr_t attributes;
  if (pthread_getattr_default_np(&attributes) == 0) {
    if (pthread_attr_setstacksize(&attributes, kLockedStack) == 0) pthread_setattr_default_np(&attributes);
    pthread_attr_destroy(&attributes);
  }
  return mlockall(may_lock_all() ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT) == 0;
}

}  // namespace busbar
