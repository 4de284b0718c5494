#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace busbar::test {

inline constexpr double kRate = 48000.0;

/// `amplitude` times a sine that begins at `degrees`, with fades of 10 ms at both ends.
inline std::vector<double> faded_sine(double hz, double degrees, double amplitude, int frames, double rate = kRate) {
  std::vector<double> out(static_cast<std::size_t>(frames));
  const double fade = 0.01 * rate;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto n = static_cast<double>(i);
    const double edge = std::min({1.0, n / fade, (static_cast<double>(frames) - 1.0 - n) / fade});
    out[i] = edge * amplitude * std::sin(2.0 * std::numbers::pi * (hz * n / rate + degrees / 360.0));
  }
  return out;
}

/// Appends a sine of 1 kHz at a level in dBFS (peak).
inline void append_tone(std::vector<double>& out, double seconds, double level_db, double rate = kRate) {
  const auto count = static_cast<std::size_t>(std::llround(seconds * rate));
  const double amplitude = std::pow(10.0, level_db / 20.0);
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(amplitude *
                  std::sin(2.0 * std::numbers::pi * std::fmod(1000.0 * static_cast<double>(out.size()) / rate, 1.0)));
}

class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(static_cast<std::int64_t>(state_)) * 0x1p-63;
  }

 private:
  std::uint64_t state_;
};

/// Cuts [channels][frames] into calls of `block` frames.
template <typename Meter, typename Sample>
void feed(Meter& meter, const std::vector<std::vector<Sample>>& channels, int block = 512) {
  const int total = static_cast<int>(channels[0].size());
  for (int at = 0; at < total; at += block) {
    std::vector<const Sample*> pointers;
    for (const auto& channel : channels) pointers.push_back(channel.data() + at);
    meter.add(pointers, std::min(block, total - at));
  }
}

/// One channel.
template <typename Meter, typename Sample>
void feed_one(Meter& meter, const std::vector<Sample>& channel, int block = 512) {
  feed(meter, std::vector<std::vector<Sample>>(1, channel), block);
}

inline double to_db(double gain) { return 20.0 * std::log10(gain); }

}  // namespace busbar::test
