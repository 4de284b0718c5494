#include "engine/realtime/path/50_gains.hpp"

#include <algorithm>
#include <cmath>

namespace busbar {

namespace {

using Curves = std::array<std::array<double, kSlice>, 5>;

void apply_standing(const std::array<double, 4>& m, const AudioBlock& tap, StereoScratch& out) noexcept {
  const int frames = tap.frames();
  const float* left = tap.channel(0).data();
  const float* right = tap.channel(tap.channels() - 1).data();
  if (tap.channels() == 1) {
    for (int i = 0; i < frames; ++i) out.left[static_cast<std::size_t>(i)] = m[0] * static_cast<double>(left[i]);
    for (int i = 0; i < frames; ++i) out.right[static_cast<std::size_t>(i)] = m[2] * static_cast<double>(left[i]);
  } else if (m[1] == 0.0 && m[2] == 0.0) {
    for (int i = 0; i < frames; ++i) out.left[static_cast<std::size_t>(i)] = m[0] * static_cast<double>(left[i]);
    for (int i = 0; i < frames; ++i) out.right[static_cast<std::size_t>(i)] = m[3] * static_cast<double>(right[i]);
  } else {
    for (int i = 0; i < frames; ++i) {
      const double l = static_cast<double>(left[i]), r = static_cast<double>(right[i]);
      out.left[static_cast<std::size_t>(i)] = m[0] * l + m[1] * r;
      out.right[static_cast<std::size_t>(i)] = m[2] * l + m[3] * r;
    }
  }
}

void apply_moving(PathState& gains, const AudioBlock& tap, Frames now, Curves& c, StereoScratch& out) noexcept {
  const int frames = tap.frames();
  gains.matrix.fill(now, frames, {c[0].data(), c[1].data(), c[2].data(), c[3].data()});
  gains.gate.fill(now, frames, {c[4].data()});
  if (gains.staged.moving())
    for (int i = 0; i < frames; ++i) c[4][static_cast<std::size_t>(i)] *= std::exp(gains.staged.at(now + i));
  const float* left = tap.channel(0).data();
  const float* right = tap.channel(tap.channels() - 1).data();
  const bool mono = tap.channels() == 1;
  for (int f = 0; f < frames; ++f) {
    const auto i = static_cast<std::size_t>(f);
    const double l = static_cast<double>(left[f]);
    const double r = mono ? 0.0 : static_cast<double>(right[f]);
    out.left[i] = c[4][i] * (c[0][i] * l + c[1][i] * r);
    out.right[i] = c[4][i] * (c[2][i] * l + c[3][i] * r);
  }
}

}  // namespace

bool apply_gains(PathState& gains, const AudioBlock& tap, Frames now, Curves& curves, StereoScratch& out) noexcept {
  if (gains.matrix.moving() || gains.gate.moving() || gains.staged.moving()) {
    apply_moving(gains, tap, now, curves, out);
    return true;
  }
  const std::array<double, 4> matrix = gains.matrix.target();
  if (gains.gate.target()[0] == 0.0 || matrix == std::array<double, 4>{}) {
    std::fill_n(out.left.data(), tap.frames(), 0.0);
    std::fill_n(out.right.data(), tap.frames(), 0.0);
    return false;
  }
  apply_standing(matrix, tap, out);
  return true;
}

}  // namespace busbar
