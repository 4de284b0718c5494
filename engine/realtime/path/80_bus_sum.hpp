#pragma once
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Adds one path to a sum, in 64 bit. The order of calls is the order of strip ids: that is what makes a mix the same
/// bytes however the session file is ordered.
inline void add_to_sum(const StereoScratch& path, int frames, StereoScratch& sum) noexcept {
  for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) sum.left[i] += path.left[i];
  for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) sum.right[i] += path.right[i];
}

}  // namespace busbar
