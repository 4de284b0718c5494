#pragma once
#include "engine/realtime/render_plan.hpp"

namespace busbar {

/// Holds a path back so that all paths into its sum arrive together.
inline void align(PathDelayState* delay, StereoScratch& path, int frames) noexcept {
  if (delay == nullptr) return;
  delay->channel[0].process(path.left.data(), frames);
  delay->channel[1].process(path.right.data(), frames);
}

}  // namespace busbar
