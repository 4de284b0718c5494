// capture FILE PERIOD CHANNELS COMMAND...: runs a command beside a pretended sound card and keeps what it plays on its
// first outputs: 32-bit float, interleaved, from when they are there. Its exit status is the command's.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tests/support/jack_bench.hpp"

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const busbar::test::JackServer server({.rate = 48000, .period = std::atoi(argv[2]), .inputs = 2, .outputs = 8});
  if (!server.running()) {
    std::fprintf(stderr, "capture: %s\n", server.why_not().c_str());
    return 2;
  }
  std::vector<std::string> ports;
  for (int c = 0; c < std::atoi(argv[3]); ++c) ports.push_back("busbar:out_" + std::to_string(c));
  busbar::test::JackRecorder recorder(server, ports);
  pid_t child = -1;
  int status = 0;
  if (posix_spawnp(&child, argv[4], nullptr, nullptr, argv + 4, environ) != 0) return 2;
  if (waitpid(child, &status, 0) != child) return 2;
  const busbar::test::Channels heard = recorder.stop();
  if (recorder.overruns() > 0) {
    std::fprintf(stderr, "capture: what came was not kept, the machine is too busy\n");
    return 2;
  }
  std::FILE* file = std::fopen(argv[1], "wb");
  if (file == nullptr) return 2;
  for (std::size_t n = 0; n < heard.front().size(); ++n)
    for (const std::vector<float>& channel : heard) std::fwrite(&channel[n], sizeof(float), 1, file);
  if (std::fclose(file) != 0) return 2;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
