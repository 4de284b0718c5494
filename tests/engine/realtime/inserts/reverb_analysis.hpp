#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include "tests/support/insert_host.hpp"
#include "tests/support/measure.hpp"

// What rooms are measured by, from their definitions and nothing of the reverb's own. Levels in dB, times in seconds.
namespace busbar::test {

/// The reverb's parameters. As they stand here nothing is damped or cut, so that the bare space is heard.
struct ReverbSetting {
  float type = 2.0f, size = 1.0f, decay_s = 1.8f, predelay_ms = 0.0f;
  float damping_hz = 20000.0f, low_cut_hz = 20.0f, width = 100.0f, modulation = 30.0f;

  std::vector<float> values() const {
    return {type, size, decay_s, predelay_ms, damping_hz, low_cut_hz, width, modulation};
  }
  /// Its answer, from a fresh start.
  Signal answer(const Signal& in, double rate = 48000.0) const {
    const HostSetup setup{.sample_rate = rate, .channels = static_cast<int>(in.size()), .params = values()};
    return InsertHost(*find_insert_type("reverb"), setup).run(in, every(kSlice));
  }
  /// Its answer to one sample on the left (0), the right (1) or both (2) sides.
  Signal impulse_response(double seconds, int side = 2, double rate = 48000.0) const {
    Signal in = impulse(2, static_cast<int>(seconds * rate), 0, 1.0f);
    if (side < 2) in[static_cast<std::size_t>(1 - side)][0] = 0.0f;
    return answer(in, rate);
  }
};

/// The spaces, each with a decay that suits it.
constexpr ReverbSetting kRoom{.type = 0.0f, .decay_s = 0.9f}, kChamber{.type = 1.0f, .decay_s = 1.2f},
    kHall{.type = 2.0f, .decay_s = 1.8f}, kPlate{.type = 3.0f, .decay_s = 1.5f};
constexpr ReverbSetting kSpaces[] = {kRoom, kChamber, kHall, kPlate};
constexpr double kReverbRates[] = {44100.0, 48000.0, 96000.0, 192000.0};

/// A filter of second order in 64 bit. Source: R. Bristow-Johnson, Audio EQ Cookbook.
class Biquad {
 public:
  static Biquad low_pass(double hz, double q, double rate) { return {hz, q, rate, 1.0}; }
  static Biquad high_pass(double hz, double q, double rate) { return {hz, q, rate, -1.0}; }

  double next(double x) {
    const double y = b0_ * x + s1_;
    s1_ = b1_ * x - a1_ * y + s2_;
    s2_ = b0_ * x - a2_ * y;
    return y;
  }

 private:
  Biquad(double hz, double q, double rate, double sign) {
    const double w = 2.0 * std::numbers::pi * hz / rate, c = std::cos(w), alpha = std::sin(w) / (2.0 * q);
    b0_ = (1.0 - sign * c) / 2.0 / (1.0 + alpha);
    b1_ = sign * (1.0 - sign * c) / (1.0 + alpha);
    a1_ = -2.0 * c / (1.0 + alpha);
    a2_ = (1.0 - alpha) / (1.0 + alpha);
  }
  double b0_, b1_, a1_, a2_, s1_ = 0.0, s2_ = 0.0;
};

/// A band `octaves` wide around `hz`: Butterworth flanks of fourth order.
inline std::vector<double> band_of(const std::vector<float>& signal, double hz, double rate, double octaves = 1.0) {
  constexpr double kQ[] = {0.54119610, 1.30656296};
  const double edge = std::exp2(0.5 * octaves);
  std::vector<Biquad> filters;
  for (const double q : kQ) {
    filters.push_back(Biquad::high_pass(hz / edge, q, rate));
    filters.push_back(Biquad::low_pass(hz * edge, q, rate));
  }
  std::vector<double> band(signal.begin(), signal.end());
  for (double& x : band)
    for (Biquad& filter : filters) x = filter.next(x);
  return band;
}

/// How much energy is still to come at each frame from `first` on, in dB of the whole.
/// Source  M. R. Schroeder, New Method of Measuring Reverberation Time, JASA 37, 1965
template <class Samples>
std::vector<double> energy_decay_db(const Samples& response, std::size_t first = 0) {
  std::vector<double> decay(response.begin() + static_cast<std::ptrdiff_t>(first), response.end());
  double sum = 0.0;
  for (auto x = decay.rbegin(); x != decay.rend(); ++x) *x = sum += *x * *x;
  const double whole = sum;
  for (double& x : decay) x = 10.0 * std::log10(std::max(x / whole, 1e-300));
  return decay;
}

/// Seconds for 60 dB, by the straight line that fits best where the decay goes from one level to the other: -5 and -35
/// for T30, 0 and -10 for the early decay time. Source: ISO 3382-1.
inline double decay_time(const std::vector<double>& decay_db, double from_db, double to_db, double rate) {
  double n = 0.0, t = 0.0, y = 0.0, tt = 0.0, ty = 0.0;
  for (std::size_t i = 0; i < decay_db.size() && decay_db[i] >= to_db; ++i) {
    if (decay_db[i] > from_db) continue;
    const double at = static_cast<double>(i) / rate;
    n += 1.0, t += at, y += decay_db[i], tt += at * at, ty += at * decay_db[i];
  }
  return -60.0 * (n * tt - t * t) / (n * ty - t * y);
}

/// How many samples lie outside one standard deviation, in a window of 20 ms around a time, beside how many do in
/// Gaussian noise: 0 for single echoes, 1 for a mixed field.
/// Source  J. Abel, P. Huang, A Simple, Robust Measure of Reverberation Echo Density, AES 121, 2006
inline double echo_density(const std::vector<float>& response, double at, double rate) {
  const auto half = static_cast<std::ptrdiff_t>(0.010 * rate), middle = static_cast<std::ptrdiff_t>(at * rate);
  double weights = 0.0, power = 0.0, outside = 0.0;
  const auto for_each = [&](const auto& f) {
    for (std::ptrdiff_t i = -half; i <= half; ++i) {
      if (middle + i < 0 || middle + i >= std::ssize(response)) continue;
      const double weight = 0.5 + 0.5 * std::cos(std::numbers::pi * static_cast<double>(i) / static_cast<double>(half));
      f(static_cast<double>(response[static_cast<std::size_t>(middle + i)]), weight);
    }
  };
  for_each([&](double x, double weight) { weights += weight, power += weight * x * x; });
  const double deviation = std::sqrt(power / weights);
  for_each([&](double x, double weight) { outside += std::fabs(x) > deviation ? weight : 0.0; });
  return outside / weights / std::erfc(std::numbers::sqrt2 / 2.0);
}

inline std::vector<std::complex<double>> transform_of(const std::vector<double>& signal, std::size_t size) {
  std::vector<std::complex<double>> bins(signal.begin(), signal.end());
  bins.resize(size);
  fft(bins);
  return bins;
}

/// Levels of the third octaves from 125 Hz to 8 kHz, per Hz, beside their mean.
inline std::vector<double> third_octaves_db(const std::vector<float>& response, double rate) {
  const std::size_t size = std::bit_ceil(response.size());
  const auto bins = transform_of({response.begin(), response.end()}, size);
  std::vector<double> levels;
  for (int band = -9; band <= 9; ++band) {
    const double hz = 1000.0 * std::exp2(band / 3.0), per_hz = static_cast<double>(size) / rate;
    const auto from = static_cast<std::size_t>(hz * std::exp2(-1.0 / 6.0) * per_hz);
    const auto to = static_cast<std::size_t>(hz * std::exp2(1.0 / 6.0) * per_hz);
    double power = 0.0;
    for (std::size_t k = from; k < to; ++k) power += std::norm(bins[k]);
    levels.push_back(10.0 * std::log10(power / static_cast<double>(to - from)));
  }
  double mean = 0.0;
  for (const double level : levels) mean += level / static_cast<double>(levels.size());
  for (double& level : levels) level -= mean;
  return levels;
}

/// A piece of a decay made to stand: each frame as loud as it would be without the decay of `t60` seconds.
inline std::vector<double> without_decay(const std::vector<float>& response, double from, double seconds, double t60,
                                         double rate) {
  const auto first = static_cast<std::size_t>(from * rate);
  std::vector<double> piece(static_cast<std::size_t>(seconds * rate));
  for (std::size_t i = 0; i < piece.size(); ++i)
    piece[i] = static_cast<double>(response[first + i]) * std::pow(10.0, 3.0 * static_cast<double>(i) / (t60 * rate));
  return piece;
}

inline double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

/// The largest |autocorrelation| at lags from 1 to 50 ms: a flutter is a peak there.
inline double flutter(const std::vector<double>& signal, double rate) {
  const std::size_t size = std::bit_ceil(2 * signal.size());
  auto bins = transform_of(signal, size);
  for (auto& bin : bins) bin = std::norm(bin);
  fft(bins);
  double most = 0.0;
  for (auto lag = static_cast<std::size_t>(0.001 * rate); lag <= static_cast<std::size_t>(0.050 * rate); ++lag)
    most = std::max(most, std::abs(bins[lag].real()));
  return most / bins[0].real();
}

}  // namespace busbar::test
