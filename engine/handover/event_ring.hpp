#pragma once
#include <atomic>
#include <cstdint>

#include "engine/core/units.hpp"
#include "engine/handover/spsc_ring.hpp"

namespace busbar {

/// Something that happened on the audio thread and that control wants to know.
struct Event {
  enum class Kind : std::uint8_t {
    plan_adopted,  ///< number: its generation
    batch_landed,  ///< number: the batch's
    bad_source,    ///< number: strip; a source sample was not finite and became 0
    bad_insert,    ///< number: slot of the insert that put out a non-finite sample and was reset
    starved,       ///< number: strip; its file data was late and it fades out
    rejoined,      ///< number: strip; its file data is there again and it fades in, where it would have been
    rolled,        ///< number: the reel that plays from this frame on
    reel_done,     ///< number: a reel that has faded out and may be loaded again
    dc_guard,      ///< number: hardware channel, from 0; the guard takes out a direct current
    ceiling,       ///< number: hardware channel, from 0; its ceiling has cut samples; once a second at most
    ping_heard,    ///< number: slot of the hardware insert that has listened for its ping
  };
  Kind kind = Kind::plan_adopted;
  Frames frame = 0;
  std::uint64_t number = 0;
  /// starved: of the fade; plan_adopted: until its fades begin; ping_heard, filled in by control: how long the ping
  /// took, negative if it did not come
  Frames length = 0;
};

/// Audio tells, control listens. When control sleeps too long the oldest stay and the newest are counted as lost.
class EventRing {
 public:
  explicit EventRing(std::size_t capacity) : ring_(capacity) {}
  void tell(const Event& event) noexcept {
    if (!ring_.push(event)) lost_.fetch_add(1, std::memory_order_relaxed);
  }
  bool take(Event& event) noexcept {
    if (ring_.waiting() == 0) return false;
    event = ring_.peek();
    ring_.drop(1);
    return true;
  }
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  SpscRing<Event> ring_;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace busbar
