#pragma once

namespace busbar {

/// While it lives, what this thread says to JACK in parting counts as said. PortAudio asserts that JACK takes each step
/// of it, and would end the process when a server dies just then; nothing depends on the answers any more.
class JackFarewell {
 public:
  JackFarewell() noexcept;
  ~JackFarewell();
  JackFarewell(const JackFarewell&) = delete;
  JackFarewell& operator=(const JackFarewell&) = delete;
};

}  // namespace busbar
