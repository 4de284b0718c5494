#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/core/units.hpp"
#include "engine/handover/spsc_ring.hpp"

namespace busbar {

/// A new target for one value of the running plan.
struct Change {
  enum class Kind : std::uint8_t {
    path_matrix,  ///< value: the four gains of a path, see `PathState`
    path_gate,    ///< value[0]: 1 lets the path through, 0 silences it (mute, solo, send off)
    trim,         ///< value[0]: trim with polarity
    param,        ///< value[0]: an insert's parameter number `index`, in its taper's domain
    blend,        ///< value[0]: how much of an insert is heard: 0 bypassed or dry … 1 wet
    roll,         ///< the transport starts or jumps: reel `slot` plays on from session frame value[0]
    stop,         ///< the transport stops: what follows it ramps to silence
    loop,         ///< value[0]: the session frame at which the loop jumps; negative: no loop. Reels that waited do not
    arm,          ///< reel `slot`, loaded from session frame value[0], waits for the next loop jump
    panic,        ///< strips with inserts fade out within `ramp`, their inserts are reset, and they fade in again
    stall,        ///< of a trim's slot: its track fades out over value[0] frames as if late; negative: it comes back
    outputs,      ///< value[0]: 1 lets sound out of the hardware outputs, 0 silences them
  };
  Kind kind = Kind::path_matrix;
  std::uint16_t index = 0;
  std::uint32_t slot = 0;    ///< number of the state in the bank; stable over plans
  Frames ramp = 0;           ///< how long the move takes
  bool in_decibels = false;  ///< trim, path_matrix, param: the move is even in dB, so that others can make up for it
  Frames lag = 0;            ///< path_matrix, param: frames by which what it acts on lags the trim that it follows
  bool is_first = false;     ///< what a new state begins with: a way that leaves beside it keeps what it had
  std::array<double, 4> value{};
};

/// Takes batches of changes from control to audio, in order. A batch lands whole, at one frame.
class ChangeRing {
 public:
  struct Batch {
    std::uint64_t number = 0;      ///< told back in the event ring when it has landed
    std::uint64_t generation = 0;  ///< the plan it was written for; held back until that one runs
    Frames at = 0;                 ///< engine frame; a past one means the first that can be
    std::uint32_t count = 0;
  };

  explicit ChangeRing(std::size_t capacity) : heads_(capacity), changes_(capacity) {}

  /// Control. False if there is no room now; then nothing was posted.
  bool post(const Batch& head, std::span<const Change> changes) {
    if (heads_.room() == 0 || !changes_.push_all(changes)) return false;
    Batch batch = head;
    batch.count = static_cast<std::uint32_t>(changes.size());
    return heads_.push(batch);
  }
  std::size_t capacity() const noexcept { return changes_.capacity(); }
  /// Control. True if a batch of that many changes can be posted now.
  bool has_room(std::size_t changes) const noexcept { return heads_.room() > 0 && changes_.room() >= changes; }

  /// Audio. The next batch, or null.
  const Batch* next() const noexcept { return heads_.waiting() == 0 ? nullptr : &heads_.peek(); }
  /// Audio. The n-th change of the next batch.
  const Change& change(std::size_t n) const noexcept { return changes_.peek(n); }
  /// Audio. Done with the next batch.
  void drop() noexcept {
    changes_.drop(heads_.peek().count);
    heads_.drop(1);
  }

 private:
  SpscRing<Batch> heads_;
  SpscRing<Change> changes_;
};

}  // namespace busbar
