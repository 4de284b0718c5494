#pragma once
#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <span>

#include "engine/core/units.hpp"

namespace busbar {

/// Networks of delays work in pieces of this many frames, counted from their first one: short enough for the shortest
/// loop, long enough for wide arithmetic.
inline constexpr int kPiece = 32;
using Piece = std::array<float, kPiece>;

/// N delay lines that are written in step, each of its own length. A piece of the past is read in place, without a
/// copy: pieces never wrap where they are written, and what is written at the beginning of a line stands once more
/// behind its end. What came before the first frame is zero. The memory is lent, not owned.
template <std::size_t N>
class LineBank {
 public:
  /// Floats that a line of that many frames asks for.
  static std::size_t memory_for(Frames longest) noexcept {
    const auto pieces = (static_cast<std::size_t>(longest) + 2 * kPiece - 1) / kPiece;
    return (pieces + 1) * kPiece;
  }

  void lend(std::size_t k, std::span<float> memory) noexcept {
    assert(memory.size() % kPiece == 0 && memory.size() > kPiece);
    first_[k] = memory.data();
    length_[k] = static_cast<int>(memory.size()) - kPiece;
    at_[k] = held_[k] = 0;
  }

  /// Forgets all that was written. Costs the same for any size, so the audio thread may do it.
  void clear() noexcept {
    at_ = {};
    held_ = {};
  }

  /// Remembers of line k what the other one does, but no more than the last `frames` of it.
  void take_over(std::size_t k, const LineBank& other, int frames) noexcept {
    assert(length_[k] == other.length_[k]);
    at_[k] = other.at_[k];
    held_[k] = std::min({other.held_[k], frames, length_[k]});
    const int from = at_[k] - held_[k];
    std::copy_n(other.first_[k] + std::max(from, 0), at_[k] - std::max(from, 0), first_[k] + std::max(from, 0));
    if (from < 0) std::copy_n(other.first_[k] + length_[k] + from, -from, first_[k] + length_[k] + from);
    std::copy_n(other.first_[k] + length_[k], kPiece, first_[k] + length_[k]);
  }

  /// Writes the piece's first n frames at the line's place, which `advance` moves on: in between both the frames before
  /// and these can be read. Pieces begin at multiples of kPiece and may be written in parts.
  void write(std::size_t k, const Piece& piece, int n) noexcept {
    float* to = first_[k] + at_[k];
    if (n == kPiece)
      std::copy_n(piece.begin(), kPiece, to);
    else
      std::copy_n(piece.begin(), n, to);
    if (at_[k] < kPiece) std::copy_n(to, n, to + length_[k]);
  }

  /// The piece at the line's place as it was `delay` frames earlier; what lies beyond the frames written means nothing.
  /// `blank` is where a piece is put together that reaches back before the first frame.
  const float* past(std::size_t k, int delay, Piece& blank) const noexcept {
    assert(delay >= 0 && delay + kPiece <= length_[k]);
    const int from = at_[k] - delay + (delay > at_[k] ? length_[k] : 0);
    const float* piece = first_[k] + from;
    if (delay <= held_[k]) return piece;
    for (int i = 0; i < kPiece; ++i) blank[static_cast<std::size_t>(i)] = i < delay - held_[k] ? 0.0f : piece[i];
    return blank.data();
  }

  void advance(int n) noexcept {
    for (std::size_t k = 0; k < N; ++k) {
      at_[k] = at_[k] + n == length_[k] ? 0 : at_[k] + n;
      held_[k] = std::min(held_[k] + n, length_[k]);
    }
  }

 private:
  std::array<float*, N> first_{};
  std::array<int, N> length_{}, at_{}, held_{};  // held: frames written since `clear`, at most the length
};

}  // namespace busbar
