#include "cli/play/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace busbar::cli {
namespace {

constexpr std::string_view kScreenBegins = "\033[?25l\033[H\033[2J";  // behind as many line breaks as it has lines
constexpr std::string_view kScreenEnds = "\033[0m\033[H\033[J\033[?25h";
/// From a signal to the end of the process at the latest. It usually takes a fraction of a second.
constexpr unsigned kSecondsFromSignal = 2;

/// What signal handlers touch: lock-free atomics, and values that stand before a handler is installed.
struct Signals {
  std::atomic<bool> quit{false};
  std::atomic<bool> stop{false};
  std::atomic<bool> resumed{false};
  std::atomic<int> exit_code{static_cast<int>(ExitCode::done)};
  std::atomic<bool> raw{false};  ///< stdin's modes are ours
  std::atomic<int> screen{-1};   ///< open on the screen, never blocks
  std::atomic<int> wake{-1};     ///< the writing end of the pipe that ends a wait
  termios modes_before{};
};
Signals g_signals;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void wake() {
  const int before = errno;
  const char byte = 0;
  if (const int pipe = g_signals.wake; pipe >= 0) [[maybe_unused]]
    const auto written = ::write(pipe, &byte, 1);
  errno = before;
}

void on_quit(int) {
  if (!g_signals.quit.exchange(true)) ::alarm(kSecondsFromSignal);
  wake();
}

void on_stop(int) {
  g_signals.stop = true;
  wake();
}

void on_resume(int) {
  g_signals.resumed = true;
  wake();
}

void on_resize(int) { wake(); }

// A background job that sets a terminal's modes is stopped by the system, so it leaves them alone.
bool in_foreground(int terminal) { return ::tcgetpgrp(terminal) == ::getpgrp(); }

// Async-signal-safe: it also runs when time is up.
void give_back_modes() {
  if (g_signals.raw.exchange(false) && in_foreground(STDIN_FILENO))
    ::tcsetattr(STDIN_FILENO, TCSANOW, &g_signals.modes_before);
}

void on_time_up(int) {
  give_back_modes();
  if (const int screen = g_signals.screen; screen >= 0) [[maybe_unused]]
    const auto written = ::write(screen, kScreenEnds.data(), kScreenEnds.size());
  ::_exit(g_signals.exit_code);
}

void install(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
}

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void install_all() {
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): it cannot fail
  install(SIGALRM, on_time_up);
  install(SIGINT, on_quit);
  install(SIGTERM, on_quit);
  install(SIGQUIT, on_quit);
  if (!is_ignored(SIGHUP)) install(SIGHUP, on_quit);  // nohup
  if (!is_ignored(SIGTSTP)) install(SIGTSTP, on_stop);
  install(SIGCONT, on_resume);
  install(SIGWINCH, on_resize);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return value == nullptr ? "" : value;
}

bool speaks_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = environment(name);
    if (value.empty()) continue;
    std::ranges::transform(value, value.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

bool can_draw() {
  const std::string term = environment("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && !term.empty() && term != "dumb";
}

class PosixTerminal final : public Terminal {
 public:
  explicit PosixTerminal(bool want_screen)
      : look_{.colours = environment("NO_COLOR").empty(), .utf8 = speaks_utf8()},
        keys_wanted_(::isatty(STDIN_FILENO) == 1),
        errors_on_screen_(::isatty(STDERR_FILENO) == 1) {
    open_pipe();
    if (want_screen && can_draw()) open_screen();
    install_all();
    take();
  }
  ~PosixTerminal() override {
    PosixTerminal::close();
    g_signals.wake = -1;
    for (const int end : pipe_)
      if (end >= 0) ::close(end);
  }

  bool has_screen() const override { return screen_ >= 0 && foreground_; }
  bool has_keys() const override { return keys_wanted_ && g_signals.raw; }
  bool screen_has_errors() const override { return has_screen() && errors_on_screen_; }
  Look look() const override { return look_; }
  ScreenSize size() const override;
  double now_s() const override {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  std::string wait(double seconds) override;
  bool quit_asked() const override { return g_signals.quit; }
  bool draw(std::string_view codes) override;
  bool take_spoilt() override { return std::exchange(spoilt_, false); }
  void close() override;

 private:
  void open_pipe();
  void open_screen();
  void take();
  void give_back();
  void stop_as_asked();
  std::string read_keys();
  bool flush_screen();

  Look look_;
  bool keys_wanted_;
  bool errors_on_screen_;
  bool foreground_ = false;
  bool saved_ = false;  ///< stdin's modes, in g_signals
  bool spoilt_ = true;
  int screen_ = -1;
  std::array<int, 2> pipe_{-1, -1};
  std::string unwritten_;
};

void PosixTerminal::open_pipe() {
  if (::pipe(pipe_.data()) != 0) return;  // a wait is then only ended by its time
  for (const int end : pipe_) {
    ::fcntl(end, F_SETFL, O_NONBLOCK);
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
  }
  g_signals.wake = pipe_[1];
}

// A descriptor of our own: not to wait for the terminal is then our setting alone, and not also the shell's.
void PosixTerminal::open_screen() {
  std::array<char, 256> name{};
  if (::ttyname_r(STDOUT_FILENO, name.data(), name.size()) != 0) return;
  screen_ = ::open(name.data(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

void PosixTerminal::take() {
  spoilt_ = true;
  foreground_ = screen_ >= 0 && in_foreground(STDOUT_FILENO);
  // Saved once: who goes on after a stop that nobody announced finds our own modes.
  if (keys_wanted_ && !saved_) saved_ = ::tcgetattr(STDIN_FILENO, &g_signals.modes_before) == 0;
  if (keys_wanted_ && saved_ && in_foreground(STDIN_FILENO)) {
    termios modes = g_signals.modes_before;
    modes.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);  // ISIG stays: Ctrl-C is a signal
    modes.c_cc[VMIN] = 0;
    modes.c_cc[VTIME] = 0;
    g_signals.raw = ::tcsetattr(STDIN_FILENO, TCSANOW, &modes) == 0;
  }
  if (!foreground_) return;
  g_signals.screen = screen_;
  // What stood there is scrolled away, and can be scrolled back to.
  draw(std::string(static_cast<std::size_t>(size().rows), '\n') + std::string(kScreenBegins));
}

void PosixTerminal::give_back() {
  if (foreground_) {
    g_signals.screen = -1;
    flush_screen();
    unwritten_ = kScreenEnds;
    if (!flush_screen()) std::fputs(unwritten_.c_str(), stdout);  // goes out with what is printed next
    unwritten_.clear();
    foreground_ = false;
  }
  give_back_modes();
}

void PosixTerminal::close() {
  give_back();
  keys_wanted_ = false;
  if (screen_ >= 0) ::close(screen_);
  screen_ = -1;
}

// Ctrl-Z: the terminal goes back to the shell, and comes to us again with SIGCONT.
void PosixTerminal::stop_as_asked() {
  give_back();
  std::signal(SIGTSTP, SIG_DFL);  // NOLINT(cert-err33-c): it cannot fail
  ::raise(SIGTSTP);
  install(SIGTSTP, on_stop);
  g_signals.resumed = false;
  take();
}

ScreenSize PosixTerminal::size() const {
  winsize size{};
  if (screen_ < 0 || ::ioctl(screen_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

std::string PosixTerminal::wait(double seconds) {
  std::array<pollfd, 2> sources{{{pipe_[0], POLLIN, 0}, {has_keys() ? STDIN_FILENO : -1, POLLIN, 0}}};
  ::poll(sources.data(), sources.size(), static_cast<int>(std::ceil(seconds * 1000.0)));
  std::array<char, 64> bytes{};
  while (::read(pipe_[0], bytes.data(), bytes.size()) > 0) continue;
  if (g_signals.stop.exchange(false)) stop_as_asked();
  if (g_signals.resumed.exchange(false)) take();  // stopped without being asked: the modes may be the shell's
  if (sources[1].revents == 0) return "";
  std::string keys = read_keys();
  if (keys.empty() && (sources[1].revents & POLLIN) == 0) keys_wanted_ = false;  // the terminal has gone
  return keys;
}

std::string PosixTerminal::read_keys() {
  std::string keys;
  std::array<char, 256> bytes{};
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (count > 0) keys.append(bytes.data(), static_cast<std::size_t>(count));
    if (count < 0 && errno != EINTR && errno != EAGAIN) keys_wanted_ = false;
    if (count < static_cast<ssize_t>(bytes.size())) return keys;
  }
}

bool PosixTerminal::draw(std::string_view codes) {
  if (!has_screen() || !flush_screen()) return false;
  unwritten_ = codes;
  flush_screen();  // what does not go now goes before the next
  return true;
}

// True if nothing is left.
bool PosixTerminal::flush_screen() {
  while (!unwritten_.empty()) {
    const ssize_t count = ::write(screen_, unwritten_.data(), unwritten_.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    unwritten_.erase(0, static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

std::unique_ptr<Terminal> Terminal::open(bool want_screen) { return std::make_unique<PosixTerminal>(want_screen); }

struct WithoutSignals::Mask {
  sigset_t set;
};

WithoutSignals::WithoutSignals() : before_(std::make_unique<Mask>()) {
  sigset_t ours;
  sigemptyset(&ours);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH, SIGALRM})
    sigaddset(&ours, signal);
  ::pthread_sigmask(SIG_BLOCK, &ours, &before_->set);
}

WithoutSignals::~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &before_->set, nullptr); }

void end_within(double seconds, int code) {
  g_signals.exit_code = code;
  install(SIGALRM, on_time_up);
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(seconds);
  timer.it_value.tv_usec = static_cast<suseconds_t>((seconds - std::floor(seconds)) * 1e6);
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace busbar::cli
