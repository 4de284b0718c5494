#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "sessions/edit_parts.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/mixer_builder.hpp"

// A console of sines of 997 Hz, on which any click shows as a bend that no sine has.
namespace busbar::test {

inline constexpr double kRate = 48000.0;
inline constexpr double kOmega = 2.0 * std::numbers::pi * 997.0 / kRate;
inline constexpr double kFade = 960.0;    // of ways, faders and what an insert blends
inline constexpr double kSwitch = 480.0;  // of mutes and solos

/// The largest second difference of a signal from frame `from` on: what a click has much of and a sine little.
inline double roughness(const std::vector<double>& y, std::size_t from = 0) {
  double worst = 0.0;
  for (std::size_t n = from + 1; n + 1 < y.size(); ++n)
    worst = std::max(worst, std::fabs(y[n + 1] - 2.0 * y[n] + y[n - 1]));
  return worst;
}

/// Where that is.
inline std::size_t roughest(const std::vector<double>& y, std::size_t from) {
  std::size_t at = from + 1;
  for (std::size_t n = from + 1; n + 1 < y.size(); ++n)
    if (std::fabs(y[n + 1] - 2.0 * y[n] + y[n - 1]) > std::fabs(y[at + 1] - 2.0 * y[at] + y[at - 1])) at = n;
  return at;
}

/// What a sine of 997 Hz may have at most that goes from one amplitude to another, `most` the larger, in `frames`.
inline double allowed(double most, double frames) {
  return 1.05 * most * (kOmega * kOmega + 4.0 * kOmega / frames + 2.0 / frames);
}

inline Edit batch(std::vector<Edit> edits) {
  Edit all;
  all.op = EditOp::batch;
  all.edits = std::move(edits);
  return all;
}

inline Edit step(EditOp op) {
  Edit edit;
  edit.op = op;
  return edit;
}

/// Sines of 997 Hz through two groups, an aux and a cue; what the tracks do adds up to one sine everywhere.
inline MixerBuilder sines() {
  MixerBuilder builder;
  builder.bus("g1", StripKind::group, "g2").bus("g2", StripKind::group).bus("fx", StripKind::aux);
  builder.bus("cue1", StripKind::cue, "");
  const ToneSource tone{.hz = 997.0, .level = {-18.0}, .extras = {}};
  builder.tone("a", tone, "g1").tone("b", tone, "g2").tone("in", tone);
  builder.edit("in", [](Strip& s) { s.source = InputSource{.channels = {1}, .extras = {}}; });
  builder.insert("a", slot("i1", "utility", {{"gain_db", -3.0}})).insert("a", slot("i2", "low_cut"));
  builder.insert("a", slot("i3", "utility", {{"latency_samples", 13.0}}));
  builder.insert("g2", slot("d", "utility", {{"delay_samples", 5.0}})).insert("fx", slot("cut", "low_cut"));
  builder.send("a", "fx", Tap::post, -6).send("b", "fx", Tap::pre, -9).send("a", "cue1", Tap::input);
  builder.edit("b", [](Strip& s) { s.pan = 0.4; });
  return builder;
}

inline constexpr std::array kHeard{"a", "b", "in", "g1", "g2", "fx", "cue1", "master"};

inline Console sine_console(const MixerBuilder& builder) {
  return Console(builder, edit_parts, {"g9", "t9"},
                 {.inputs = 2, .input = [](int channel, Frames frame) {
                    return static_cast<float>(0.1 * channel * std::sin(kOmega * static_cast<double>(frame)));
                  }});
}

/// The amplitude of each strip in a steady console.
inline std::map<std::string, double> amplitudes(const Mixer& mixer, const MixerBuilder& builder) {
  MixerBuilder steady = builder;
  steady.mixer = mixer;
  Console console = sine_console(steady);
  console.run(16000, {1600});
  std::map<std::string, double> most;
  for (const auto& [id, sides] : console.rendered.strips)
    for (const auto& side : sides)
      most[id] = std::max(most[id], peak(std::vector<double>(side.begin() + 14000, side.end())));
  return most;
}

}  // namespace busbar::test
