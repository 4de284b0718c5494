#pragma once
#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <vector>

// Signals to measure with, and what to measure them by. A signal of one channel is any vector or span of float or
// double; levels are in dB re 1.0 and -inf for silence; everything is the same on every run.
namespace busbar::test {

inline double db_of(double amplitude) {
  return amplitude == 0.0 ? -std::numeric_limits<double>::infinity() : 20.0 * std::log10(std::fabs(amplitude));
}

/// The highest |sample|. Not-a-number wins over everything, so that no test overlooks one.
template <class Samples>
double peak(const Samples& signal) {
  double highest = 0.0;
  for (const auto x : signal) {
    if (std::isnan(x)) return std::numeric_limits<double>::quiet_NaN();
    highest = std::max(highest, std::fabs(static_cast<double>(x)));
  }
  return highest;
}

template <class Samples>
double peak_db(const Samples& signal) {
  return db_of(peak(signal));
}

/// Root of the mean square; a full-scale sine has -3.01 dB.
template <class Samples>
double rms_db(const Samples& signal) {
  double sum = 0.0;
  for (const auto x : signal) sum += static_cast<double>(x) * static_cast<double>(x);
  return signal.empty() ? db_of(0.0) : db_of(std::sqrt(sum / static_cast<double>(signal.size())));
}

/// a - b in double. Both must have the same length.
template <class A, class B>
std::vector<double> difference(const A& a, const B& b) {
  assert(a.size() == b.size());
  std::vector<double> left(a.size());
  for (std::size_t i = 0; i < left.size(); ++i) left[i] = static_cast<double>(a[i]) - static_cast<double>(b[i]);
  return left;
}

/// Null test: the peak of what is left when one is subtracted from the other. Signals of different length never null.
template <class A, class B>
double null_db(const A& a, const B& b) {
  return a.size() == b.size() ? peak_db(difference(a, b)) : std::numeric_limits<double>::infinity();
}

/// amplitude * sin(2 pi hz n / rate + phase), phase in radians.
inline std::vector<double> sine_wave(double hz, double rate, std::size_t frames, double amplitude = 1.0,
                                     double phase = 0.0) {
  std::vector<double> signal(frames);
  for (std::size_t n = 0; n < frames; ++n)
    signal[n] = amplitude * std::sin(2.0 * std::numbers::pi * hz / rate * static_cast<double>(n) + phase);
  return signal;
}

/// White, evenly spread over [-amplitude, amplitude). Own arithmetic (xorshift64*), since distributions of the
/// standard library differ between libraries.
inline std::vector<double> white_noise(std::size_t frames, std::uint64_t seed, double amplitude = 1.0) {
  std::vector<double> signal(frames);
  std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 0x632BE59BD9B4E019U;
  for (double& x : signal) {
    state ^= state >> 12U;
    state ^= state << 25U;
    state ^= state >> 27U;
    const std::uint64_t bits = (state * 0x2545F4914F6CDD1DU) >> 11U;
    x = amplitude * (static_cast<double>(bits) * 0x1p-52 - 1.0);
  }
  return signal;
}

/// The same signal rounded to float, as a strip carries it.
inline std::vector<float> to_float(const std::vector<double>& signal) {
  std::vector<float> rounded(signal.size());
  std::ranges::transform(signal, rounded.begin(), [](double x) { return static_cast<float>(x); });
  return rounded;
}

/// Discrete Fourier transform in place, sum x[n] e^(-2 pi i k n / N), of a length that is a power of two.
/// Source  Cooley and Tukey, radix 2, decimation in time. Error about 1e-16 log2 N of the largest bin.
inline void fft(std::vector<std::complex<double>>& x) {
  const std::size_t size = x.size();
  assert(std::has_single_bit(size));
  for (std::size_t i = 1, j = 0; i < size; ++i) {
    std::size_t bit = size >> 1U;
    for (; (j & bit) != 0; bit >>= 1U) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t half = 1; half < size; half *= 2)
    for (std::size_t k = 0; k < half; ++k) {
      const auto turn = std::polar(1.0, -std::numbers::pi * static_cast<double>(k) / static_cast<double>(half));
      for (std::size_t i = k; i < size; i += 2 * half) {
        const std::complex<double> odd = turn * x[i + half];
        x[i + half] = x[i] - odd;
        x[i] += odd;
      }
    }
}

/// Amplitudes of a signal by frequency: a sine of amplitude A on a bin reads A there, in linear.
struct Spectrum {
  double rate = 0.0;
  std::vector<double> amplitudes;  ///< bin k stands for k * bin_hz(), up to half the rate

  double bin_hz() const { return rate / (2.0 * static_cast<double>(amplitudes.size() - 1)); }
  /// Within the four bins to each side that the window spreads a sine over. An off-bin sine reads up to 0.83 dB low.
  double level_db(double hz) const { return db_of(*std::max_element(begin_of(hz), end_of(hz))); }
  /// The highest level outside of the spread of the named frequencies: harmonics, aliases, hum, whatever is there.
  double highest_db_besides(std::vector<double> known_hz) const {
    std::vector<double> rest = amplitudes;
    for (const double hz : known_hz)
      std::fill(rest.begin() + (begin_of(hz) - amplitudes.begin()), rest.begin() + (end_of(hz) - amplitudes.begin()),
                0.0);
    return peak_db(rest);
  }

 private:
  static constexpr std::ptrdiff_t kSpread = 4;
  std::ptrdiff_t bin_of(double hz) const { return std::lround(hz / bin_hz()); }
  std::vector<double>::const_iterator begin_of(double hz) const {
    return amplitudes.begin() + std::max<std::ptrdiff_t>(0, bin_of(hz) - kSpread);
  }
  std::vector<double>::const_iterator end_of(double hz) const {
    return amplitudes.begin() + std::min<std::ptrdiff_t>(std::ssize(amplitudes), bin_of(hz) + kSpread + 1);
  }
};

/// Of the whole signal, whose length is a power of two, under a Blackman-Harris window.
/// Source  F. J. Harris, On the Use of Windows for Harmonic Analysis, 1978: four terms, side lobes below -92 dB.
template <class Samples>
Spectrum spectrum_of(const Samples& signal, double rate) {
  constexpr double kTerms[] = {0.35875, 0.48829, 0.14128, 0.01168};
  const auto size = static_cast<double>(signal.size());
  std::vector<std::complex<double>> bins(signal.size());
  for (std::size_t n = 0; n < signal.size(); ++n) {
    const double turn = 2.0 * std::numbers::pi * static_cast<double>(n) / size;
    const double window =
        kTerms[0] - kTerms[1] * std::cos(turn) + kTerms[2] * std::cos(2.0 * turn) - kTerms[3] * std::cos(3.0 * turn);
    bins[n] = window * static_cast<double>(signal[n]);
  }
  fft(bins);
  Spectrum spectrum{.rate = rate, .amplitudes = std::vector<double>(signal.size() / 2 + 1)};
  for (std::size_t k = 0; k < spectrum.amplitudes.size(); ++k) {
    const bool has_mirror = k != 0 && k != signal.size() / 2;
    spectrum.amplitudes[k] = (has_mirror ? 2.0 : 1.0) * std::abs(bins[k]) / (kTerms[0] * size);
  }
  return spectrum;
}

}  // namespace busbar::test
