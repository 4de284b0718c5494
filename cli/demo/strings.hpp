#pragma once
#include <vector>

#include "cli/demo/dsp.hpp"

namespace busbar::demo {

/// How a string is plucked.
struct Pluck {
  double hz;
  double velocity;
  double place;    ///< along the string, 0 … 0.5: near the bridge is brighter
  double seconds;  ///< until it has fallen by 60 dB
  double damping;  ///< 0 … 1: how fast the overtones die
};

/// A plucked string after K. Karplus, A. Strong (Computer Music Journal 7-2, 1983) with the tuning all-pass of
/// D. Jaffe and J. Smith: a delay line as long as the period, closed through a gentle low pass.
class PluckedString {
 public:
  /// Draws the string aside as a triangle, slightly rough, and lets go. What still sounds is damped at once.
  void pluck(const Pluck& how, Random& random);
  /// A finger falls on the string.
  void damp(double seconds) noexcept;
  double next() noexcept;

 private:
  std::vector<double> line_;
  std::size_t at_ = 0;
  double loss_ = 0.0;
  double damping_ = 0.5;
  double tuning_ = 0.0;
  double last_in_ = 0.0, last_out_ = 0.0, last_low_ = 0.0;
  double tail_ = 0.0;  // what the string did before, fading, so that a new pluck does not click
};

}  // namespace busbar::demo
