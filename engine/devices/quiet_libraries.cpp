#include "engine/devices/quiet_libraries.hpp"

#include <alsa/asoundlib.h>
#include <fcntl.h>
#include <jack/jack.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace busbar {

namespace {

void say_nothing(const char*) {}

// NOLINTNEXTLINE(cert-dcl50-cpp): the shape that ALSA asks for
void say_nothing_of_alsa(const char*, int, const char*, int, const char*, ...) {}

}  // namespace

void quiet_libraries() noexcept {
  static std::once_flag once;
  std::call_once(once, [] { setenv("JACK_NO_START_SERVER", "1", 1); });
  snd_lib_error_set_handler(say_nothing_of_alsa);
  jack_set_error_function(say_nothing);
  jack_set_info_function(say_nothing);
}

StderrShut::StderrShut() noexcept {
  std::fflush(stderr);
  kept_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (kept_ >= 0 && nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  if (nowhere >= 0) close(nowhere);
}

StderrShut::~StderrShut() {
  if (kept_ < 0) return;
  std::fflush(stderr);
  dup2(kept_, STDERR_FILENO);
  close(kept_);
}

}  // namespace busbar
