#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>

namespace busbar {

/// How a limiter's reduction follows what two channels ask for, frame by frame: the largest of the last `hold` frames,
/// an exponential back from it, and two moving averages in a row, of `first` and `second` frames. All in dB.
/// State   the averages are sums of whole numbers below 2⁵³, so that no error gathers and zeros in become zeros out
struct HoldAndSmooth {
  static constexpr int kMostHold = 1024, kMostAverage = 512;
  static constexpr int kMost = 64;  ///< frames per call
  /// Of a dB: 2²⁶. The loudest sample asks for less than 2¹⁰ dB, and the averages are of less than 2¹⁷ frames.
  static constexpr double kUnit = 67108864.0;

  /// Two exponentials that are charged together. Of a short peak little stays in the slow one, of a loud passage more
  /// and more; without a share for it there is but one.
  struct Release {
    double keep_fast, keep_slow, slow_share;
  };
  using Both = std::array<double, 2>;  // channels

  /// 1 <= each; at most kMostHold and kMostAverage.
  void use(int hold_frames, int first_frames, int second_frames) noexcept {
    assert(hold_frames <= kMostHold && std::max(first_frames, second_frames) <= kMostAverage);
    hold = hold_frames;
    first = first_frames;
    second = second_frames;
    mask = std::bit_ceil(static_cast<std::size_t>(std::max(first, second))) - 1;
    reset();
  }
  void reset() noexcept {
    for (auto& asked : past) std::fill_n(asked.begin(), hold, 0.0f);
    std::fill_n(held.begin(), mask + 1, Both{});
    std::fill_n(averaged.begin(), mask + 1, Both{});
    fast = slow = sum = sum_of_sums = {};
    at = 0;
  }
  /// Exponentials that are no longer heard end.
  void settle(double inaudible) noexcept {
    for (std::size_t c = 0; c < fast.size(); ++c)
      if (fast[c] + slow[c] < inaudible) fast[c] = slow[c] = 0.0;
  }
  /// No exponential is under way.
  bool is_released() const noexcept { return fast == Both{} && slow == Both{}; }

  int hold = 1, first = 1, second = 1;
  std::size_t mask = 0, at = 0;  // of the memories of the averages, and the next frame's place in them
  Both fast{}, slow{}, sum{}, sum_of_sums{};
  std::array<std::array<float, static_cast<std::size_t>(kMostHold)>, 2> past{};  // the last hold - 1 frames asked
  std::array<Both, static_cast<std::size_t>(kMostAverage)> held{}, averaged{};   // what the sums are of
};

/// In place: the dB asked for by two channels become their gains, 1 exactly where nothing is reduced. Returns the
/// largest reduction. There must be room behind `count` for whole registers, up to a multiple of 16.
float hold_and_smooth(HoldAndSmooth& state, const HoldAndSmooth::Release& release, float* left, float* right,
                      int count) noexcept;

}  // namespace busbar
