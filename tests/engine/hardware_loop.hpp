#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sessions/edit_parts.hpp"
#include "tests/support/insert_signals.hpp"
#include "tests/support/mixer_builder.hpp"

namespace busbar::test {

/// A cable, or what stands at its end: one output of the console comes back into one input, `delay` frames later.
struct Gear {
  int output = 3;
  int input = 1;
  Frames delay = 256;
  std::function<float(double x, Frames frame)> sound = [](double x, Frames) { return static_cast<float>(x); };
};

/// A console with gear between its outputs and its inputs. Blocks may not be longer than the shortest delay.
class Desk {
 public:
  Desk(const MixerBuilder& builder, std::vector<Gear> gear, int inputs = 4, int outputs = 4)
      : gear_(std::move(gear)),
        console(builder, edit_parts, {},
                {.inputs = inputs, .outputs = outputs, .input = [this](int channel, Frames frame) {
                   return comes_in(channel, frame);
                 }}) {}

  const std::vector<double>& out(int channel) { return console.rendered.strips["out" + std::to_string(channel)][0]; }
  const std::vector<double>& left(const std::string& strip) const { return console.rendered.left(strip); }
  const std::vector<double>& right(const std::string& strip) const { return console.rendered.right(strip); }
  /// The answers to all pings so far: frames, or a negative number.
  std::vector<Frames> answers() const {
    std::vector<Frames> frames;
    for (const Event& event : console.rendered.events)
      if (event.kind == Event::Kind::ping_heard) frames.push_back(event.length);
    return frames;
  }

 private:
  float comes_in(int channel, Frames frame) {
    float sum = 0.0f;
    for (const Gear& gear : gear_) {
      if (gear.input != channel) continue;
      const std::vector<double>& sent = out(gear.output);
      const Frames at = frame - gear.delay;
      sum += gear.sound(at < 0 ? 0.0 : sent[static_cast<std::size_t>(at)], frame);
    }
    return sum;
  }

  std::vector<Gear> gear_;

 public:
  Console console;
};

using Params = std::map<std::string, ParamValue>;

/// `hw` on outputs 3 and 4 and inputs 1 and 2, with that latency.
inline InsertSlot stereo_gear(double latency, Params more = {}) {
  more.merge(Params{{"send_left", 3.0},
                    {"send_right", 4.0},
                    {"return_left", 1.0},
                    {"return_right", 2.0},
                    {"latency_samples", latency}});
  return slot("hw", "hardware_insert", std::move(more));
}

/// `hw` on output 3 and input 1.
inline InsertSlot mono_gear(double latency, Params more = {}) {
  more.merge(Params{{"send_left", 3.0}, {"return_left", 1.0}, {"latency_samples", latency}});
  return slot("hw", "hardware_insert", std::move(more));
}

inline std::vector<Gear> two_cables(Frames delay) { return {{3, 1, delay}, {4, 2, delay}}; }

/// The largest difference of two signals, the second `late` frames behind the first, from frame `from` on.
inline double difference(const std::vector<double>& a, const std::vector<double>& b, Frames late, Frames from = 0) {
  double most = 0.0;
  for (std::size_t n = static_cast<std::size_t>(from); n < a.size() && n + static_cast<std::size_t>(late) < b.size();
       ++n)
    most = std::max(most, std::fabs(b[n + static_cast<std::size_t>(late)] - a[n]));
  return most;
}

/// The largest second difference: what a click is made of.
inline double roughness(const std::vector<double>& x, std::size_t from = 1, std::size_t to = ~std::size_t{0}) {
  double most = 0.0;
  for (std::size_t n = std::max<std::size_t>(from, 1); n + 1 < std::min(to, x.size()); ++n)
    most = std::max(most, std::fabs(x[n + 1] - 2.0 * x[n] + x[n - 1]));
  return most;
}

inline double peak(const std::vector<double>& x, std::size_t from = 0, std::size_t to = ~std::size_t{0}) {
  double most = 0.0;
  for (std::size_t n = from; n < std::min(to, x.size()); ++n) most = std::max(most, std::fabs(x[n]));
  return most;
}

}  // namespace busbar::test
