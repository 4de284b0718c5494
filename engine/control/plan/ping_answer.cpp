#include "engine/control/plan/ping_answer.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

namespace busbar {

namespace {

// Noise alone reaches about 5 times its mean in a second, a click 14 times; but a click is nothing like the sequence,
// with which it shares a 16th, and noise at most a quarter.
constexpr double kAboveChance = 8.0;
constexpr double kAlike = 0.25;
constexpr double kSilence = 1e-6;  // -120 dBFS

std::size_t size(Frames n) { return static_cast<std::size_t>(n); }

/// Sums of `count` samples, from each frame on.
std::vector<double> running_sums(std::span<const float> signal, int count) {
  std::vector<double> sums(signal.size() - size(count) + 1);
  for (std::size_t n = 0; n < sums.size(); ++n)
    for (int k = 0; k < count; ++k) sums[n] += static_cast<double>(signal[n + size(k)]);
  return sums;
}

/// By how much a stretch is like the ping, 0 … 1.
double likeness(std::span<const float> stretch, double product) {
  double energy = 0.0;
  for (const float x : stretch) energy += static_cast<double>(x) * static_cast<double>(x);
  const auto count = static_cast<double>(stretch.size());
  return energy < kSilence * kSilence * count ? 0.0 : std::fabs(product) / std::sqrt(count * energy);
}

}  // namespace

std::optional<Frames> find_ping(std::span<const float> heard, int chip) {
  static constexpr auto kSigns = ping_signs();
  const std::size_t length = kSigns.size() * size(chip);
  if (heard.size() < length) return std::nullopt;
  const std::vector<double> sums = running_sums(heard, chip);
  std::vector<double> products(heard.size() - length + 1);
  for (std::size_t c = 0; c < kSigns.size(); ++c) {
    const double sign = kSigns[c];
    const double* from = sums.data() + c * size(chip);
    for (std::size_t n = 0; n < products.size(); ++n) products[n] += sign * from[n];
  }
  std::size_t best = 0;
  double energy = 0.0;
  for (std::size_t n = 0; n < products.size(); ++n) {
    energy += products[n] * products[n];
    if (std::fabs(products[n]) > std::fabs(products[best])) best = n;
  }
  const double usual = std::sqrt(energy / static_cast<double>(products.size()));
  if (std::fabs(products[best]) < kAboveChance * usual) return std::nullopt;
  if (likeness(heard.subspan(best, length), products[best]) < kAlike) return std::nullopt;
  return static_cast<Frames>(best);
}

std::optional<Frames> read_ping_answer(const Flow& flow, const std::string& insert) {
  for (const auto& [name, chain] : flow.chains)
    for (const FlowInsert& known : chain.inserts) {
      HardwareLoopState* loop = known.state->hardware.get();
      if (known.id != insert || loop == nullptr || loop->is_read.load(std::memory_order_acquire)) continue;
      const Frames answer = find_ping(loop->heard, loop->chip).value_or(-1);
      loop->is_read.store(true, std::memory_order_release);
      return answer;
    }
  return std::nullopt;
}

}  // namespace busbar
