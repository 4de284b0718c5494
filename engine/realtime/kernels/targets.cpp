#include "engine/realtime/kernels/targets.hpp"

#include <hwy/targets.h>

namespace busbar {

void choose_kernels() noexcept {
  [[maybe_unused]] static const bool kChosen = [] {
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    return true;
  }();
}

}  // namespace busbar
