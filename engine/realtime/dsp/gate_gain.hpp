#pragma once
#include <algorithm>
#include <cmath>

#include "engine/realtime/dsp/log_exp.hpp"
#include "engine/realtime/dsp/ramp.hpp"

namespace busbar {

/// The gain of a gate that opens and closes without an edge. It opens along a quintic in the gain itself, whose
/// spectrum ends soonest; it closes along one in dB, which is how a decay is heard. Either takes as long as makes
/// 63.2 % of the change in dB come after just the attack or release. An opening is always finished; a closing turns
/// round with the slope that it has.
/// Source  dsp/ramp.hpp for the quintic; the quintic Hermite polynomial for a start that has a slope. docs/math.md
class GateGain {
 public:
  struct Times {
    double attack_frames, release_frames;
  };

  void reset() noexcept { *this = {}; }
  /// Open at once.
  void stand_open() noexcept { phase_ = Phase::open; }

  bool is_open() const noexcept { return phase_ == Phase::open; }
  bool is_closed() const noexcept { return phase_ == Phase::closed; }
  bool is_closing() const noexcept { return phase_ == Phase::closing; }

  /// Gain of a frame; `range_db` <= 0 is that of the closed gate.
  double next(bool wants_open, double range_db, const Times& times) noexcept {
    if (wants_open && (phase_ == Phase::closed || phase_ == Phase::closing)) open(range_db, times);
    if (!wants_open && phase_ == Phase::open) {
      phase_ = Phase::closing;
      way_ = 0.0;
    }
    switch (phase_) {
      case Phase::open:
        return 1.0;
      case Phase::closed:
        return gain_of(range_db);
      case Phase::opening:
        way_ += step_;
        if (way_ < 1.0) return opening_gain(range_db);
        phase_ = Phase::open;
        return 1.0;
      case Phase::closing:
        step_ = kReleaseWay / times.release_frames;
        way_ += step_;
        if (way_ >= 1.0) phase_ = Phase::closed;
        return gain_of(range_db * (way_ < 1.0 ? smoothstep(way_) : 1.0));
    }
    return 1.0;
  }

 private:
  enum class Phase { closed, opening, open, closing };

  static constexpr double kShare = 0.6321205588285577;       // 1 - 1/e
  static constexpr double kReleaseWay = 0.5714302325489498;  // smoothstep(t) = 1 - 1/e

  static double gain_of(double db) noexcept { return static_cast<double>(fast_gain(static_cast<float>(db))); }

  /// Where smoothstep comes to `value`, by bisection; 32 steps are as good as 32 bit.
  static double inverse_smoothstep(double value) noexcept {
    double low = 0.0, high = 1.0;
    for (int i = 0; i < 32; ++i) {
      const double middle = 0.5 * (low + high);
      (smoothstep(middle) < value ? low : high) = middle;
    }
    return high;
  }

  /// From where the gain is. A closed gate starts with no slope; then it lasts as its attack says.
  void open(double range_db, const Times& times) noexcept {
    const double floor = gain_of(range_db), room = 1.0 - floor;
    const double done = phase_ == Phase::closing ? std::min(way_, 1.0) : 1.0;
    const double gain = gain_of(range_db * smoothstep(done));
    from_ = room > 0.0 ? std::clamp((gain - floor) / room, 0.0, 1.0) : 1.0;
    const double mark = gain_of((1.0 - kShare) * range_db);
    const double way = room > 0.0 ? inverse_smoothstep((mark - floor) / room) : 1.0;
    const double slope_db = 30.0 * done * done * (1.0 - done) * (1.0 - done) * range_db * step_;
    const double slope = room > 0.0 ? kNepersPerDb * slope_db * gain / room : 0.0;
    step_ = std::min(1.0, way / std::max(times.attack_frames, 1e-3));
    // A fall so steep that it would go through the floor before it turns is cut.
    slope_ = std::max(slope / step_, -2.0 * from_);
    phase_ = Phase::opening;
    way_ = 0.0;
  }

  double opening_gain(double range_db) const noexcept {
    const double t = way_, floor = gain_of(range_db);
    const double turn = t * (1.0 - t) * (1.0 - t) * (1.0 - t) * (1.0 + 3.0 * t);
    const double place = from_ + (1.0 - from_) * smoothstep(t) + slope_ * turn;
    return floor + (1.0 - floor) * std::max(place, 0.0);
  }

  static constexpr double kNepersPerDb = 0.11512925464970229;

  Phase phase_ = Phase::closed;
  double way_ = 0.0;   // of the move, 0 … 1
  double step_ = 0.0;  // of the way per frame
  double from_ = 0.0, slope_ = 0.0;
};

}  // namespace busbar
