#pragma once
#include <array>
#include <cstddef>

#include "engine/realtime/dsp/ramp.hpp"
#include "engine/realtime/dsp/split.hpp"
#include "engine/realtime/kernels/split_tree.hpp"

namespace busbar {

/// Four bands whose sum is flat, by corners that glide.
class FourBands {
 public:
  static constexpr std::size_t kBands = SplitTree::kBands, kCorners = SplitTree::kCorners;
  using Corners = std::array<double, kCorners>;

  void prepare(double sample_rate) noexcept {
    sample_rate_ = sample_rate;
    reset();
  }

  void reset() noexcept {
    tree_ = {};
    started_ = false;
    glide_left_ = 0;
    corners_ = {};
  }

  /// Rising corners, at the first frame of a call.
  void set(const Corners& corners) noexcept {
    if (started_ && corners == corners_) return;
    for (std::size_t k = 0; k < kCorners; ++k)
      if (!started_ || corners[k] != corners_[k]) target_[k] = SplitTuning::at(corners[k], sample_rate_);
    corners_ = corners;
    if (!started_) now_ = target_;
    from_ = now_;
    glide_left_ = started_ ? kGlide : 0;
    started_ = true;
  }

  void split(const Pair* in, int frames, const std::array<Pair*, kBands>& bands) noexcept {
    int done = 0;
    for (; done < frames && glide_left_ > 0; ++done, --glide_left_) {
      const double t = static_cast<double>(kGlide + 1 - glide_left_) / kGlide;
      for (std::size_t k = 0; k < kCorners; ++k) now_[k] = from_[k].towards(target_[k], t);
      const auto parts = tree_.next(now_, in[done]);
      for (std::size_t b = 0; b < kBands; ++b) bands[b][done] = parts[b];
    }
    if (glide_left_ == 0) now_ = target_;
    run_split_tree(now_, tree_, in + done, frames - done,
                   {bands[0] + done, bands[1] + done, bands[2] + done, bands[3] + done});
  }

  void settle() noexcept { tree_.settle(); }

 private:
  static constexpr int kGlide = static_cast<int>(kGrid);
  double sample_rate_ = 48000.0;
  bool started_ = false;
  int glide_left_ = 0;
  Corners corners_{};
  SplitTree::Tunings now_{}, from_{}, target_{};
  SplitTree tree_;
};

}  // namespace busbar
