#include "engine/devices/quiet_libraries.hpp"

#include <alsa/asoundlib.h>
#include <fcntl.h>
#include <jack/jack.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>

namespace busbar {

namespace {

/// Where stderr leads while it is shut.
struct Gate {
  std::mutex mutex;
  int shut = 0;  // how many want it so
  int kept = -1;
};
Gate gate;

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
  const std::lock_guard lock(gate.mutex);
  if (gate.shut++ > 0) return;
  gate.kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (gate.kept >= 0 && nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  if (nowhere >= 0) close(nowhere);
}

StderrShut::~StderrShut() {
  std::fflush(stderr);
  const std::lock_guard lock(gate.mutex);
  if (--gate.shut > 0 || gate.kept < 0) return;
  dup2(gate.kept, STDERR_FILENO);
  close(std::exchange(gate.kept, -1));
}

// A terminal may take nothing, so the gate is not held meanwhile.
void write_to_stderr(std::string_view text) noexcept {
  int descriptor = -1;
  {
    const std::lock_guard lock(gate.mutex);
    descriptor = fcntl(gate.kept >= 0 ? gate.kept : STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  }
  if (descriptor < 0) return;
  while (!text.empty()) {
    const auto written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  close(descriptor);
}

}  // namespace busbar
