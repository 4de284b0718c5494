#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "cli/play/line.hpp"
#include "cli/play/screen.hpp"

namespace busbar::cli {

/// Where the person sits: screen, keys and the signals that end the program. There is one per process. The sound is on
/// other threads, and nothing here waits for a terminal that takes no more.
class Terminal {
 public:
  /// From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT ask to quit, and a reader of stdout that has gone is no end.
  /// Keys are read if stdin is a terminal. A screen is drawn if `want_screen` and stdout is one that can move its
  /// cursor.
  static std::unique_ptr<Terminal> open(bool want_screen);
  /// Gives the terminal back as it was.
  virtual ~Terminal() = default;

  virtual bool has_screen() const = 0;
  virtual bool has_keys() const = 0;
  /// What is printed to stderr would stand in the midst of the screen.
  virtual bool screen_has_errors() const = 0;
  virtual Look look() const = 0;
  virtual ScreenSize size() const = 0;
  /// Seconds on a clock that only goes forward.
  virtual double now_s() const = 0;

  /// Waits for keys or a signal and returns the bytes of the keys. Also stops and goes on as the shell asks.
  virtual std::string wait(double seconds) = 0;
  /// A signal asks to quit.
  virtual bool quit_asked() const = 0;
  /// Writes control codes to the screen. False if the terminal does not take them now; what it shows is then unknown.
  virtual bool draw(std::string_view codes) = 0;
  /// True once after the screen may have been written over by others.
  virtual bool take_spoilt() = 0;
  /// Wipes the screen and gives the terminal back; keys and screen end. May be called again.
  virtual void close() = 0;
};

/// While it lives, signals are kept from the calling thread and the threads that it starts. The audio thread is started
/// under it: a signal handler must not run there.
class WithoutSignals {
 public:
  WithoutSignals();
  ~WithoutSignals();
  WithoutSignals(const WithoutSignals&) = delete;
  WithoutSignals& operator=(const WithoutSignals&) = delete;

 private:
  struct Mask;
  std::unique_ptr<Mask> before_;
};

/// The process ends with `code` if it has not ended by itself after so many seconds, whatever hangs: the libraries of a
/// lost device, or a terminal that takes no more output.
void end_within(double seconds, int code);

}  // namespace busbar::cli
