#include "engine/device_watch.hpp"

#include <algorithm>
#include <cstdio>

namespace busbar {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kNotice = 0.08;  // seconds without a callback that are spoken of, if the blocks are short
constexpr double kLost = 1.0;     // … and after which the device counts as lost
constexpr double kLongestLook =
    0.02;                        // a look that comes later than this was itself held up, so the device may have been
constexpr double kWindow = 1.0;  // seconds over which a load is taken

double seconds_of(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::string text_of(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

}  // namespace

std::vector<Error> DeviceWatch::look(const AudioDevice& device) {
  std::vector<Error> words;
  const auto now = Clock::now();
  const double passed = last_look_ ? seconds_of(now - *last_look_) : 0.0;
  last_look_ = now;
  const CallbackCounts counts = device.counts();
  longest_block_ = std::max({longest_block_, counts.longest_block, device.format().block});
  if (!device.alive()) {
    lost_ = true;
    words.push_back({"device " + name_, "is gone", "check the interface and the sound server, then play again"});
    return words;
  }
  if (counts.callbacks != callbacks_) {
    callbacks_ = counts.callbacks;
    if (silent_)
      words.push_back({"device " + name_, "goes on after " + text_of(quiet_s_), "its sound was missing so long"});
    quiet_s_ = 0.0;
    silent_ = false;
    return words;
  }
  quiet_s_ += std::min(passed, kLongestLook);
  const double period = longest_block_ / std::max(device.format().sample_rate, 1.0);
  if (!silent_ && quiet_s_ > std::max(kNotice, 3.0 * period)) {
    silent_ = true;
    words.push_back({"device " + name_, "has asked for no sound for " + text_of(quiet_s_),
                     "waiting; check the interface and the sound server"});
  }
  if (quiet_s_ > kLost) {
    lost_ = true;
    words.push_back(
        {"device " + name_, "stopped asking for sound", "check the interface and the sound server, then play again"});
  }
  return words;
}

double LoadMeter::follow(double cpu_s) {
  const auto now = Clock::now();
  const double passed = since_ ? seconds_of(now - *since_) : 0.0;
  if (!since_ || passed >= kWindow) {
    if (since_) load_ = (cpu_s - cpu_s_) / passed;
    since_ = now;
    cpu_s_ = cpu_s;
  }
  return load_;
}

}  // namespace busbar
