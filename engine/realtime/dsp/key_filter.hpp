#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "engine/core/audio_block.hpp"
#include "engine/realtime/dsp/svf.hpp"

namespace busbar {

/// High- and low-pass in front of a detector, 12 dB per octave each, Butterworth. Either may be off, and costs nothing
/// then; it comes in with empty integrators, of which a high-pass knows nothing, and which a low-pass fills within a
/// few frames.
/// Source  dsp/svf.hpp
class KeyFilter {
 public:
  void prepare(double sample_rate) noexcept { rate_ = sample_rate; }
  void reset() noexcept {
    low_cut_ = high_cut_ = {};
    has_low_cut_ = has_high_cut_ = false;
    low_cut_hz_ = high_cut_hz_ = 0.0f;
  }
  void settle() noexcept {
    std::ranges::for_each(low_cut_, &SvfState::settle);
    std::ranges::for_each(high_cut_, &SvfState::settle);
  }

  /// Corners in Hz; up to `low_off`, and from `high_off` on, there is no filter.
  void tune(float low_cut_hz, float low_off, float high_cut_hz, float high_off) noexcept {
    tune(low_cut_hz, low_cut_hz > low_off, low_cut_hz_, has_low_cut_, low_tuning_, low_cut_);
    tune(high_cut_hz, high_cut_hz < high_off, high_cut_hz_, has_high_cut_, high_tuning_, high_cut_);
  }

  bool is_on() const noexcept { return has_low_cut_ || has_high_cut_; }

  /// In place, of one or two channels.
  void process(int channels, int frames, float* left, float* right) noexcept {
    if (has_low_cut_)
      run(low_tuning_, low_cut_, channels, frames, left, right, [](const SvfOutputs& y) { return y.high; });
    if (has_high_cut_)
      run(high_tuning_, high_cut_, channels, frames, left, right, [](const SvfOutputs& y) { return y.low; });
  }

 private:
  using Pair = std::array<SvfState, 2>;

  void tune(float hz, bool wanted, float& tuned_hz, bool& is_on, SvfTuning& tuning, Pair& state) const noexcept {
    if (!wanted || !is_on) state = {};
    if (wanted && (!is_on || hz != tuned_hz)) {
      const double corner = std::min(static_cast<double>(hz), 0.49 * rate_);
      tuning = SvfTuning::at(corner, std::numbers::sqrt2 / 2.0, rate_);
      tuned_hz = hz;
    }
    is_on = wanted;
  }

  /// Both channels in one loop: each waits for its own last frame.
  template <typename Pick>
  static void run(const SvfTuning& tuning, Pair& state, int channels, int frames, float* l, float* r,
                  Pick pick) noexcept {
    auto [left, right] = state;
    if (channels == 1) {
      for (int i = 0; i < frames; ++i) l[i] = static_cast<float>(pick(left.next(tuning, static_cast<double>(l[i]))));
    } else {
      for (int i = 0; i < frames; ++i) {
        l[i] = static_cast<float>(pick(left.next(tuning, static_cast<double>(l[i]))));
        r[i] = static_cast<float>(pick(right.next(tuning, static_cast<double>(r[i]))));
      }
    }
    state = {left, right};
  }

  double rate_ = 48000.0;
  bool has_low_cut_ = false, has_high_cut_ = false;
  float low_cut_hz_ = 0.0f, high_cut_hz_ = 0.0f;
  SvfTuning low_tuning_{}, high_tuning_{};
  Pair low_cut_, high_cut_;
};

/// The magnitude of the louder channel of a key, filtered, at each frame.
template <std::size_t kMost>
void louder_of_key(KeyFilter& filter, const AudioBlock& key, std::array<float, kMost>& row) noexcept {
  std::array<float, kMost> left, right;
  std::ranges::copy(key.channel(0), left.begin());
  std::ranges::copy(key.channel(key.channels() - 1), right.begin());
  if (filter.is_on()) filter.process(key.channels(), key.frames(), left.data(), right.data());
  if (key.channels() == 1) right = left;
  const auto frames = static_cast<std::size_t>(key.frames());
  for (std::size_t i = 0; i < frames; ++i) row[i] = std::max(std::fabs(left[i]), std::fabs(right[i]));
}

}  // namespace busbar
