#pragma once
#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/insert_host.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"

// What the tests of dynamics processors have in common: signals whose level a detector sees without ripple, and the
// gain read from what comes out.
namespace busbar::test {

inline constexpr double kDynamicsRates[] = {44100.0, 48000.0, 96000.0, 192000.0};

using Setting = std::pair<std::string_view, float>;

/// Start values but for those named.
inline std::vector<float> values_with(const InsertType& type, std::initializer_list<Setting> settings) {
  std::vector<float> values = start_values(type);
  for (const auto& [key, value] : settings) {
    const ParamSpec* spec = find_param(type, key);
    EXPECT_NE(spec, nullptr) << key;
    if (spec != nullptr) values[spec->index] = value;
  }
  return values;
}

/// A carrier of constant magnitude: +A, +A, -A, -A.
inline std::vector<float> square_carrier(std::size_t frames, double level_db) {
  const auto a = static_cast<float>(std::pow(10.0, level_db / 20.0));
  std::vector<float> signal(frames);
  for (std::size_t i = 0; i < frames; ++i) signal[i] = i % 4 < 2 ? a : -a;
  return signal;
}

/// The same from `before` to `after` at frame `at`.
inline std::vector<float> square_step(std::size_t frames, std::size_t at, double before_db, double after_db) {
  std::vector<float> signal = square_carrier(frames, before_db);
  const std::vector<float> later = square_carrier(frames, after_db);
  std::copy(later.begin() + static_cast<std::ptrdiff_t>(at), later.end(),
            signal.begin() + static_cast<std::ptrdiff_t>(at));
  return signal;
}

/// out/in in dB at each frame; `in` has no zero.
inline std::vector<double> gain_course(const std::vector<float>& in, const std::vector<float>& out,
                                       std::size_t latency = 0) {
  std::vector<double> gain(out.size() - latency);
  for (std::size_t i = 0; i < gain.size(); ++i)
    gain[i] = db_of(static_cast<double>(out[i + latency]) / static_cast<double>(in[i]));
  return gain;
}

/// Frames from `at` until 63.2 % of the way from the gain before `at` to the one at `end` is done, the crossing found
/// between two frames. The frame of the step itself is one frame of the way done.
inline double t63_frames(const std::vector<double>& gain_db, std::size_t at, std::size_t end) {
  const double from = gain_db[at - 1], to = gain_db[end - 1], mark = from + (to - from) * (1.0 - std::exp(-1.0));
  for (std::size_t i = at; i < end; ++i) {
    if ((gain_db[i] - mark) * (to - from) < 0.0) continue;
    const double before = gain_db[i - 1];
    return static_cast<double>(i - at) + (mark - before) / (gain_db[i] - before);
  }
  return std::numeric_limits<double>::infinity();
}

/// Mono through a type from where it starts, but for the settings.
inline std::vector<float> rendered(const InsertType& type, double rate, const std::vector<float>& params,
                                   const std::vector<float>& in) {
  InsertHost host(type, {.sample_rate = rate, .channels = 1, .params = params});
  return host.run({in}, every(kSlice))[0];
}

/// The largest error of a time in parts of what the panel says, where one sample either way counts as none.
inline double time_error(double measured_frames, double wanted_frames) {
  const double off = std::fabs(measured_frames - wanted_frames);
  return off <= 1.0 ? 0.0 : off / wanted_frames;
}

/// From `first` to `last` in equal steps.
inline std::vector<double> levels(double first, double last, double step) {
  std::vector<double> all;
  for (int k = 0; first + k * step <= last + 1e-9; ++k) all.push_back(first + k * step);
  return all;
}

/// The loudest bin from `hz` on.
inline double highest_db_above(const Spectrum& spectrum, double hz) {
  const auto first = static_cast<std::ptrdiff_t>(std::ceil(hz / spectrum.bin_hz()));
  return db_of(*std::max_element(spectrum.amplitudes.begin() + first, spectrum.amplitudes.end()));
}

/// All harmonics of `hz` up to half the rate, the tone itself among them.
inline std::vector<double> harmonics_of(double hz, double rate) {
  std::vector<double> all{0.0};
  for (int k = 1; k * hz < rate / 2.0; ++k) all.push_back(k * hz);
  return all;
}

}  // namespace busbar::test
