#pragma once
#include <array>
#include <cstddef>

#include "engine/realtime/dsp/line_bank.hpp"

namespace busbar {

/// A piece of each of sixteen lines.
using Pieces16 = std::array<Piece, 16>;

/// One of the four butterflies of a pass: sums and differences of the lines k, k + step, k + 2·step and k + 3·step.
inline void hadamard_butterfly(Pieces16& x, std::size_t k, std::size_t step) noexcept {
  Piece &a = x[k], &b = x[k + step], &c = x[k + 2 * step], &d = x[k + 3 * step];
  for (std::size_t i = 0; i < kPiece; ++i) {
    const float ab = a[i] + b[i], a_b = a[i] - b[i], cd = c[i] + d[i], c_d = c[i] - d[i];
    a[i] = ab + cd;
    b[i] = a_b + c_d;
    c[i] = ab - cd;
    d[i] = a_b - c_d;
  }
}

/// Four times the orthogonal Hadamard matrix of order 16, on every frame of a piece. 64 additions a frame.
/// Source  S. Schlecht, E. Habets, On Lossless Feedback Delay Networks, IEEE Trans. Signal Processing 65, 2017.
inline void hadamard(Pieces16& x) noexcept {
  for (std::size_t k = 0; k < 16; k += 4) hadamard_butterfly(x, k, 1);
  for (std::size_t k = 0; k < 4; ++k) hadamard_butterfly(x, k, 4);
}

}  // namespace busbar
