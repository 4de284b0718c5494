#include "engine/devices/platform.hpp"

#include <sys/resource.h>

#include <csignal>

namespace busbar {

void prepare_process() {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace busbar
