#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <string_view>
#include <vector>

#include "tests/support/insert_host.hpp"
#include "tests/support/measure.hpp"

// What a linear processor does to each frequency, and the analogue prototypes to hold against it.
namespace busbar::test {

inline constexpr double kRates[] = {44100.0, 48000.0, 96000.0, 192000.0};

/// Start values with some changed: {{"band1_on", 1.0f}, …}.
using Settings = std::vector<std::pair<std::string_view, float>>;
inline std::vector<float> with(const InsertType& type, const Settings& settings) {
  std::vector<float> params = start_values(type);
  for (const auto& [key, value] : settings) params[find_param(type, key)->index] = value;
  return params;
}

/// The magnitude in dB at bins of a Fourier transform of the impulse response, which is as long as `seconds` needs.
struct Response {
  double rate = 0.0;
  std::vector<double> db;

  double hz(std::size_t bin) const {
    return static_cast<double>(bin) * rate / (2.0 * static_cast<double>(db.size() - 1));
  }
  /// The largest deviation from `expected` dB at frequencies from `low` to `high`.
  double worst(double low, double high, const std::function<double(double)>& expected) const {
    double worst = 0.0;
    for (std::size_t k = 1; k < db.size(); ++k)
      if (hz(k) >= low && hz(k) <= high) worst = std::max(worst, std::fabs(db[k] - expected(hz(k))));
    return worst;
  }
};

inline Response response_of(const InsertType& type, const std::vector<float>& params, double rate, double seconds) {
  const auto size = std::bit_ceil(static_cast<std::size_t>(std::max(2048.0, seconds * rate)));
  InsertHost host(type, {.sample_rate = rate, .channels = 1, .params = params});
  const auto impulse_response = host.run(impulse(1, static_cast<int>(size), 0, 1.0f), every(kSlice))[0];
  std::vector<std::complex<double>> bins(impulse_response.begin(), impulse_response.end());
  fft(bins);
  Response response{.rate = rate, .db = std::vector<double>(size / 2 + 1)};
  for (std::size_t k = 0; k < response.db.size(); ++k) response.db[k] = db_of(std::abs(bins[k]));
  return response;
}

/// The level of one frequency, of a response to an impulse of 1: one bin in 64 bit.
inline double level_at(const std::vector<float>& impulse_response, double hz, double rate) {
  const std::complex<double> step = std::polar(1.0, -2.0 * std::numbers::pi * hz / rate);
  std::complex<double> sum = 0.0;
  for (auto h = impulse_response.rbegin(); h != impulse_response.rend(); ++h)
    sum = sum * step + static_cast<double>(*h);
  return db_of(std::abs(sum));
}

/// Prototypes over s = j·f/f0.
using Complex = std::complex<double>;
inline double bell_db(double ratio, double gain_db, double q) {
  const Complex s(0.0, ratio);
  const double a = std::pow(10.0, gain_db / 40.0);
  return db_of(std::abs((s * s + s * a / q + 1.0) / (s * s + s / (a * q) + 1.0)));
}
inline double low_shelf_db(double ratio, double gain_db, double q) {
  const Complex s(0.0, ratio);
  const double a = std::pow(10.0, gain_db / 40.0), root = std::sqrt(a) / q;
  return db_of(std::abs(a * (s * s + root * s + a) / (a * s * s + root * s + 1.0)));
}
inline double high_shelf_db(double ratio, double gain_db, double q) {
  const Complex s(0.0, ratio);
  const double a = std::pow(10.0, gain_db / 40.0), root = std::sqrt(a) / q;
  return db_of(std::abs(a * (a * s * s + root * s + 1.0) / (s * s + root * s + a)));
}
inline double tilt_db(double ratio, double gain_db) {
  const Complex s(0.0, ratio);
  const double g = std::pow(10.0, gain_db / 20.0);
  return db_of(std::abs((g * s + 1.0) / (s + g)));
}
/// Butterworth, by its definition: |H|² = 1/(1 + v²ⁿ).
inline double low_pass_db(double ratio, double slope_db) {
  return -10.0 * std::log10(1.0 + std::pow(ratio, slope_db / 3.0));
}
inline double high_pass_db(double ratio, double slope_db) { return low_pass_db(1.0 / ratio, slope_db); }

/// What is left of a sine when its best fit is taken away, in dB below it: distortion and noise.
inline double distortion_db(const std::vector<float>& signal, double hz, double rate, std::size_t from) {
  const double turn = 2.0 * std::numbers::pi * hz / rate;
  double ss = 0.0, cc = 0.0, sc = 0.0, xs = 0.0, xc = 0.0, xx = 0.0;
  for (std::size_t i = from; i < signal.size(); ++i) {
    const double phase = turn * static_cast<double>(i), s = std::sin(phase), c = std::cos(phase);
    const auto x = static_cast<double>(signal[i]);
    ss += s * s, cc += c * c, sc += s * c, xs += x * s, xc += x * c, xx += x * x;
  }
  const double det = ss * cc - sc * sc;
  const double a = (xs * cc - xc * sc) / det, b = (xc * ss - xs * sc) / det;
  double rest = 0.0;
  for (std::size_t i = from; i < signal.size(); ++i) {
    const double phase = turn * static_cast<double>(i);
    const double left = static_cast<double>(signal[i]) - a * std::sin(phase) - b * std::cos(phase);
    rest += left * left;
  }
  return 10.0 * std::log10(rest / xx);
}

/// The loudest thing above `above` Hz in 65,536 frames, of whatever is done to a 997 Hz tone meanwhile.
inline double spurious_db(const std::vector<float>& signal, double rate, double above) {
  const Spectrum spectrum = spectrum_of(signal, rate);
  double loudest = 0.0;
  for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k)
    if (static_cast<double>(k) * spectrum.bin_hz() >= above) loudest = std::max(loudest, spectrum.amplitudes[k]);
  return db_of(loudest);
}

}  // namespace busbar::test
