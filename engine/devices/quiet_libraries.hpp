#pragma once
#include <string_view>

namespace busbar {

/// Keeps the libraries of sound and MIDI from writing to stderr, and JACK's from starting a server. To be called before
/// each use of them, since some put their own printing back; PortAudio too puts a hook of its own into JACK's.
void quiet_libraries() noexcept;

/// While it lives, what this process writes to stderr is lost, but for `write_to_stderr`. PortAudio prints what went
/// wrong inside and cannot be told not to; so this stands around calls that open, start or close, and never waits
/// longer than they are given. Several may live at once.
class StderrShut {
 public:
  StderrShut() noexcept;
  ~StderrShut();
  StderrShut(const StderrShut&) = delete;
  StderrShut& operator=(const StderrShut&) = delete;
};

/// Writes to stderr, also while that is shut. Any thread.
void write_to_stderr(std::string_view text) noexcept;

}  // namespace busbar
