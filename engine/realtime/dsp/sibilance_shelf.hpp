#pragma once
#include <array>
#include <cstddef>

#include "engine/realtime/dsp/section.hpp"
#include "engine/realtime/dsp/svf.hpp"

namespace busbar {

/// A shelf that turns the highs down by another amount each frame:
///   |H|² = (1 + g²v¹⁶)/(1 + v¹⁶): flat below, g above, within half an octave
/// Its poles are Butterworth's of eighth order and stand still; its zeros are the same times g^(-1/8), so that only the
/// mixture of each section's outputs follows g: (Gs² + k√G·s + 1)/(s² + ks + 1) with G = g^(1/4), which is
/// x + (h² + 2h)·high + h·k·band with h = √G - 1, and, by what high and band are made of (dsp/svf.hpp),
/// x + h·(h·h_e + e)·(x - s2) + h·(h·h_s1 + s1)·s1. At rest h is 0, and what comes in goes out.
/// Source  the Butterworth polynomial
struct SibilanceShelf {
  static constexpr std::size_t kSections = 4;
  /// 2·sin((2i - 1)π/16), the most resonant last.
  static constexpr std::array<double, kSections> kDamping{1.9615705608064609, 1.6629392246050905, 1.1111404660392044,
                                                          0.3901806440322565};
  using Tunings = std::array<SvfTuning, kSections>;

  /// How a section's output follows h.
  struct Mix {
    double hh_e, h_e, hh_s1, h_s1;

    static Mix of(const SvfTuning& t, double damping) noexcept {
      return {.hh_e = t.high_e,
              .h_e = t.high_e * (2.0 + damping * t.g),
              .hh_s1 = -t.high_s1,
              .h_s1 = damping * (1.0 - t.g * t.high_s1) - 2.0 * t.high_s1};
    }
  };

  std::array<SectionState, kSections> state;

  Pair next(const Tunings& tunings, double h, Pair x) noexcept {
    for (std::size_t k = 0; k < kSections; ++k) x = next(state[k], tunings[k], Mix::of(tunings[k], kDamping[k]), h, x);
    return x;
  }
  void settle() noexcept {
    for (SectionState& section : state) section.settle();
  }

  static Pair next(SectionState& s, const SvfTuning& t, const Mix& mix, double h, const Pair& x) noexcept {
    Pair y;
    const double of_e = h * (h * mix.hh_e + mix.h_e), of_s1 = h * (h * mix.hh_s1 + mix.h_s1);
    for (std::size_t c = 0; c < 2; ++c) {
      const double first = s.s1.lane[c], e = x.lane[c] - s.s2.lane[c];
      y.lane[c] = (x.lane[c] + of_s1 * first) + of_e * e;
      s.s2.lane[c] = (s.s2.lane[c] + t.s2_s1 * first) + t.s2_e * e;
      s.s1.lane[c] = t.s1_s1 * first + t.s1_e * e;
    }
    return y;
  }
};

}  // namespace busbar
