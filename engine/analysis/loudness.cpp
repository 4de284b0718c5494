#include "engine/analysis/loudness.hpp"

#include <ebur128.h>

#include <algorithm>
#include <cmath>

namespace busbar {

struct LoudnessMeter::State {
  struct Destroy {
    void operator()(ebur128_state* meter) const { ebur128_destroy(&meter); }
  };
  std::size_t channels = 0;
  std::unique_ptr<ebur128_state, Destroy> meter;
  std::vector<double> interleaved;
};

LoudnessMeter::LoudnessMeter(int channels, double sample_rate) : state_(std::make_unique<State>()) {
  state_->channels = static_cast<std::size_t>(channels);
  state_->meter.reset(ebur128_init(static_cast<unsigned>(channels),
                                   static_cast<unsigned long>(std::lround(sample_rate)), EBUR128_MODE_I));
}

LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;

void LoudnessMeter::add(std::span<const float* const> channels, int frames) { add_samples(channels, frames); }
void LoudnessMeter::add(std::span<const double* const> channels, int frames) { add_samples(channels, frames); }

template <typename Sample>
void LoudnessMeter::add_samples(std::span<const Sample* const> channels, int frames) {
  if (state_->meter == nullptr || frames <= 0) return;
  const auto count = static_cast<std::size_t>(frames);
  auto& out = state_->interleaved;
  out.resize(count * state_->channels);
  for (std::size_t c = 0; c < state_->channels; ++c)
    for (std::size_t i = 0; i < count; ++i) {
      const auto x = static_cast<double>(channels[c][i]);
      out[i * state_->channels + c] = std::isfinite(x) ? x : 0.0;
    }
  ebur128_add_frames_double(state_->meter.get(), out.data(), count);
}

std::optional<double> LoudnessMeter::integrated_lufs() const {
  double lufs = 0.0;
  if (state_->meter == nullptr) return std::nullopt;
  if (ebur128_loudness_global(state_->meter.get(), &lufs) != EBUR128_SUCCESS) return std::nullopt;
  return std::isfinite(lufs) ? std::optional(lufs) : std::nullopt;
}

}  // namespace busbar
