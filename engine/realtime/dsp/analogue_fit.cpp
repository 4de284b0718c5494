#include "engine/realtime/dsp/analogue_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace busbar {

// How it is done, with the reasons, stands in docs/math.md under "Filters that follow the analogue ones".

namespace {

constexpr double kPi = std::numbers::pi;
constexpr int kMost = 4;  // unknowns of a section whose gain at DC is given

/// (n0 + n1·u + n2·u²)/(1 + d1·u + d2·u²), a power over u = (scale·tan(π·f/rate))².
struct Fit {
  double n0, n1, n2, d1, d2, scale;

  double power(double u) const noexcept { return (n0 + u * (n1 + u * n2)) / (1.0 + u * (d1 + u * d2)); }
  /// No zero and no pole on the axis of frequencies, but for a double zero at DC or at half the rate.
  bool has_minimum_phase() const noexcept {
    constexpr double kNear = 1e-5;
    const auto is_free = [](double p0, double p1, double p2) {
      return p0 >= 0.0 && p2 >= 0.0 && (p0 * p2 == 0.0 ? p1 >= 0.0 : p1 > (kNear - 2.0) * std::sqrt(p0 * p2));
    };
    return is_free(n0, n1, n2) && is_free(1.0, d1, d2) && (d1 > 0.0 || d2 > 0.0);
  }
};

/// Where the frequencies of one fit are.
struct Axis {
  double hz, rate, top;  // top: up to where it should fit
  double scale;

  Axis(double corner, double sample_rate, double highest) noexcept : hz(corner), rate(sample_rate), top(highest) {
    const double exact_at = std::min(corner, highest);
    scale = exact_at / corner / std::tan(kPi * exact_at / sample_rate);
  }
  double u(double f) const noexcept {
    const double t = scale * std::tan(kPi * f / rate);
    return t * t;
  }
  double v2(double f) const noexcept { return f / hz * (f / hz); }
};

double highest_fitted(double sample_rate) noexcept {
  return std::min(std::max(20000.0, 0.4 * sample_rate), kHighestBell * sample_rate);
}

/// 1 + jkt - mt², which has no root to the right: turns from 0 to π as t rises.
struct Turn {
  double k, m;

  /// The minimum-phase root of power[0] + power[1]·v² + power[2]·v⁴, over t = y/√(1 - y²), y = f/top = c·v.
  static Turn of(const std::array<double, 3>& power, double c) noexcept {
    const double a = power[1] / (power[0] * c * c);
    const double b = power[2] / (power[0] * c * c * c * c);
    const double m = std::sqrt(std::max(0.0, 1.0 + a + b));
    return {std::sqrt(std::max(0.0, 2.0 + a + 2.0 * m)), m};
  }
  double slope(double t) const noexcept {
    const double re = 1.0 - m * t * t;
    return k * (1.0 + m * t * t) / (re * re + k * k * t * t);
  }
};

/// The angle of (1 + j·edge·t)·turns: where it passes odd multiples of π/4 the error of the best fit is zero.
struct Phase {
  double edge;
  std::array<Turn, 2> turns;
  int count;

  double angle(double t) const noexcept {
    double re = 1.0, im = 0.0;
    for (int i = 0; i < count; ++i) {
      const Turn& turn = turns[static_cast<std::size_t>(i)];
      const double turn_re = 1.0 - turn.m * t * t, turn_im = turn.k * t, old_re = re;
      re = old_re * turn_re - im * turn_im;
      im = old_re * turn_im + im * turn_re;
    }
    const double turned = std::atan2(im, re);  // two of them turn by less than a whole circle
    return std::atan(edge * t) + (turned < 0.0 ? turned + 2.0 * kPi : turned);
  }
  double slope(double t) const noexcept {
    double sum = edge / (1.0 + edge * edge * t * t);
    for (int i = 0; i < count; ++i) sum += turns[static_cast<std::size_t>(i)].slope(t);
    return sum;
  }

  /// The t > `low` at which the angle is `wanted`: Newton's steps in log t, kept between bounds.
  double at(double wanted, double low, double guess) const noexcept {
    double high = 1e9, t = guess;
    for (int step = 0; step < 24; ++step) {
      const double off = angle(t) - wanted;
      (off > 0.0 ? high : low) = t;
      double next = t * std::exp(std::clamp(-off / (slope(t) * t), -3.0, 3.0));
      if (!(next > low && next < high)) next = std::sqrt(low * high);
      const bool is_there = std::fabs(next - t) < 0.01 * t;  // what remains is the square of it
      t = next;
      if (is_there) break;
    }
    return t;
  }
};

/// Frequencies at which the fit is to be exact: the angle is (first + 2i)·π/4 there.
std::array<double, kMost> exact_frequencies(const Phase& phase, int first, int count, const Axis& axis) noexcept {
  std::array<double, kMost> hz{};
  const double c = std::min(axis.hz / axis.top, 0.99);
  double t = c / std::sqrt(1.0 - c * c), low = 1e-12;
  for (int i = 0; i < count; ++i) {
    t = low = phase.at((first + 2 * i) * kPi / 4.0, low, t);
    hz[static_cast<std::size_t>(i)] = axis.top * t / std::sqrt(1.0 + t * t);
  }
  return hz;
}

/// Least squares of up to four unknowns, drawn towards zero by `pull`: Gauss on the normal equations.
struct LinearSystem {
  int unknowns;
  std::array<std::array<double, kMost>, kMost> rows{};
  std::array<double, kMost> wanted{}, size{};

  explicit LinearSystem(int count) noexcept : unknowns(count) {}

  /// Makes the columns equally long, so that `pull` means the same to all unknowns.
  void balance() noexcept {
    for (int k = 0; k < unknowns; ++k) {
      double sum = 0.0;
      for (int i = 0; i < unknowns; ++i) sum += at(i, k) * at(i, k);
      size[index(k)] = sum > 0.0 ? 1.0 / std::sqrt(sum) : 0.0;
      for (int i = 0; i < unknowns; ++i) at(i, k) *= size[index(k)];
    }
  }

  std::array<double, kMost> solve(double pull) const noexcept {
    std::array<std::array<double, kMost + 1>, kMost> m{};
    for (int a = 0; a < unknowns; ++a) {
      for (int b = 0; b < unknowns; ++b)
        for (int i = 0; i < unknowns; ++i) m[index(a)][index(b)] += at(i, a) * at(i, b);
      m[index(a)][index(a)] += pull;
      for (int i = 0; i < unknowns; ++i) m[index(a)][kMost] += at(i, a) * wanted[index(i)];
    }
    for (int c = 0; c < unknowns; ++c) eliminate(m, c);
    std::array<double, kMost> x{};
    for (int r = unknowns - 1; r >= 0; --r) {
      double sum = m[index(r)][kMost];
      for (int k = r + 1; k < unknowns; ++k) sum -= m[index(r)][index(k)] * x[index(k)];
      x[index(r)] = sum / m[index(r)][index(r)];
    }
    for (int k = 0; k < unknowns; ++k) x[index(k)] *= size[index(k)];
    return x;
  }

  double& at(int i, int k) noexcept { return rows[index(i)][index(k)]; }
  double at(int i, int k) const noexcept { return rows[index(i)][index(k)]; }

 private:
  static std::size_t index(int i) noexcept { return static_cast<std::size_t>(i); }
  /// The matrix is symmetric and positive, so the diagonal will do as pivot.
  void eliminate(std::array<std::array<double, kMost + 1>, kMost>& m, int c) const noexcept {
    for (int r = c + 1; r < unknowns; ++r) {
      const double factor = m[index(r)][index(c)] / m[index(c)][index(c)];
      for (std::size_t k = index(c); k <= kMost; ++k) m[index(r)][k] -= factor * m[index(c)][k];
    }
  }
};

/// Solves with ever more pull towards the bilinear transform, until the section has minimum phase.
template <typename With>
Fit solve_gently(LinearSystem system, const Fit& bilinear, With with) noexcept {
  system.balance();
  for (double pull = 1e-6; pull < 1e4; pull *= 10.0) {
    const Fit fit = with(system.solve(pull));
    if (fit.has_minimum_phase()) return fit;
  }
  return bilinear;
}

Fit bilinear_of(const AnalogueSection& a, const Axis& axis) noexcept {
  const double norm = 1.0 / a.poles[0];
  return {a.zeros[0] * norm, a.zeros[1] * norm, a.zeros[2] * norm, a.poles[1] * norm, a.poles[2] * norm, axis.scale};
}

/// Zeros and poles free but for the gain at DC.
Fit fit_section(const AnalogueSection& a, const Axis& axis, double edge) noexcept {
  const double c = axis.hz / axis.top;
  const auto exact = exact_frequencies({edge, {Turn::of(a.zeros, c), Turn::of(a.poles, c)}, 2}, 3, 4, axis);
  const Fit start = bilinear_of(a, axis);
  LinearSystem system(4);
  for (int i = 0; i < 4; ++i) {
    const double hz = exact[static_cast<std::size_t>(i)];
    const double u = axis.u(hz), power = a.power(axis.v2(hz));
    const double above = start.n0 + u * (start.n1 + u * start.n2);
    const double below = 1.0 + u * (start.d1 + u * start.d2);
    const double weight = 1.0 / (above + power * below);
    const std::array<double, 4> row{u, u * u, -power * u, -power * u * u};
    for (int k = 0; k < 4; ++k) system.at(i, k) = weight * row[static_cast<std::size_t>(k)];
    system.wanted[static_cast<std::size_t>(i)] = weight * (power * below - above);
  }
  return solve_gently(system, start, [&](const std::array<double, kMost>& x) -> Fit {
    return {start.n0, start.n1 + x[0], start.n2 + x[1], start.d1 + x[2], start.d2 + x[3], start.scale};
  });
}

/// A double zero at DC, all else free.
Fit fit_high(const AnalogueSection& a, const Axis& axis) noexcept {
  const auto exact = exact_frequencies({1.0, {Turn::of(a.poles, axis.hz / axis.top)}, 1}, 1, 3, axis);
  const Fit start = bilinear_of(a, axis);
  LinearSystem system(3);
  for (int i = 0; i < 3; ++i) {
    const double hz = exact[static_cast<std::size_t>(i)];
    const double u = axis.u(hz), power = a.power(axis.v2(hz));
    const double below = 1.0 + u * (start.d1 + u * start.d2);
    const double weight = 1.0 / (power * below + u * u);
    const std::array<double, 3> row{u * u, -power * u, -power * u * u};
    for (int k = 0; k < 3; ++k) system.at(i, k) = weight * row[static_cast<std::size_t>(k)];
    system.wanted[static_cast<std::size_t>(i)] = weight * (power * below - u * u);
  }
  return solve_gently(system, start, [&](const std::array<double, kMost>& x) -> Fit {
    return {0.0, 0.0, 1.0 + x[0], start.d1 + x[1], start.d2 + x[2], start.scale};
  });
}

/// A section of first order, exact at DC, at its corner and at one more frequency: n0 + n1·u = power·(1 + d1·u).
Fit fit_first_order(const AnalogueSection& a, const Axis& axis) noexcept {
  const Fit start = bilinear_of(a, axis);
  const double other = axis.hz < 0.6 * axis.top ? 0.8 * axis.top : 0.35 * axis.top;
  const double u1 = axis.u(axis.hz), u2 = axis.u(other);
  const double p1 = a.power(axis.v2(axis.hz)), p2 = a.power(axis.v2(other));
  const double over1 = (p1 - start.n0) / u1, over2 = (p2 - start.n0) / u2;
  const double d1 = (over1 - over2) / (p2 - p1);
  const Fit fit{start.n0, over1 + p1 * d1, 0.0, d1, 0.0, start.scale};
  return fit.has_minimum_phase() ? fit : start;
}

/// Changes the damping of the poles so that the gain at the corner is exact. It is felt around the corner alone.
Fit with_exact_corner(Fit fit, const AnalogueSection& a, const Axis& axis) noexcept {
  const double u = axis.u(axis.hz);
  Fit exact = fit;
  exact.d1 = ((fit.n0 + u * (fit.n1 + u * fit.n2)) / a.power(1.0) - 1.0 - fit.d2 * u * u) / u;
  return exact.has_minimum_phase() ? exact : fit;
}

double radius_of(double g, double k) noexcept {
  if (k <= 2.0) return std::sqrt((1.0 - k * g + g * g) / (1.0 + k * g + g * g));
  const double slow = g * (0.5 * k - std::sqrt(0.25 * k * k - 1.0)), fast = g * g / slow;
  return std::max(std::fabs((1.0 - slow) / (1.0 + slow)), std::fabs((1.0 - fast) / (1.0 + fast)));
}

/// With tan² = T the prototype of a section is |low + j·band·t - high·t²|², t = tan/g: coefficients compare.
FittedSection section_of(const Fit& fit) noexcept {
  if (fit.d2 == 0.0) {
    const double g = 1.0 / (fit.scale * std::sqrt(fit.d1));
    return {SectionTuning::first_order(g, std::sqrt(fit.n1 / fit.d1), std::sqrt(fit.n0)),
            std::fabs((1.0 - g) / (1.0 + g))};
  }
  const double root = std::sqrt(fit.d2);
  const double g = 1.0 / (fit.scale * std::sqrt(root));
  const double k = std::sqrt(std::max(0.0, 2.0 + fit.d1 / root));
  const double high = std::sqrt(fit.n2 / fit.d2), low = std::sqrt(fit.n0);
  const double band = std::sqrt(std::max(0.0, fit.n1 / root + 2.0 * low * high));
  return {SectionTuning::second_order(g, k, high, band, low), radius_of(g, k)};
}

Fit inverse(const Fit& fit) noexcept {
  const double norm = 1.0 / fit.n0;
  return {norm, fit.d1 * norm, fit.d2 * norm, fit.n1 * norm, fit.n2 * norm, fit.scale};
}

Axis boost_axis(double hz, double sample_rate) noexcept {
  return {std::min(hz, kHighestBell * sample_rate), sample_rate, highest_fitted(sample_rate)};
}

/// What puts the zeros of the error best, found by trial over all corners and rates.
constexpr double kBoostEdge = 0.9;
constexpr double kHighestLowPass = 0.443;

}  // namespace

AnalogueSection AnalogueSection::bell(double gain_db, double q) noexcept {
  const double a = std::pow(10.0, gain_db / 40.0);
  const double zero = a / q, pole = 1.0 / (a * q);
  return {{1.0, zero * zero - 2.0, 1.0}, {1.0, pole * pole - 2.0, 1.0}};
}

AnalogueSection AnalogueSection::high_shelf(double gain_db, double q) noexcept {
  const double a = std::pow(10.0, gain_db / 40.0);
  const double damped = a / (q * q) - 2.0 * a;
  return {{a * a, a * a * damped, a * a * a * a}, {a * a, damped, 1.0}};
}

AnalogueSection AnalogueSection::low_shelf(double gain_db, double q) noexcept {
  const double a = std::pow(10.0, gain_db / 40.0);
  const double damped = a / (q * q) - 2.0 * a;
  return {{a * a * a * a, a * a * damped, a * a}, {1.0, damped, a * a}};
}

AnalogueSection AnalogueSection::tilt(double gain_db) noexcept {
  const double power = std::pow(10.0, gain_db / 10.0);
  return {{1.0, power, 0.0}, {power, 1.0, 0.0}};
}

AnalogueSection AnalogueSection::low_pass(double q) noexcept {
  return {{1.0, 0.0, 0.0}, {1.0, 1.0 / (q * q) - 2.0, 1.0}};
}

AnalogueSection AnalogueSection::low_pass_first_order() noexcept { return {{1.0, 0.0, 0.0}, {1.0, 1.0, 0.0}}; }

FittedSection fit_boost(const AnalogueSection& boost, double hz, double sample_rate) noexcept {
  return section_of(fit_section(boost, boost_axis(hz, sample_rate), kBoostEdge));
}

FittedSection fit_cut(const AnalogueSection& boost, double hz, double sample_rate) noexcept {
  return section_of(inverse(fit_section(boost, boost_axis(hz, sample_rate), kBoostEdge)));
}

FittedSection fit_low_pass(const AnalogueSection& pass, double hz, double sample_rate) noexcept {
  const Axis axis(std::min(hz, kHighestPass * sample_rate), sample_rate, kHighestLowPass * sample_rate);
  const double c = axis.hz / axis.top;
  if (pass.poles[2] == 0.0 && c > 0.8) return section_of(fit_first_order(pass, axis));
  // Low corners gather the zeros of the error around themselves: what is left of it far up is far down.
  const double edge = 1.5 - 0.5 * std::clamp((c - 0.6) / 0.25, 0.0, 1.0);
  return section_of(with_exact_corner(fit_section(pass, axis, edge), pass, axis));
}

FittedSection fit_high_pass(double q, double hz, double sample_rate) noexcept {
  const Axis axis(std::min(hz, kHighestPass * sample_rate), sample_rate, highest_fitted(sample_rate));
  const AnalogueSection pass{{0.0, 0.0, 1.0}, AnalogueSection::low_pass(q).poles};
  return section_of(with_exact_corner(fit_high(pass, axis), pass, axis));
}

FittedSection fit_high_pass_first_order(double hz, double sample_rate) noexcept {
  const Axis axis(std::min(hz, kHighestPass * sample_rate), sample_rate, highest_fitted(sample_rate));
  return section_of(fit_first_order({{0.0, 1.0, 0.0}, {1.0, 1.0, 0.0}}, axis));
}

}  // namespace busbar
