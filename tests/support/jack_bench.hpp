#pragma once
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace busbar::test {

/// Planar samples: [channel][frame].
using Channels = std::vector<std::vector<float>>;

/// An audio device without a sound card: a JACK server of its own with the dummy driver. While it lives,
/// JACK_DEFAULT_SERVER names it, so that this process and its children find it and no other; only one at a time.
class JackServer {
 public:
  struct Options {
    int rate = 48000;
    int period = 128;
    int inputs = 2;
    int outputs = 8;
  };
  JackServer() : JackServer(Options{}) {}
  /// Starts it and waits until clients are let in. If it cannot, `running()` is false and `why_not()` says why.
  explicit JackServer(const Options& options);
  /// Kills it if need be, and takes away what it then leaves.
  ~JackServer();
  JackServer(const JackServer&) = delete;
  JackServer& operator=(const JackServer&) = delete;

  bool running() const noexcept { return pid_ > 0; }
  const std::string& why_not() const noexcept { return why_not_; }
  /// Its threads are realtime threads; else the system would not let them.
  bool realtime() const noexcept { return realtime_; }
  const std::string& name() const noexcept { return name_; }
  const Options& options() const noexcept { return options_; }

  /// SIGKILL, SIGTERM, SIGSTOP, SIGCONT. One that ends it is waited for.
  void kill(int signal);

 private:
  bool spawn(bool realtime);
  bool start(bool realtime);
  void end();
  void take_over_what_is_left();
  void clean_up();
  std::string log_text() const;

  Options options_;
  std::string name_;
  pid_t pid_ = -1;
  bool realtime_ = false;
  bool was_killed_ = false;
  std::string why_not_;
  std::FILE* log_ = nullptr;
  std::optional<std::string> default_before_;
};

/// A JACK client that keeps connecting named output ports ("busbar:out_0", …) to its inputs, whenever they appear, and
/// records what arrives.
class JackRecorder {
 public:
  JackRecorder(const JackServer& server, std::vector<std::string> ports);
  ~JackRecorder();
  JackRecorder(const JackRecorder&) = delete;
  JackRecorder& operator=(const JackRecorder&) = delete;

  bool running() const noexcept;
  /// All ports are connected now.
  bool connected() const noexcept;
  /// Frames that came while all ports were connected.
  std::int64_t frames() const noexcept;
  /// Ends, and returns what came since all ports were connected for the first time, one channel per port in their
  /// order.
  Channels stop();
  /// Frames that were lost because memory was not filled quickly enough: the samples have a gap for each run of them.
  std::int64_t overruns() const noexcept;

 private:
  struct Client;
  std::unique_ptr<Client> client_;
};

/// A cable: keeps an output port connected to an input port whenever both are there.
class JackCable {
 public:
  JackCable(const JackServer& server, std::string from, std::string to);
  ~JackCable();
  JackCable(const JackCable&) = delete;
  JackCable& operator=(const JackCable&) = delete;

  /// Both ends have been plugged in.
  bool connected() const noexcept;

 private:
  struct Client;
  std::unique_ptr<Client> client_;
};

/// A JACK client that plays samples into named input ports ("busbar:in_0", …) as soon as they appear, once, from the
/// first frame on; silence before and behind it.
class JackPlayer {
 public:
  /// One channel per port.
  JackPlayer(const JackServer& server, std::vector<std::string> ports, Channels samples);
  ~JackPlayer();
  JackPlayer(const JackPlayer&) = delete;
  JackPlayer& operator=(const JackPlayer&) = delete;

  bool running() const noexcept;
  bool connected() const noexcept;
  /// All frames have been played.
  bool done() const noexcept;

 private:
  struct Client;
  std::unique_ptr<Client> client_;
};

}  // namespace busbar::test
