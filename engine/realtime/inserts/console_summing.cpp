#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>

#include "engine/realtime/dsp/settle.hpp"
#include "engine/realtime/dsp/soft_curve.hpp"
#include "engine/realtime/insert.hpp"

namespace busbar {

namespace {

/// What the summing amplifier of a console adds to a bus: harmonics that rise with the level of the sum, and that a
/// quiet mix does not hear.
/// Shape   io is [channels][frames], in place, without latency
/// Units   drive in dB: at 0 dB a tone of 0 dBFS gets a third harmonic of -42 dB and a second of about -46; each falls
///         by twice and once as many dB as the tone
/// State   the last frame, and the mean of what the second harmonic adds
/// Errors  what folds back: see docs/math.md
/// Source  y = x + (A(f) - A(1))(x) + k·A(f²)(x) - its mean, f(x) = x/√(1 + (a·x)²), where A(f) is the mean of f along
///         the line between two samples: J. Parker, V. Zavalishin, E. Le Bivic, "Reducing the Aliasing of Nonlinear
///         Waveshaping Using Continuous-Time Convolution", DAFx-16. Only what is added is averaged so, and x is exact
struct ConsoleSumming {
  static constexpr bool kDriveFollowsLevel = true;
  enum : ParamIndex { kDriveDb };
  static constexpr auto kParams = std::to_array<ParamSpec>({
      {.index = kDriveDb,
       .key = "drive_db",
       .label = "Drive",
       .unit = Unit::decibels,
       .min = -12.0f,
       .max = 24.0f,
       .start = 0.0f,
       .travel = Travel::frame},
  });

  static constexpr int kRun = kSettleEvery;
  /// The frame before, and those of a call.
  using Row = std::array<float, static_cast<std::size_t>(kRun) + 1>;

  struct Side {
    float x = 0.0f, root = 0.0f, bent = 0.0f;  // of the last frame, see `add`
    double mean_once = 0.0, mean = 0.0;
  };

  double mean_share = 0.0;
  std::array<Side, 2> sides;
  SettleClock clock;

  void prepare(const PrepareArgs& args) {
    mean_share = -std::expm1(-2.0 * std::numbers::pi * kMeanHz / args.sample_rate);
    reset();
  }

  void reset() noexcept {
    sides = {};
    clock.restart();
  }

  void take_over(const ConsoleSumming& other) noexcept { *this = other; }

  void process(const ProcessArgs& args) noexcept {
    clock.drive(
        args.io.frames(), [&](int first, int count) { run(args, first, count); },
        [this] {
          for (Side& side : sides)
            if (std::fabs(side.mean_once) < kSettled && std::fabs(side.mean) < kSettled)
              side.mean_once = side.mean = 0.0;
        });
  }

  static Frames tail(std::span<const float>, double rate) noexcept {
    return settle_frames(std::exp(-2.0 * std::numbers::pi * kMeanHz / rate)) + 1;
  }

 private:
  static constexpr double kMeanHz = 8.0;
  static constexpr double kBend = 0.25, kEven = 0.04;  // at 0 dB of drive
  static constexpr float kMost = 1e4f;                 // of a·x, whose square must stay a number

  void run(const ProcessArgs& args, int first, int count) noexcept {
    const auto curve = args.curve(kDriveDb);
    Row bend;
    for (int i = 0; i < count; ++i) {
      if (i > 0 && curve.empty()) {
        bend[at(i)] = bend[0];
        continue;
      }
      const float drive = curve.empty() ? args.params[kDriveDb] : curve[at(first + i)];
      bend[at(i)] = static_cast<float>(kBend * to_gain({static_cast<double>(drive)}).value);
    }
    for (int c = 0; c < args.io.channels(); ++c) add(sides[at(c)], bend, args.io.part(first, count).channel(c));
  }

  static constexpr std::size_t at(int i) noexcept { return static_cast<std::size_t>(i); }

  /// With u = a·x, q = √(1 + u²), p = q - 1 (without a difference: u²/(1 + q)) and f = u/q, all of two frames 0 and 1:
  ///   A(f) - A(1) = -(u₀ + u₁)·(p₀ + p₁)/(2·(q₀ + q₁))    A(f²) = (f₀² + f₀·f₁ + f₁²)/3
  void add(Side& side, const Row& bend, std::span<float> io) const noexcept {
    const int count = static_cast<int>(io.size());
    Row u, p, f, odd, even;
    u[0] = side.x;
    p[0] = side.root;
    f[0] = side.bent;
    for (int i = 0; i < count; ++i) u[at(i + 1)] = held_within(bend[at(i)] * io[at(i)], kMost);
    for (int i = 1; i <= count; ++i) {
      const float square = u[at(i)] * u[at(i)], q = std::sqrt(1.0f + square);
      p[at(i)] = square / (1.0f + q);
      f[at(i)] = u[at(i)] / q;
    }
    for (int i = 0; i < count; ++i) {
      const float roots = p[at(i)] + p[at(i + 1)];
      odd[at(i)] = -0.5f * (u[at(i)] + u[at(i + 1)]) * roots / (2.0f + roots);
      even[at(i)] = f[at(i)] * f[at(i)] + f[at(i)] * f[at(i + 1)] + f[at(i + 1)] * f[at(i + 1)];
    }
    side.x = u[at(count)];
    side.root = p[at(count)];
    side.bent = f[at(count)];
    finish(side, bend, odd, even, io);
  }

  void finish(Side& side, const Row& bend, const Row& odd, const Row& even, std::span<float> io) const noexcept {
    double once = side.mean_once, mean = side.mean;
    for (std::size_t i = 0; i < io.size(); ++i) {
      const double squares = kEven / 3.0 * static_cast<double>(even[i]);
      once += mean_share * (squares - once);
      mean += mean_share * (once - mean);
      const double added = (static_cast<double>(odd[i]) + squares - mean) / static_cast<double>(bend[i]);
      io[i] = static_cast<float>(static_cast<double>(io[i]) + added);
    }
    side.mean_once = once;
    side.mean = mean;
  }
};

}  // namespace

InsertType console_summing() { return insert_type<ConsoleSumming>("console_summing", "Console summing"); }

}  // namespace busbar
