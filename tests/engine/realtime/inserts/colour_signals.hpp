#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/insert_host.hpp"
#include "tests/support/measure.hpp"
#include "tests/support/measured.hpp"

// What the tests of limiter, saturation, delay and chorus have in common.
namespace busbar::test {

inline constexpr double kColourRates[] = {44100.0, 48000.0, 96000.0, 192000.0};

inline const InsertType& type_of(std::string_view key) { return *find_insert_type(key); }

/// Start values of a type but for those named.
inline std::vector<float> params_of(std::string_view key,
                                    std::initializer_list<std::pair<std::string_view, double>> settings) {
  std::vector<float> values = start_values(type_of(key));
  for (const auto& [name, value] : settings) {
    const ParamSpec* spec = find_param(type_of(key), name);
    EXPECT_NE(spec, nullptr) << name;
    if (spec != nullptr) values[spec->index] = static_cast<float>(value);
  }
  return values;
}

inline ParamIndex index_of(std::string_view key, std::string_view name) {
  return find_param(type_of(key), name)->index;
}

/// One channel through a mono instance.
inline std::vector<float> through(std::string_view key, double rate, const std::vector<float>& params,
                                  const std::vector<double>& in) {
  InsertHost host(type_of(key), {.sample_rate = rate, .channels = 1, .params = params});
  return host.run({to_float(in)}, every(kSlice))[0];
}

/// The last `count` samples, in 64 bit.
inline std::vector<double> end_of(const std::vector<float>& signal, std::size_t count) {
  return {signal.end() - static_cast<std::ptrdiff_t>(count), signal.end()};
}

/// The frequency nearest to `hz` of which `frames` hold a whole number of periods.
inline double on_bin(double hz, double rate, std::size_t frames) {
  const double bin = rate / static_cast<double>(frames);
  return std::round(hz / bin) * bin;
}

/// Amplitude of what a signal holds of a frequency that is on a bin.
inline double amplitude_at(const std::vector<double>& signal, double hz, double rate) {
  const std::complex<double> step = std::polar(1.0, -2.0 * std::numbers::pi * hz / rate);
  std::complex<double> turn = 1.0, sum = 0.0;
  for (const double x : signal) {
    sum += x * turn;
    turn *= step;
  }
  return (hz == 0.0 ? 1.0 : 2.0) * std::abs(sum) / static_cast<double>(signal.size());
}

/// Modified Bessel function of order zero: the Kaiser window's.
inline double kaiser(double place, double beta) {
  const auto i0 = [](double x) {
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 100; ++k) sum += term *= (0.5 * x / k) * (0.5 * x / k);
    return sum;
  };
  return std::fabs(place) < 1.0 ? i0(beta * std::sqrt(1.0 - place * place)) / i0(beta) : 0.0;
}

/// A low-pass of linear phase, `side` taps to either side, without its delay.
inline std::vector<double> low_passed(const std::vector<double>& in, double cutoff_hz, double rate, int side = 120) {
  std::vector<double> taps(static_cast<std::size_t>(2 * side + 1)), out(in.size());
  for (int k = -side; k <= side; ++k) {
    const double angle = 2.0 * std::numbers::pi * cutoff_hz / rate * k;
    const double sinc = k == 0 ? 1.0 : std::sin(angle) / angle;
    taps[static_cast<std::size_t>(k + side)] = 2.0 * cutoff_hz / rate * sinc * kaiser(double(k) / (side + 1), 9.0);
  }
  const auto frames = static_cast<int>(in.size());
  for (int i = 0; i < frames; ++i)
    for (int k = std::max(-side, i - frames + 1); k <= std::min(side, i); ++k)
      out[static_cast<std::size_t>(i)] +=
          taps[static_cast<std::size_t>(k + side)] * in[static_cast<std::size_t>(i - k)];
  return out;
}

}  // namespace busbar::test
