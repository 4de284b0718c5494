#pragma once
#include <array>
#include <cstddef>
#include <span>

#include "engine/realtime/dsp/section.hpp"

namespace busbar {

/// One section that runs with a constant tuning, wherever it lives.
struct SectionRef {
  const SectionTuning* tuning;
  SectionState* state;
};

namespace detail {

/// N sections in a row, frame by frame: while one waits for its own last frame, the others have work.
template <std::size_t N>
void run_together(const SectionRef* sections, Pair* io, int frames) noexcept {
  std::array<SectionTuning, N> tuning;
  std::array<SectionState, N> state;
  for (std::size_t k = 0; k < N; ++k) tuning[k] = *sections[k].tuning, state[k] = *sections[k].state;
  for (int i = 0; i < frames; ++i) {
    Pair x = io[i];
    for (std::size_t k = 0; k < N; ++k) x = state[k].next(tuning[k], x);
    io[i] = x;
  }
  for (std::size_t k = 0; k < N; ++k) *sections[k].state = state[k];
}

}  // namespace detail

/// All sections in a row, in place. How they are grouped makes no difference to any bit.
inline void run_sections(std::span<const SectionRef> sections, Pair* io, int frames) noexcept {
  std::size_t done = 0;
  for (; sections.size() - done >= 4; done += 4) detail::run_together<4>(sections.data() + done, io, frames);
  const SectionRef* rest = sections.data() + done;
  switch (sections.size() - done) {
    case 3:
      return detail::run_together<3>(rest, io, frames);
    case 2:
      return detail::run_together<2>(rest, io, frames);
    case 1:
      return detail::run_together<1>(rest, io, frames);
    default:
      return;
  }
}

}  // namespace busbar
