#pragma once
#include <cmath>

#include "engine/realtime/dsp/settle.hpp"

namespace busbar {

/// The share of the way to its goal that an exponential goes in one frame, if it goes 63.2 % of it in `seconds`.
inline double step_share(double seconds, double rate) noexcept {
  return seconds > 0.0 ? -std::expm1(-1.0 / (seconds * rate)) : 1.0;
}

/// Gain reduction in dB as it follows what the static curve asks for: exponentials in dB, so that 63.2 % of any step is
/// done after exactly the attack or release, whatever the size of the step.
/// State   64 bit; 1e-30 dB and less is put to zero by `settle`
/// Source  smooth branching in the logarithmic domain: Giannoulis, Massberg, Reiss, JAES 60(6), 2012, (17)
class Ballistics {
 public:
  struct Times {
    double attack = 1.0, release = 1.0;  ///< shares of the way per frame, see step_share
  };

  bool operator==(const Ballistics&) const = default;
  void reset() noexcept { reduction_ = 0.0; }
  void settle() noexcept {
    if (std::fabs(reduction_) < kSettled) reduction_ = 0.0;
  }
  double value() const noexcept { return reduction_; }
  void stand_at(double reduction) noexcept { reduction_ = reduction; }

  /// In place: the wanted reduction becomes the smoothed one. Either way the reduction takes the larger of two
  /// candidates, or the smaller one if the release is quicker than the attack: a frame waits for one product, one sum
  /// and one choice.
  void follow(const Times& times, float* reduction, int count) noexcept {
    if (times.attack >= times.release)
      run(times, reduction, count, [](double a, double b) { return a > b ? a : b; });
    else
      run(times, reduction, count, [](double a, double b) { return a < b ? a : b; });
  }

 private:
  template <typename Choose>
  void run(const Times& t, float* reduction, int count, Choose choose) noexcept {
    const double keep_attack = 1.0 - t.attack, keep_release = 1.0 - t.release;
    double s = reduction_;
    for (int i = 0; i < count; ++i) {
      const auto wanted = static_cast<double>(reduction[i]);
      s = choose(s * keep_attack + t.attack * wanted, s * keep_release + t.release * wanted);
      reduction[i] = static_cast<float>(s);
    }
    reduction_ = s;
  }

  double reduction_ = 0.0;
};

/// The same for a release that depends on the programme: two capacitors in series, each with a resistor of its own,
/// are charged together through a diode and discharge apart. A short peak charges the small one, which lets go
/// quickly; held for long, the reduction moves into the large one. In dB.
/// Source  the release network of console bus compressors. A charge q raises the voltages by q/C₁ and q/C₂, so the
///         large capacitor gets `slow_share` = C₁/(C₁ + C₂) of a rise
class SeriesRelease {
 public:
  struct Times {
    double attack = 1.0;                      ///< share of the way per frame
    double keep_fast = 0.0, keep_slow = 0.0;  ///< what a frame leaves in either capacitor
    double slow_share = 0.0;
    static Times of(double fast_seconds, double slow_seconds, double slow_share, double rate) noexcept {
      return {.attack = 1.0,
              .keep_fast = 1.0 - step_share(fast_seconds, rate),
              .keep_slow = 1.0 - step_share(slow_seconds, rate),
              .slow_share = slow_share};
    }
  };

  bool operator==(const SeriesRelease&) const = default;
  void reset() noexcept { fast_ = slow_ = 0.0; }
  void settle() noexcept {
    if (std::fabs(fast_) < kSettled && std::fabs(slow_) < kSettled) reset();
  }
  double value() const noexcept { return fast_ + slow_; }
  void stand_at(double reduction) noexcept {
    fast_ = reduction;
    slow_ = 0.0;
  }

  void follow(const Times& t, float* reduction, int count) noexcept {
    double fast = fast_, slow = slow_;
    for (int i = 0; i < count; ++i) {
      const auto wanted = static_cast<double>(reduction[i]);
      const double now = fast + slow;
      fast *= t.keep_fast;
      slow *= t.keep_slow;
      const double discharged = fast + slow;
      const double held = discharged > wanted ? discharged : wanted;
      const double next = wanted > now ? now + t.attack * (wanted - now) : held;
      const double charge = next - discharged;
      fast += charge * (1.0 - t.slow_share);
      slow += charge * t.slow_share;
      reduction[i] = static_cast<float>(next);
    }
    fast_ = fast;
    slow_ = slow;
  }

 private:
  double fast_ = 0.0, slow_ = 0.0;
};

/// Either of the two: a release that is set, or one that finds its own time.
class ProgramEnvelope {
 public:
  struct Times {
    Ballistics::Times fixed;
    SeriesRelease::Times automatic;

    void set(double attack_seconds, double release_seconds, double rate) noexcept {
      fixed = {step_share(attack_seconds, rate), step_share(release_seconds, rate)};
      automatic.attack = fixed.attack;
    }
  };

  bool operator==(const ProgramEnvelope&) const = default;
  void settle() noexcept {
    fixed_.settle();
    automatic_.settle();
  }
  /// The reduction goes on where it is.
  void choose(bool automatic) noexcept {
    if (automatic && !is_automatic_) automatic_.stand_at(fixed_.value());
    if (!automatic && is_automatic_) fixed_.stand_at(automatic_.value());
    is_automatic_ = automatic;
  }
  void follow(const Times& times, float* reduction, int count) noexcept {
    if (is_automatic_)
      automatic_.follow(times.automatic, reduction, count);
    else
      fixed_.follow(times.fixed, reduction, count);
  }

 private:
  Ballistics fixed_;
  SeriesRelease automatic_;
  bool is_automatic_ = false;
};

}  // namespace busbar
