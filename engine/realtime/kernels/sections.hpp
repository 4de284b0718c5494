#pragma once
#include <span>

#include "engine/realtime/dsp/section.hpp"

namespace busbar {

/// One section that runs with a constant tuning, wherever it lives.
struct SectionRef {
  const SectionTuning* tuning;
  SectionState* state;
};

/// All sections in a row, in place, on both lanes. How they are grouped, and how time is cut into calls, makes no
/// difference to any bit.
void run_sections(std::span<const SectionRef> sections, Pair* io, int frames) noexcept;

}  // namespace busbar
