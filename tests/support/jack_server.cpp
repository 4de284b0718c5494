#include <fcntl.h>
#include <jack/jack.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/support/jack_bench.hpp"

namespace busbar::test {

namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr auto kStartLimit = std::chrono::seconds(20);
constexpr const char* kDefaultServer = "JACK_DEFAULT_SERVER";

void say_nothing(const char*) {}

bool lets_clients_in(const std::string& server) {
  constexpr auto options = static_cast<jack_options_t>(JackNoStartServer | JackServerName);
  jack_client_t* client = jack_client_open("bench-look", options, nullptr, server.c_str());
  if (client == nullptr) return false;
  jack_client_close(client);
  return true;
}

/// True if the child has ended, and has been reaped.
bool has_ended(pid_t pid) { return waitpid(pid, nullptr, WNOHANG) != 0; }

bool ends_within(pid_t pid, std::chrono::milliseconds limit) {
  const auto until = steady_clock::now() + limit;
  while (!has_ended(pid)) {
    if (steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// Of anybody, and not dead.
bool a_server_runs() {
  std::error_code ignored;
  for (const auto& process : fs::directory_iterator("/proc", ignored)) {
    std::string line;
    std::getline(std::ifstream(process.path() / "stat"), line);
    if (line.find(" (jackd") != std::string::npos && line.find(") Z") == std::string::npos) return true;
  }
  return false;
}

}  // namespace

JackServer::JackServer(const Options& options) : options_(options) {
  static int count = 0;
  name_ = "bb" + std::to_string(getpid()) + "-" + std::to_string(++count);
  if (const char* before = std::getenv(kDefaultServer)) default_before_ = before;
  setenv(kDefaultServer, name_.c_str(), 1);
  setenv("JACK_NO_START_SERVER", "1", 1);
  setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
  jack_set_error_function(say_nothing);
  jack_set_info_function(say_nothing);
  realtime_ = start(true);
  if (!realtime_ && why_not_.find("Too many servers") != std::string::npos && !a_server_runs()) {
    fs::remove("/dev/shm/jack-shm-registry");  // full of servers that crashed and cannot be anybody's
    realtime_ = start(true);
  }
  if (!realtime_) start(false);
}

JackServer::~JackServer() {
  end();
  clean_up();
  if (log_ != nullptr) std::fclose(log_);
  default_before_ ? setenv(kDefaultServer, default_before_->c_str(), 1) : unsetenv(kDefaultServer);
}

bool JackServer::spawn(bool realtime) {
  if (log_ != nullptr) std::fclose(log_);
  log_ = std::tmpfile();
  if (log_ == nullptr) return false;
  std::vector<std::string> words{"jackd", "-n", name_};
  if (realtime)
    words.insert(words.end(), {"-R", "-P70"});
  else
    words.emplace_back("-r");
  words.insert(words.end(), {"-d", "dummy", "-r", std::to_string(options_.rate), "-p", std::to_string(options_.period),
                             "-C", std::to_string(options_.inputs), "-P", std::to_string(options_.outputs)});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, fileno(log_), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, fileno(log_), STDERR_FILENO);
  const int error = posix_spawnp(&pid_, "jackd", &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (error == 0) return true;
  pid_ = -1;
  why_not_ = std::string("jackd could not be started (") + std::strerror(error) + "): install the package jackd2";
  return false;
}

bool JackServer::start(bool realtime) {
  if (!spawn(realtime)) return false;
  const auto until = steady_clock::now() + kStartLimit;
  while (!lets_clients_in(name_)) {
    const bool ended = has_ended(pid_);
    if (!ended && steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    why_not_ = (ended ? "jackd ended at once: " : "jackd lets no client in: ") + log_text();
    if (ended) pid_ = -1;
    end();
    return false;
  }
  why_not_.clear();
  return true;
}

std::string JackServer::log_text() const {
  std::string text(4096, '\0');
  std::rewind(log_);
  text.resize(std::fread(text.data(), 1, text.size(), log_));
  return text;
}

void JackServer::kill(int signal) {
  if (pid_ <= 0) return;
  was_killed_ |= signal == SIGKILL;
  ::kill(pid_, signal);
  if (signal != SIGKILL && signal != SIGTERM) return;
  if (!ends_within(pid_, std::chrono::seconds(5))) {
    was_killed_ = true;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

void JackServer::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGCONT);
  kill(SIGTERM);
}

// A server that was killed leaves memory, sockets and one of the eight places in JACK's registry. The next of its name
// takes all that over, and away when it ends properly.
void JackServer::take_over_what_is_left() {
  const fs::path socket = "/dev/shm/jack_" + name_ + "_" + std::to_string(getuid()) + "_0";
  std::error_code ignored;
  fs::remove(socket, ignored);
  if (!spawn(realtime_)) return;
  const auto until = steady_clock::now() + kStartLimit;
  while (!fs::exists(socket, ignored) && steady_clock::now() < until && !has_ended(pid_))
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  end();
}

void JackServer::clean_up() {
  if (was_killed_) take_over_what_is_left();
  std::error_code ignored;
  std::vector<fs::path> left;  // semaphores of clients that lost their server
  for (const auto& entry : fs::directory_iterator("/dev/shm", ignored))
    if (entry.path().filename().string().find("_" + name_ + "_") != std::string::npos) left.push_back(entry.path());
  for (const fs::path& path : left) fs::remove(path, ignored);
}

}  // namespace busbar::test
