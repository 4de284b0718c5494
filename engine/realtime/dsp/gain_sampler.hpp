#pragma once
#include <array>

#include "engine/realtime/dsp/half_band.hpp"
#include "engine/realtime/dsp/oversampler.hpp"

namespace busbar {

/// Lets a detector work at a multiple of the rate while the audio stays at its own: the key goes up, the reduction in
/// dB comes down, and the gain made of it is applied to the audio, which needs no more than a delay. So the gain is
/// band-limited, and neither the key's overtones nor the gain's fold back; at unity gain the audio passes bit by bit.
/// The stages bring the rate to `least` or more.
class GainSampler {
 public:
  static constexpr int kMaxStages = 3;
  using Stages = std::array<HalfBand, static_cast<std::size_t>(kMaxStages)>;
  using Filter = Oversampler<kMaxStages>;
  using Buffer = Filter::Buffer;

  /// Doublings from `rate` to at least `least`.
  static constexpr int stages_for(double rate, double least) noexcept {
    int stages = 0;
    for (; stages < kMaxStages && rate < least; rate *= 2.0) ++stages;
    return stages;
  }

  /// Delay in frames of key up and gain down. Made anew each time: control thread.
  static Frames latency(const Stages& filters, int stages) {
    Filter filter;
    filter.use(filters, stages);
    return filter.latency();
  }

  void prepare(const Stages& filters, int stages) {
    for (Filter& filter : keys_) filter.use(filters, stages);
    for (Filter& filter : gains_) filter.use(filters, stages);
  }
  void reset() noexcept {
    for (Filter& filter : keys_) filter.reset();
    for (Filter& filter : gains_) filter.reset();
  }

  int factor() const noexcept { return keys_[0].factor(); }

  /// The channel's key, count frames of it, becomes count·factor().
  void key_up(int channel, const float* key, int count, float* out) noexcept {
    keys_[static_cast<std::size_t>(channel)].up(key, count, out);
  }
  /// In place: count·factor() reductions become count.
  void gain_down(int channel, float* reduction, int count) noexcept {
    gains_[static_cast<std::size_t>(channel)].down(reduction, count, reduction);
  }

 private:
  std::array<Filter, 2> keys_, gains_;
};

}  // namespace busbar
