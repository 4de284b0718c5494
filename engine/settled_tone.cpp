#include "engine/settled_tone.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "engine/analysis/loudness.hpp"
#include "engine/control/plan/make_state.hpp"
#include "engine/control/plan/routing.hpp"
#include "engine/core/units.hpp"

namespace busbar {

namespace {

constexpr double kToneHz = 1000.0;
/// A stretch is looked at as a whole; at all usual rates it has whole cycles. The longest release, a whole note at a
/// slow tempo, has settled within the longest time.
constexpr double kStretchSeconds = 0.1;
constexpr int kMostStretches = 1200;
/// Two stretches in a row that differ by less: what then still moves with a time constant of 12 s is 0.001 dB away.
constexpr double kStillDb = 1e-5;

/// The peaks, in dB, of a sine with that mean square.
double peak_db(double mean_square) { return 10.0 * std::log10(std::max(2.0 * mean_square, 1e-30)); }

double mean_square(const std::vector<float>& samples) {
  double sum = 0.0;
  for (const float x : samples) sum += static_cast<double>(x) * static_cast<double>(x);
  return sum / static_cast<double>(samples.size());
}

/// An instance of the processor, and the tone that it hears.
class ToneRun {
 public:
  ToneRun(const InsertType& type, const std::vector<float>& params, double input_db, double sample_rate)
      : state_(make_insert_state(type, params, 2, sample_rate)),
        rate_(sample_rate),
        amplitude_(std::pow(10.0, input_db / 20.0)),
        latency_(type.latency(params, sample_rate)),
        wet_(static_cast<std::size_t>(std::lround(kStretchSeconds * sample_rate))),
        right_(wet_.size()) {}

  /// Plays on, a stretch at a time, until nothing changes.
  void settle() {
    double before = play();
    int still = 0;
    for (int stretch = 0; stretch < kMostStretches && still < 3; ++stretch) {
      const double level = play();
      still = std::fabs(level - before) < kStillDb ? still + 1 : 0;
      before = level;
    }
  }

  /// The left channel of the last stretch, and the tone as it went in beside it.
  const std::vector<float>& wet() const { return wet_; }
  std::vector<float> dry() const {
    std::vector<float> dry(wet_.size());
    const Frames first = frame_ - static_cast<Frames>(dry.size()) - latency_;
    for (std::size_t i = 0; i < dry.size(); ++i) dry[i] = tone(first + static_cast<Frames>(i));
    return dry;
  }

 private:
  float tone(Frames frame) const {
    return static_cast<float>(amplitude_ *
                              std::sin(2.0 * std::numbers::pi * kToneHz * static_cast<double>(frame) / rate_));
  }

  double play() {
    const InsertType& type = *state_->type;
    for (std::size_t done = 0; done < wet_.size();) {
      const int count = static_cast<int>(std::min<std::size_t>(kSlice, wet_.size() - done));
      for (std::size_t i = done; i < done + static_cast<std::size_t>(count); ++i) wet_[i] = right_[i] = tone(frame_++);
      const AudioBlock io(wet_.data() + done, right_.data() + done, 2, count);
      type.process(state_->instance, {.io = io, .key = io, .params = state_->values, .curves = state_->curves});
      done += static_cast<std::size_t>(count);
    }
    return peak_db(mean_square(wet_));
  }

  std::shared_ptr<InsertState> state_;
  double rate_, amplitude_;
  Frames latency_, frame_ = 0;
  std::vector<float> wet_, right_;
};

/// Of a stretch that goes on and on, in LUFS; levels of no account would not pass the gate of the measurement, so it is
/// brought to one that does.
double loudness_of(const std::vector<float>& stretch, double sample_rate) {
  const double db = peak_db(mean_square(stretch)), gain = std::pow(10.0, (-20.0 - db) / 20.0);
  std::vector<double> loud(stretch.size());
  std::ranges::transform(stretch, loud.begin(), [&](float x) { return gain * static_cast<double>(x); });
  LoudnessMeter meter(2, sample_rate);
  const std::array<const double*, 2> channels{loud.data(), loud.data()};
  for (int n = 0; n < 10; ++n) meter.add(channels, static_cast<int>(loud.size()));
  return meter.integrated_lufs().value_or(-20.0) + 20.0 + db;
}

}  // namespace

SettledTone settled_tone(const InsertSlot& slot, double tempo_bpm, double input_db, double sample_rate) {
  const InsertType& type = *find_insert_type(slot.type);
  ToneRun run(type, resolve_params(type, slot, tempo_bpm), input_db, sample_rate);
  run.settle();
  const std::vector<float> dry = run.dry();
  std::vector<float> out = run.wet();
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] =
        static_cast<float>((1.0 - slot.mix) * static_cast<double>(dry[i]) + slot.mix * static_cast<double>(out[i]));
  return {.wet_db = peak_db(mean_square(run.wet())),
          .output_db = peak_db(mean_square(out)),
          .loudness_gain = loudness_of(out, sample_rate) - loudness_of(dry, sample_rate)};
}

}  // namespace busbar
