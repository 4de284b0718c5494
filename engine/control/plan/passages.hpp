#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/control/plan/flow.hpp"

namespace busbar {

/// Knows when ways that come or go have done so. It is told when audio took plans over; all else follows from the flow.
class Passages {
 public:
  /// `begins`: the frame at which the fades of that plan begin.
  void take_over(std::uint64_t generation, Frames begins) { begins_[generation] = begins; }

  /// Forgets plans that no way in `sounding` waits for any more. `newest`: the generation of the last plan posted.
  void forget(const Flow& sounding, std::uint64_t newest);

  /// `sounding` without the ways out that end by that frame, or nothing if there is none. `move`: frames that a fade
  /// may have had to wait for another one of the same way.
  std::optional<Flow> ended(const Flow& sounding, Frames by, Frames move) const;

 private:
  std::map<std::uint64_t, Frames> begins_;
};

/// True while a way is coming or going.
bool is_in_passage(const Flow& flow) noexcept;

}  // namespace busbar
