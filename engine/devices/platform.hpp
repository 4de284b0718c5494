#pragma once
#include <string>

namespace busbar {

/// Sets up what the process needs of its system: as many open files as it is allowed, and a limit on file size that is
/// an error of writing instead of the end.
void prepare_process();

/// What this process may do for its audio thread.
struct RealtimeAbility {
  bool may_run_fifo = false;  ///< a thread may have SCHED_FIFO
  int highest_priority = 0;   ///< with at most this priority; 0: none
  bool may_lock_memory = false;
  std::string why_not;  ///< of what is missing, in the system's words; empty if nothing is
};

/// Tries it on a thread that lives only for that; nothing of the process changes.
RealtimeAbility test_realtime();

/// Keeps the memory of the process from being paged out: all that it has and will have, if it may lock without a limit,
/// else only what it has now, since a limit would make memory run out later. True if that holds.
bool lock_memory();

}  // namespace busbar
