#pragma once
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace busbar::test {

/// Samples as [channels][frames].
using Signal = std::vector<std::vector<float>>;

inline Signal silence(int channels, int frames) {
  return Signal(static_cast<std::size_t>(channels), std::vector<float>(static_cast<std::size_t>(frames), 0.0f));
}

/// White noise between -peak and peak.
inline Signal noise(int channels, int frames, unsigned seed, float peak = 1.0f) {
  std::mt19937 rng(seed);
  std::uniform_real_distribution<float> uniform(-peak, peak);
  Signal signal = silence(channels, frames);
  for (auto& channel : signal)
    for (float& x : channel) x = uniform(rng);
  return signal;
}

/// One sample of `height` on every channel at frame `at`.
inline Signal impulse(int channels, int frames, int at, float height = 0.5f) {
  Signal signal = silence(channels, frames);
  for (auto& channel : signal) channel[static_cast<std::size_t>(at)] = height;
  return signal;
}

/// What no processor should meet, but one day does: not-a-number, infinities, huge and denormal samples, both zeros.
inline Signal hostile(int channels, int frames, unsigned seed) {
  using Limits = std::numeric_limits<float>;
  constexpr float kPoisons[] = {Limits::quiet_NaN(),
                                Limits::infinity(),
                                -Limits::infinity(),
                                1e30f,
                                -1e30f,
                                Limits::max(),
                                Limits::min(),
                                Limits::denorm_min(),
                                -1e-40f,
                                0.0f,
                                -0.0f};
  Signal signal = noise(channels, frames, seed);
  std::mt19937 rng(seed);
  for (auto& channel : signal)
    for (float& x : channel)
      if (rng() % 4 == 0) x = kPoisons[rng() % std::size(kPoisons)];
  return signal;
}

/// Noise of the smallest numbers that a float can hold.
inline Signal denormals(int channels, int frames, unsigned seed) {
  Signal signal = noise(channels, frames, seed);
  for (auto& channel : signal)
    for (float& x : channel) x *= 1e-39f;
  return signal;
}

inline Signal joined(Signal first, const Signal& second) {
  for (std::size_t c = 0; c < first.size(); ++c) first[c].insert(first[c].end(), second[c].begin(), second[c].end());
  return first;
}

/// The frames [first, first + count).
inline Signal part(const Signal& signal, int first, int count) {
  Signal piece;
  for (const auto& channel : signal) piece.emplace_back(channel.begin() + first, channel.begin() + first + count);
  return piece;
}

/// True if both hold the same bits, zero's sign and all.
inline bool same_bytes(const Signal& a, const Signal& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t c = 0; c < a.size(); ++c)
    if (a[c].size() != b[c].size() || std::memcmp(a[c].data(), b[c].data(), a[c].size() * sizeof(float)) != 0)
      return false;
  return true;
}

}  // namespace busbar::test
