#pragma once
#include "engine/realtime/render_block.hpp"

namespace busbar {

/// What a device calls for each block, on its own thread.
class AudioCallback {
 public:
  virtual ~AudioCallback() = default;
  virtual void render(const DeviceBlock& block) noexcept = 0;
};

}  // namespace busbar
