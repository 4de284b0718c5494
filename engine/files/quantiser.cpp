#include "engine/files/quantiser.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace busbar {

namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15u;

/// splitmix64 (Steele, Lea, Flood 2014): passes as random even for counters.
std::uint64_t mix(std::uint64_t n) noexcept {
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
  n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
  return n ^ (n >> 31);
}

/// The difference of two independent even densities is triangular on (-1, 1).
double triangular(std::uint64_t start, Frames frame) noexcept {
  const std::uint64_t random = mix(start + static_cast<std::uint64_t>(frame) * kGolden);
  return (static_cast<double>(random >> 32) - static_cast<double>(random & 0xffffffffu)) * 0x1p-32;
}

/// To the nearest, halves to even; in bounds that no sample in range reaches. Inlined, unlike nearbyint.
double nearest(double x) noexcept {
  constexpr double kBound = 0x1p40;
  constexpr double kShift = 0x1.8p52;  // above it, doubles are whole numbers
  return (std::clamp(x, -kBound, kBound) + kShift) - kShift;
}

}  // namespace

Quantiser::Quantiser(int bits, int channels, bool dither)
    : bits_(bits), dither_(dither), values_(static_cast<std::size_t>(channels)) {}

void Quantiser::convert(std::span<const double* const> channels, int frames) {
  const auto count = static_cast<std::size_t>(frames);
  bytes_.resize(count * values_.size() * static_cast<std::size_t>(bits_ / 8));
  for (std::size_t c = 0; c < values_.size(); ++c) {
    values_[c].resize(count);
    bits_ == 32 ? convert_float(c, channels[c]) : convert_integer(c, channels[c]);
  }
  frames_ += frames;
}

void Quantiser::convert_integer(std::size_t channel, const double* in) {
  const double scale = std::ldexp(1.0, bits_ - 1);
  const std::uint64_t start = mix((channel + 1) * kGolden);
  const auto width = static_cast<std::size_t>(bits_ / 8);
  const std::size_t stride = width * values_.size();
  std::byte* out = bytes_.data() + channel * width;
  for (std::size_t i = 0; i < values_[channel].size(); ++i, out += stride) {
    const Frames frame = frames_ + static_cast<Frames>(i);
    const double wanted = nearest(in[i] * scale + (dither_ ? triangular(start, frame) : 0.0));
    const double step = std::isnan(wanted) ? 0.0 : std::clamp(wanted, -scale, scale - 1.0);
    if (step != wanted) count_clip(frame);
    values_[channel][i] = static_cast<float>(step / scale);
    const auto code = static_cast<std::uint32_t>(static_cast<std::int32_t>(step));
    for (std::size_t b = 0; b < width; ++b) out[b] = static_cast<std::byte>(code >> (8 * b) & 0xffu);
  }
}

void Quantiser::convert_float(std::size_t channel, const double* in) {
  const std::size_t stride = 4 * values_.size();
  std::byte* out = bytes_.data() + channel * 4;
  for (std::size_t i = 0; i < values_[channel].size(); ++i, out += stride) {
    constexpr double kMost = std::numeric_limits<float>::max();
    const auto value = std::isnan(in[i]) ? 0.0f : static_cast<float>(std::clamp(in[i], -kMost, kMost));
    values_[channel][i] = value;
    const auto code = std::bit_cast<std::uint32_t>(value);
    for (std::size_t b = 0; b < 4; ++b) out[b] = static_cast<std::byte>(code >> (8 * b) & 0xffu);
  }
}

/// Channels are converted one after the other, so the first clip found is not always the earliest.
void Quantiser::count_clip(Frames frame) {
  ++clipped_;
  first_clip_ = std::min(first_clip_.value_or(frame), frame);
}

}  // namespace busbar
